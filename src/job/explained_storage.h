// The storage reports of one day as evidence: which claims and volumes the Storage rows of a node are made
// of.
//
// Not thread-safe. Storage rows of the input come before pod rows. Found anew from the rows of the input, not
// by merge/storage_rows.h: so it can tell where that is wrong.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "job/explained_labels.h"
#include "job/explanation.h"

namespace costream {

class ExplainedClaims {
 public:
  ExplainedClaims(const ExplainQuestion* question, ExplainedLabels* labels)
      : question_(*question), labels_(*labels) {}

  // Input error, without a file name, where labels are none.
  arrow::Status AddStorage(const UsageBatch& batch, const std::string& file);
  // Which nodes the claims were mounted on.
  void AddPods(const UsageBatch& batch);
  // Sets each Storage row beside the claims it is made of. Internal error where a sum leaves its range.
  arrow::Status Explain(Explanation* explanation) const;

 private:
  using Text = std::optional<std::string>;

  // A claim of a pod, as a storage report names it.
  struct Key {
    Text name_space, pod, claim, volume, storage_class, volume_handle;
    LabelSet volume_labels, claim_labels;
    auto operator<=>(const Key&) const = default;
  };
  struct Claim {
    std::map<std::string, ClaimRows> files;
    std::set<int> hours;
    std::set<std::string> other_keys;  // of labels, that are not enabled
  };
  using Claims = std::map<Key, Claim>;
  // By node: the greatest resource id of the pod's rows there.
  using Mounts = std::map<Text, Text>;

  // What parts Storage rows, as far as columns tell: namespace, resource id, claim, volume, storage class,
  // labels.
  using RowKey = std::array<Text, 6>;
  // Of one handle.
  struct Row {
    Text volume_handle;
    std::vector<const Claims::value_type*> claims;
  };

  const Mounts* MountsOf(const Key& key) const;
  std::map<std::string, std::set<std::string>> NodesOfVolumes() const;
  // In the order of the output.
  std::map<RowKey, std::vector<Row>> RowsOfNode() const;
  arrow::Status ExplainRow(const Row& row, const std::set<std::string>& volume_nodes,
                           ExplainedRow* out) const;

  const ExplainQuestion& question_;
  ExplainedLabels& labels_;
  bool hourly_ = false;
  bool in_range_ = true;
  Claims claims_;
  std::map<std::pair<std::string, std::string>, Mounts> mounts_;  // by namespace and pod of claims
};

}  // namespace costream
