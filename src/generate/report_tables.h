#pragma once

#include <arrow/type_fwd.h>

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace costream {

// The columns of the reports, and a buffer that turns rows into record batches. Not thread-safe.

enum class ColumnKind {
  kTime,     // timestamp[ms]
  kText,     // dictionary of strings
  kNumber,   // double with few distinct values
  kMeasure,  // double with many
  kCount,    // int64
};

struct ColumnSpec {
  std::string name;
  ColumnKind kind;
};

using TableSpec = std::vector<ColumnSpec>;

// Hourly columns; `DailyPodUsage` has effective usage too. A row passes its values kind by kind, each kind in
// the order of its columns here, where kNumber, kMeasure and kCount are one kind.
TableSpec PodUsage();
TableSpec DailyPodUsage();
TableSpec StorageUsage();
TableSpec ObjectLabels(const std::string& object);  // "node" or "namespace"

inline constexpr size_t kMaxTexts = 14;
inline constexpr size_t kMaxNumbers = 16;

using Texts = std::array<std::string_view, kMaxTexts>;
using Numbers = std::array<double, kMaxNumbers>;
using Times =
    std::array<int64_t, 4>;  // report_period_start and _end, interval_start and _end; ms since 1970, UTC

// What a pod or claim carries from row to row: its dictionary codes in the batch being built, and its day so
// far.
struct RowState {
  uint64_t batch = 0;  // the batch that `codes` belong to
  std::array<int32_t, kMaxTexts> codes{};
  int hours = 0;      // rows of the day so far
  int last_hour = 0;  // the month's hour of the last of them
  Numbers day{};
};

// Adds `hour`'s numbers to the day of `state`: columns of `summed` are added, all others take the maximum.
void AddHour(const std::array<bool, kMaxNumbers>& summed, int hour, const Numbers& numbers, RowState& state);

// Which numbers of a table are summed over a day: those named `*_seconds`.
std::array<bool, kMaxNumbers> SummedNumbers(const TableSpec& spec);

class RowBuffer {
 public:
  // `plain_column` ("" for none) becomes a column of strings, not a dictionary.
  RowBuffer(TableSpec spec, const std::string& plain_column);

  int64_t rows() const { return rows_; }
  const std::shared_ptr<arrow::Schema>& schema() const { return schema_; }

  // True if `state.codes` are those of the batch being built.
  bool HasCodes(const RowState& state) const { return state.batch == batch_; }
  // Looks up `texts` and keeps the codes in `state`.
  void Encode(const Texts& texts, RowState& state);
  // REQUIRES: HasCodes(state).
  void Append(const Times& times, const RowState& state, const Numbers& numbers);

  // The rows so far, as one batch; the buffer is empty afterwards and all codes are stale.
  std::shared_ptr<arrow::RecordBatch> Finish();

 private:
  struct TextColumn {
    std::deque<std::string> values;
    std::unordered_map<std::string_view, int32_t> code_of;  // views into `values`
    std::vector<int32_t> codes;

    int32_t Code(std::string_view text);
    std::shared_ptr<arrow::Array> Finish(bool plain);
  };

  TableSpec spec_;
  std::string plain_column_;
  std::shared_ptr<arrow::Schema> schema_;
  uint64_t batch_;
  int64_t rows_ = 0;
  std::vector<std::vector<int64_t>> times_;
  std::vector<std::vector<double>> numbers_;
  std::vector<TextColumn> texts_;
};

}  // namespace costream
