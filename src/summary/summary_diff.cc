#include "summary/summary_diff.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <set>

#include "base/error.h"
#include "summary/row_key.h"

namespace costream {
namespace {

using Measures = std::array<double, kSummaryMeasures>;

// A row of the day that is compared.
struct DayRow {
  RowKey key;
  uint32_t ordinal = 0;  // among the day's rows as they are read
  bool unallocated = false;
  AttributeHashes attributes;
  Measures measures;
};

// The node's capacity that a measure of an unallocated row is taken from; -1: none.
constexpr int CapacityOf(int measure) {
  if (measure <= kPodLimitCpuHours) return kNodeCpuHours;
  return measure <= kPodLimitGibHours ? kNodeGibHours : -1;
}

class Comparison {
 public:
  Comparison(SummaryReader* a, SummaryReader* b, const DiffOptions& options)
      : readers_{a, b}, options_(options) {}

  arrow::Result<SummaryDiff> Run() {
    ARROW_RETURN_NOT_OK(ChooseColumns());
    std::set<Day> days;
    for (SummaryReader* reader : readers_) {
      ARROW_ASSIGN_OR_RAISE(const auto found, reader->Days());
      days.insert(found.begin(), found.end());
    }
    for (const Day day : days) {
      if (options_.first_day && day < *options_.first_day) continue;
      if (options_.last_day && day > *options_.last_day) continue;
      ARROW_RETURN_NOT_OK(CompareDay(day));
    }
    return std::move(diff_);
  }

 private:
  // Rows that differ, as positions in rows_; -1: none.
  struct Pair {
    std::array<int64_t, 2> rows{-1, -1};
  };

  arrow::Status ChooseColumns() {
    const auto& schema = *SummarySchema();
    std::vector<bool> compared(schema.num_fields(), true);
    compared[kUuid] = false;
    for (const auto& name : options_.ignored) {
      const int column = schema.GetFieldIndex(name);
      if (column < 0) return UsageError("--ignore {}: no column of a summary (docs/output.md)", name);
      compared[column] = false;
    }
    for (int column = 0; column < schema.num_fields(); ++column) {
      if (!compared[column]) continue;
      const bool there[] = {readers_[0]->columns()[column], readers_[1]->columns()[column]};
      for (const int side : {0, 1}) {
        if (!there[side] && there[1 - side]) diff_.missing[side].push_back(schema.field(column)->name());
      }
      compared[column] = there[0] && there[1];
      if (compared[column] && column >= kFirstMeasure) measures_.push_back(column - kFirstMeasure);
    }
    diff_.columns.resize(schema.num_fields());
    for (const int i : measures_) diff_.columns[kFirstMeasure + i].emplace();
    for (const int column : kAttributes) {
      if (compared[column]) diff_.columns[column].emplace();
    }
    keys_.emplace(std::vector<bool>(compared.begin(), compared.begin() + kFirstMeasure));
    return arrow::Status::OK();
  }

  bool IsLeftOut(const StoredRow& row) const {
    if (options_.source && row.texts[kSourceUuid] != options_.source) return true;
    if (row.texts[kDataSource] == "Storage") return !options_.kinds.storage;
    return row.texts[kPodLabelsColumn] ? !options_.kinds.pod : !options_.kinds.unallocated;
  }

  arrow::Status ReadDay(Day day, int side) {
    auto& rows = rows_[side];
    rows.clear();
    ARROW_RETURN_NOT_OK(readers_[side]->Read(day, [&](const StoredRow& row) {
      if (IsLeftOut(row)) return arrow::Status::OK();
      const bool unallocated = row.texts[kDataSource] == "Pod" && !row.texts[kPodLabelsColumn];
      rows.push_back({keys_->KeyOf(row), static_cast<uint32_t>(rows.size()), unallocated,
                      keys_->AttributesOf(row), row.measures});
      for (const int i : measures_) {
        if (!std::isnan(row.measures[i])) diff_.columns[kFirstMeasure + i]->totals[side] += row.measures[i];
      }
      return arrow::Status::OK();
    }));
    diff_.rows[side] += static_cast<int64_t>(rows.size());
    std::sort(rows.begin(), rows.end(), [](const DayRow& x, const DayRow& y) {
      return std::tie(x.key, x.ordinal) < std::tie(y.key, y.ordinal);
    });
    return arrow::Status::OK();
  }

  arrow::Status CompareDay(Day day) {
    for (const int side : {0, 1}) ARROW_RETURN_NOT_OK(ReadDay(day, side));
    std::vector<Pair> different;
    size_t begin[2] = {0, 0};
    while (begin[0] < rows_[0].size() || begin[1] < rows_[1].size()) {
      // The rows of the smallest key that is left.
      std::optional<RowKey> key;
      for (const int side : {0, 1}) {
        if (begin[side] == rows_[side].size()) continue;
        const RowKey& next = rows_[side][begin[side]].key;
        if (!key || next < *key) key = next;
      }
      size_t end[2];
      for (const int side : {0, 1}) {
        end[side] = begin[side];
        while (end[side] < rows_[side].size() && rows_[side][end[side]].key == *key) ++end[side];
      }
      CompareGroup(begin, end, &different);
      std::copy(end, end + 2, begin);
    }
    return Keep(day, std::move(different));
  }

  // Rows that look alike: equal ones first, so that one that differs does not shift the others.
  void CompareGroup(const size_t (&begin)[2], const size_t (&end)[2], std::vector<Pair>* different) {
    std::vector<size_t> right;
    for (size_t j = begin[1]; j < end[1]; ++j) right.push_back(j);
    std::vector<size_t> left;
    for (size_t i = begin[0]; i < end[0]; ++i) {
      const auto equal = std::find_if(right.begin(), right.end(), [&](size_t j) {
        return DifferentColumns(rows_[0][i], rows_[1][j]).empty();
      });
      if (equal == right.end()) {
        left.push_back(i);
      } else {
        right.erase(equal);
      }
    }
    for (size_t i = 0; i < std::max(left.size(), right.size()); ++i) {
      Pair& pair = different->emplace_back();
      if (i < left.size()) pair.rows[0] = static_cast<int64_t>(left[i]);
      if (i < right.size()) pair.rows[1] = static_cast<int64_t>(right[i]);
    }
  }

  std::vector<int> DifferentColumns(const DayRow& a, const DayRow& b) const {
    std::vector<int> different;
    for (size_t i = 0; i < kAttributes.size(); ++i) {
      if (a.attributes[i] != b.attributes[i]) different.push_back(kAttributes[i]);
    }
    for (const int i : measures_) {
      const double x = a.measures[i], y = b.measures[i];
      if (std::isnan(x) || std::isnan(y)) {
        if (std::isnan(x) != std::isnan(y)) different.push_back(kFirstMeasure + i);
        continue;
      }
      double scale = std::max(std::fabs(x), std::fabs(y));
      if (const int capacity = CapacityOf(i); a.unallocated && capacity >= 0) {
        scale = std::fmax(scale, std::fabs(a.measures[capacity]));  // fmax passes over NaN
      }
      const double tolerance = std::max(options_.relative_tolerance * scale, options_.absolute_tolerance);
      if (std::fabs(x - y) > tolerance) different.push_back(kFirstMeasure + i);
    }
    return different;
  }

  // Counts the differences of a day, and keeps those that are shown with their texts.
  arrow::Status Keep(Day day, std::vector<Pair> different) {
    const auto place = [&](const Pair& pair) {
      const int side = pair.rows[0] >= 0 ? 0 : 1;
      return std::pair(rows_[side][pair.rows[side]].ordinal, side);
    };
    std::sort(different.begin(), different.end(),
              [&](const Pair& x, const Pair& y) { return place(x) < place(y); });
    std::array<std::map<uint32_t, size_t>, 2> wanted;  // where in shown, by ordinal
    for (const Pair& pair : different) {
      RowDifference difference;
      for (const int side : {0, 1}) {
        difference.there[side] = pair.rows[side] >= 0;
        if (difference.there[side]) difference.measures[side] = rows_[side][pair.rows[side]].measures;
      }
      if (difference.there[0] && difference.there[1]) {
        ++diff_.changed;
        difference.columns = DifferentColumns(rows_[0][pair.rows[0]], rows_[1][pair.rows[1]]);
        for (const int column : difference.columns) AddDifference(column, difference);
      } else {
        ++diff_.only[difference.there[0] ? 0 : 1];
      }
      if (diff_.shown.size() >= options_.limit) continue;
      for (const int side : {0, 1}) {
        if (pair.rows[side] >= 0) wanted[side][rows_[side][pair.rows[side]].ordinal] = diff_.shown.size();
      }
      diff_.shown.push_back(std::move(difference));
    }
    for (const int side : {0, 1}) ARROW_RETURN_NOT_OK(ReadTexts(day, side, wanted[side]));
    return arrow::Status::OK();
  }

  void AddDifference(int column, const RowDifference& row) {
    ColumnDifference& difference = *diff_.columns[column];
    ++difference.rows;
    if (column < kFirstMeasure) return;
    const double a = row.measures[0][column - kFirstMeasure], b = row.measures[1][column - kFirstMeasure];
    if (std::isnan(a) || std::isnan(b)) return;
    const double distance = std::fabs(a - b);
    difference.max_absolute = std::max(difference.max_absolute, distance);
    difference.max_relative =
        std::max(difference.max_relative, distance / std::max(std::fabs(a), std::fabs(b)));
  }

  // Once more, since texts of all rows are not kept.
  arrow::Status ReadTexts(Day day, int side, const std::map<uint32_t, size_t>& wanted) {
    if (wanted.empty()) return arrow::Status::OK();
    uint32_t ordinal = 0;
    return readers_[side]->Read(day, [&](const StoredRow& row) {
      if (IsLeftOut(row)) return arrow::Status::OK();
      const auto found = wanted.find(ordinal++);
      if (found == wanted.end()) return arrow::Status::OK();
      auto& texts = diff_.shown[found->second].texts[side];
      std::copy(row.texts.begin(), row.texts.end(), texts.begin());
      return arrow::Status::OK();
    });
  }

  const std::array<SummaryReader*, 2> readers_;
  const DiffOptions& options_;
  std::optional<RowKeys> keys_;
  std::vector<int> measures_;                // that are compared
  std::array<std::vector<DayRow>, 2> rows_;  // of the day, by key
  SummaryDiff diff_;
};

}  // namespace

arrow::Result<SummaryDiff> CompareSummaries(SummaryReader* a, SummaryReader* b, const DiffOptions& options) {
  return Comparison(a, b, options).Run();
}

}  // namespace costream
