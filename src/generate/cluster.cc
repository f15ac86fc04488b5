#include "generate/cluster.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

namespace costream {
namespace {

constexpr double kGiB = 1024.0 * 1024 * 1024;
constexpr int kMasters = 3;
constexpr int kInfra = 2;
// The alphabet of Kubernetes' generated names: no vowels, no look-alikes.
constexpr std::string_view kNameLetters = "bcdfghjklmnpqrstvwxz2456789";
constexpr uint64_t kSuffixes = 27ULL * 27 * 27 * 27 * 27;
constexpr std::string_view kHex = "0123456789abcdef";

// Lifetimes: most pods are short batch runs, yet most rows come from services. The mean of about 30 hours
// makes about 7 pod days, and so groups, of 100 hourly rows.
constexpr double kServiceShareOfStarts = 0.12;
constexpr double kServiceShareOfRunning = 0.81;
constexpr int kBatchMaxHours = 12;
constexpr int kServiceMinHours = 24;
constexpr int kServiceMaxHours = 720;
constexpr double kPendingShare = 0.01;
constexpr double kClaimShare = 0.10;

constexpr const char* kPlatformNamespaces[] = {
    "kube-system",         "openshift-monitoring",     "openshift-ingress",        "openshift-dns",
    "openshift-etcd",      "openshift-image-registry", "openshift-kube-apiserver", "openshift-logging",
    "openshift-operators",
};
constexpr const char* kTeams[] = {"atlas", "borealis", "cirrus",  "delta",
                                  "ember", "falcon",   "granite", "harbor"};
constexpr const char* kEnvironments[] = {"prod", "prod", "stage", "dev", "qa"};
constexpr const char* kProducts[] = {"cart",    "checkout", "billing",   "search",  "auth",    "ledger",
                                     "catalog", "pricing",  "inventory", "reports", "webhook", "stream"};
constexpr const char* kParts[] = {"api", "web", "worker", "cache", "db", "proxy", "sync", "gateway"};
constexpr const char* kTiers[] = {"frontend", "backend", "data", "edge"};
constexpr const char* kZones[] = {"us-east-1a", "us-east-1b", "us-east-1c"};
constexpr int kMillicores[] = {10, 50, 100, 100, 250, 250, 500, 1000};
constexpr int kMebibytes[] = {64, 128, 256, 256, 512, 1024, 2048, 4096};

std::string Version(Random& random) {
  // One draw a statement, here and below: compilers differ in the order in which they evaluate arguments.
  const uint64_t major = 1 + random.Below(4);
  const uint64_t minor = random.Below(20);
  return fmt::format("{}.{}.{}", major, minor, random.Below(10));
}

}  // namespace

Cluster::Cluster(uint64_t seed, int64_t pods, int hours) : random_(seed) {
  MakeNodes(std::max<int64_t>(2, pods / 60), hours);
  MakeNamespaces(6 + pods / 40, hours);
  MakeWorkloads(std::max<int64_t>(20, pods / 3));
}

void Cluster::MakeNodes(int64_t workers, int hours) {
  for (int64_t i = 0; i < kMasters + kInfra + workers; ++i) {
    Node node;
    node.name = fmt::format("ip-10-{}-{}-{}.ec2.internal", i >> 16, (i >> 8) & 255, i & 255);
    node.role = i < kMasters ? "master" : i < kMasters + kInfra ? "infra" : "worker";
    node.resource_id = "i-" + random_.Text(kHex, 17);
    node.cores = i < kMasters ? 8 : i < kMasters + kInfra ? 16 : static_cast<double>(16 << random_.Below(3));
    node.memory_bytes =
        node.cores * 4 * kGiB - 225.0 * 1024 * 1024;  // the machine's memory less the firmware's
    Labelled labelled;
    labelled.name = node.name;
    labelled.change_hour = i % 10 == 3 ? hours / 2 + 12 : hours;
    for (const char* pool : {"blue", "green"}) {
      labelled.labels[pool[0] == 'g'] = fmt::format(
          "label_kubernetes_io_hostname:{}|label_node_role_kubernetes_io_{}:|label_zone:{}|label_pool:{}|"
          "label_tier:{}",
          node.name, node.role, kZones[i % 3], pool, kTiers[i % 4]);
    }
    nodes_.push_back(std::move(node));
    node_labels_.push_back(std::move(labelled));
  }
}

void Cluster::MakeNamespaces(int64_t count, int hours) {
  const auto add = [&](std::string name, const char* team, const char* environment) {
    Labelled labelled;
    labelled.change_hour = namespace_labels_.size() % 10 == 3 ? hours / 2 + 12 : hours;
    for (const char* owner : {"ops", "platform"}) {
      labelled.labels[owner[0] == 'p'] =
          fmt::format("label_kubernetes_io_metadata_name:{}|label_team:{}|label_env:{}|label_owner:{}", name,
                      team, environment, owner);
    }
    labelled.name = std::move(name);
    namespace_labels_.push_back(std::move(labelled));
  };
  for (const char* name : kPlatformNamespaces) add(name, "platform", "prod");
  for (int64_t i = 0; i < count; ++i) {
    const char* team = random_.Pick(kTeams);
    const char* environment = random_.Pick(kEnvironments);
    add(fmt::format("{}-{}-{}-{}", team, random_.Pick(kProducts), environment, i), team, environment);
  }
}

void Cluster::MakeWorkloads(int64_t count) {
  const size_t platform_count = std::size(kPlatformNamespaces);
  for (int64_t i = 0; i < count; ++i) {
    Workload workload;
    workload.platform = random_.Chance(0.15);
    workload.namespace_index = static_cast<uint32_t>(
        workload.platform ? random_.Below(platform_count)
                          : platform_count + random_.Below(namespace_labels_.size() - platform_count));
    const char* product = random_.Pick(kProducts);
    workload.name = fmt::format("{}-{}-{}", product, random_.Pick(kParts), i);
    std::string& labels = workload.labels;
    labels = fmt::format("label_app:{}|label_env:{}", workload.name, random_.Pick(kEnvironments));
    // Two are certain here and a pod adds one: with at most five of these, 3 to 8 labels.
    int left = 5;
    const auto maybe = [&](double probability, std::string_view key, std::string_view value) {
      if (random_.Chance(probability) && left-- > 0) labels += fmt::format("|label_{}:{}", key, value);
    };
    maybe(0.6, "team", random_.Pick(kTeams));
    maybe(0.4, "tier", random_.Pick(kTiers));
    maybe(0.5, "version", Version(random_));
    maybe(0.4, "app_kubernetes_io_managed_by", "Helm");
    maybe(0.4, "app_kubernetes_io_instance", workload.name);
    maybe(0.3, "helm_sh_chart", fmt::format("{}-{}", product, Version(random_)));
    maybe(0.3, "app_kubernetes_io_part_of", product);
    maybe(0.2, "release", fmt::format("r{}", random_.Below(40)));
    workloads_.push_back(std::move(workload));
  }
}

void Cluster::Advance(int hour, int64_t pods) {
  ended_.clear();
  for (size_t i = 0; i < pods_.size();) {
    if (pods_[i].end_hour > hour) {
      ++i;
      continue;
    }
    ended_.push_back(std::move(pods_[i]));
    if (i + 1 != pods_.size()) pods_[i] = std::move(pods_.back());
    pods_.pop_back();
  }
  while (static_cast<int64_t>(pods_.size()) < pods) pods_.push_back(StartPod(hour));
}

Pod Cluster::StartPod(int hour) {
  Pod pod;
  pod.batch = !random_.Chance(hour == 0 ? kServiceShareOfRunning : kServiceShareOfStarts);
  pod.workload = static_cast<uint32_t>(random_.Below(workloads_.size()));
  const Workload& workload = workloads_[pod.workload];
  double lifetime_hours;
  if (pod.batch) {
    lifetime_hours = 1 + static_cast<double>(random_.Below(kBatchMaxHours));
  } else if (hour > 0) {
    lifetime_hours = kServiceMinHours * std::pow(kServiceMaxHours / kServiceMinHours, random_.Unit());
  } else {  // already running when the month begins: the rest of a life, and long lives are met more often
    lifetime_hours =
        random_.Unit() * (kServiceMinHours + random_.Unit() * (kServiceMaxHours - kServiceMinHours));
  }
  pod.end_hour = hour + std::max(1, static_cast<int>(lifetime_hours));

  const size_t first_node = workload.platform ? 0 : kMasters + kInfra;
  const auto node = static_cast<int32_t>(first_node + random_.Below(nodes_.size() - first_node));
  pod.node = random_.Chance(kPendingShare) ? -1 : node;

  // A bijection of the running number, so that no two pods share a name.
  uint64_t number = (next_pod_++ * 7654321) % kSuffixes;
  std::string suffix(5, ' ');
  for (char& c : suffix) {
    c = kNameLetters[number % kNameLetters.size()];
    number /= kNameLetters.size();
  }
  pod.uid = Uuid();
  pod.labels = workload.labels;
  if (pod.batch) {
    pod.owner = fmt::format("{}-{}", workload.name, 29000000 + hour * 60);
    pod.labels += fmt::format("|label_pipeline_run:{}-{}", random_.Pick(kParts), suffix);
  } else {
    // A rollout a week: a hash that is the workload's, not the pod's.
    Random rollout(pod.workload * 8ULL + static_cast<uint64_t>(hour / 168));
    const std::string hash = rollout.Text(kNameLetters, 10);
    pod.owner = workload.name + "-" + hash;
    pod.labels += "|label_pod_template_hash:" + hash;
  }
  pod.name = pod.owner + "-" + suffix;
  SetResources(pod);
  if (pod.node >= 0 && random_.Chance(kClaimShare)) pod.claim = MakeClaim(pod);
  return pod;
}

void Cluster::SetResources(Pod& pod) {
  pod.containers = 1 + static_cast<int>(random_.Below(3));
  pod.cpu_request_cores = random_.Pick(kMillicores) / 1000.0;
  pod.cpu_limit_cores = random_.Chance(0.3) ? 0 : pod.cpu_request_cores * 2;
  pod.memory_request_bytes = random_.Pick(kMebibytes) * 1024.0 * 1024.0;
  pod.memory_limit_bytes = random_.Chance(0.2) ? 0 : pod.memory_request_bytes * 2;
  pod.load = 0.1 + 1.2 * random_.Unit();
}

std::unique_ptr<Claim> Cluster::MakeClaim(const Pod& pod) {
  auto claim = std::make_unique<Claim>();
  const bool file = random_.Chance(0.2);
  claim->name = "data-" + pod.name;
  claim->volume = "pvc-" + Uuid();
  claim->handle = "vol-" + random_.Text(kHex, 17);
  claim->storage_class = file ? "efs-sc" : "gp3-csi";
  claim->csi_driver = file ? "efs.csi.aws.com" : "ebs.csi.aws.com";
  claim->capacity_bytes = static_cast<double>(1 << random_.Below(9)) * kGiB;
  claim->used_share = 0.05 + 0.9 * random_.Unit();
  const char* tier = random_.Pick(kTiers);
  claim->volume_labels = fmt::format("label_tier:{}|label_zone:{}", tier, random_.Pick(kZones));
  const char* environment = random_.Pick(kEnvironments);
  claim->claim_labels = fmt::format("label_app:{}|label_env:{}|label_release:r{}",
                                    workloads_[pod.workload].name, environment, random_.Below(40));
  return claim;
}

std::string Cluster::Uuid() {
  const uint64_t high = random_.Next();
  const uint64_t low = random_.Next();
  return fmt::format("{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}", high >> 32, (high >> 16) & 0xffff, high & 0xfff,
                     0x8000 | (low >> 50), low & 0xffffffffffff);
}

}  // namespace costream
