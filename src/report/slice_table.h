// Sums by name and day: what a table and the charts of a page need of namespaces, nodes, values of a label.
//
// Days come one after the other. A table holds a limited number of names; what comes after goes to one more
// slice, the others, so that the sum over all slices is always that of the rows.
#pragma once

#include <arrow/result.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "report/decimal_sum.h"

namespace costream {

class SliceTable {
 public:
  // `places`: decimals that are shown; `daily`: the measures that are kept by day, too; `left`: how many more
  // names several tables may hold together, if they may not hold any number.
  SliceTable(int measures, int places, std::vector<int> daily, size_t limit, size_t* left = nullptr);

  // Null is a name of its own. REQUIRES: as many values as measures. False where a sum leaves the range.
  [[nodiscard]] bool Add(std::optional<std::string_view> name, std::span<const int128> values);
  // What was added since the day before, `day` being counted from the first; days ascend.
  arrow::Status EndDay(size_t day);

  struct Slice {
    std::optional<std::string> name;
    bool others = false;                       // of the names past the limit
    std::vector<DecimalSum> today, total;      // by measure
    std::vector<std::vector<int64_t>> by_day;  // by position in daily(), and day: 10^-places; 0 past the end
  };
  const std::vector<Slice>& slices() const { return slices_; }
  const std::vector<int>& daily() const { return daily_; }
  int places() const { return places_; }

 private:
  Slice* Find(std::optional<std::string_view> name);

  const int measures_, places_;
  const std::vector<int> daily_;
  const size_t limit_;
  size_t* const left_;
  std::vector<Slice> slices_;
  std::unordered_map<std::string, size_t> index_;
  std::optional<size_t> null_, others_;
};

}  // namespace costream
