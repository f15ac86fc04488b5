#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "generate/random.h"
#include "generate/report_tables.h"

namespace costream {

// A made-up OpenShift cluster: nodes, namespaces and workloads that stay, and pods that come and go by the
// hour. Hours count from the start of the month. Not thread-safe; fully determined by the constructor's
// arguments and the sequence of Advance calls.

struct Node {
  std::string name;
  std::string role;  // master, infra or worker
  std::string resource_id;
  double cores = 0;
  double memory_bytes = 0;
};

// A node or namespace label report row: the object has labels[0] before `change_hour` and labels[1] from then
// on.
struct Labelled {
  std::string name;
  std::array<std::string, 2> labels;
  int change_hour = 0;
};

struct Workload {
  std::string name;
  std::string labels;  // in the operator's spelling, without the labels that a pod adds
  uint32_t namespace_index = 0;
  bool platform = false;  // of openshift-* or kube-system: runs on every kind of node
};

// A volume claim that lives and dies with its pod.
struct Claim {
  std::string name;
  std::string volume;
  std::string handle;
  std::string volume_labels;
  std::string claim_labels;
  const char* storage_class = "";
  const char* csi_driver = "";
  double capacity_bytes = 0;
  double used_share = 0;
  RowState row;
};

struct Pod {
  std::string name;
  std::string uid;
  std::string labels;
  std::string owner;
  uint32_t workload = 0;
  int32_t node = -1;  // -1: pending, on no node
  bool batch = false;
  int end_hour = 0;  // the first hour it is gone
  int containers = 1;
  double cpu_request_cores = 0;
  double cpu_limit_cores = 0;
  double memory_request_bytes = 0;
  double memory_limit_bytes = 0;
  double load = 0;  // mean usage as a share of the request
  std::unique_ptr<Claim> claim;
  RowState row;
};

class Cluster {
 public:
  // Sized for `pods` pods at once in a month of `hours` hours.
  Cluster(uint64_t seed, int64_t pods, int hours);

  // Moves to `hour`: ends pods that are due, then starts pods until there are at least `pods`.
  // REQUIRES: hours ascend from 0.
  void Advance(int hour, int64_t pods);

  std::vector<Pod>& pods() { return pods_; }
  // The pods that the last Advance ended.
  std::vector<Pod>& ended() { return ended_; }

  const std::vector<Node>& nodes() const { return nodes_; }
  const std::vector<Workload>& workloads() const { return workloads_; }
  const std::vector<Labelled>& node_labels() const { return node_labels_; }
  const std::vector<Labelled>& namespace_labels() const { return namespace_labels_; }
  Random& random() { return random_; }

 private:
  void MakeNodes(int64_t workers, int hours);
  void MakeNamespaces(int64_t count, int hours);
  void MakeWorkloads(int64_t count);
  Pod StartPod(int hour);
  void SetResources(Pod& pod);
  std::unique_ptr<Claim> MakeClaim(const Pod& pod);
  std::string Uuid();

  Random random_;
  std::vector<Node> nodes_;
  std::vector<Labelled> node_labels_;
  std::vector<Labelled> namespace_labels_;
  std::vector<Workload> workloads_;
  std::vector<Pod> pods_;
  std::vector<Pod> ended_;
  uint64_t next_pod_ = 0;
};

}  // namespace costream
