// What rows are grouped and filtered by: a text column of the summary, the kind of row, or a label.
#pragma once

#include <arrow/result.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "report/report_row.h"

namespace costream {

class Dimension {
 public:
  // "usage_start", "namespace", "label:app", "kind" (pod, storage, unallocated), ... Usage error for any
  // other word, with those that there are.
  static arrow::Result<Dimension> Parse(std::string_view name);

  const std::string& name() const { return name_; }
  // Nothing where the row has none. `labels`: of its all_labels.
  std::optional<std::string> Of(const StoredRow& row, const RowLabels& labels) const;

 private:
  static constexpr int kKind = -1, kLabel = -2;

  Dimension(std::string name, int column) : name_(std::move(name)), column_(column) {}

  std::string name_;
  int column_;
};

// "namespace=web": rows of that value; "namespace!=web": all others, also those without one. Of several with
// = on one dimension any will do; else all must hold.
class RowFilter {
 public:
  // Usage error for what is no condition.
  arrow::Status Add(std::string_view condition);
  bool Takes(const StoredRow& row, const RowLabels& labels) const;

 private:
  struct Condition {
    Dimension dimension;
    bool equal = true;
    std::vector<std::string> values;
  };
  std::vector<Condition> conditions_;
};

}  // namespace costream
