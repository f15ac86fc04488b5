#include "aggregate/claimed_pods.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace costream {
namespace {

bool Has(const ClaimedPods& claimed, std::string_view name_space, std::string_view pod) {
  return claimed.Contains(claimed.texts().Find(name_space), claimed.texts().Find(pod));
}

TEST(ClaimedPods, HoldsPairsNotParts) {
  ClaimedPods claimed;
  EXPECT_TRUE(claimed.empty());
  claimed.Add("shop", "db");
  claimed.Add("bank", "web");
  EXPECT_FALSE(claimed.empty());
  EXPECT_TRUE(Has(claimed, "shop", "db"));
  EXPECT_TRUE(Has(claimed, "bank", "web"));
  EXPECT_FALSE(Has(claimed, "shop", "web"));
  EXPECT_FALSE(Has(claimed, "db", "shop"));
}

TEST(ClaimedPods, NullAndUnknownTextsMatchNothingButTheEmptyTextMay) {
  ClaimedPods claimed;
  claimed.Add("", "db");
  EXPECT_TRUE(Has(claimed, "", "db"));
  EXPECT_FALSE(claimed.Contains(StringPool::kNull, claimed.texts().Find("db")));
  EXPECT_FALSE(claimed.Contains(claimed.texts().Find(""), StringPool::kNull));
  EXPECT_FALSE(Has(claimed, "unknown", "db"));
}

TEST(ClaimedPods, SeveralWorkersMayAdd) {
  ClaimedPods claimed;
  std::vector<std::thread> workers;
  for (int worker = 0; worker < 4; ++worker) {
    workers.emplace_back([&claimed, worker] {
      for (int i = 0; i < 500; ++i) claimed.Add("ns" + std::to_string(worker % 2), "p" + std::to_string(i));
    });
  }
  for (auto& worker : workers) worker.join();
  for (int i = 0; i < 500; ++i) {
    EXPECT_TRUE(Has(claimed, "ns0", "p" + std::to_string(i)));
    EXPECT_TRUE(Has(claimed, "ns1", "p" + std::to_string(i)));
  }
  EXPECT_FALSE(Has(claimed, "ns2", "p1"));
}

TEST(ClaimedPods, FromSoManyBytesOnEveryPodCounts) {
  ClaimedPods claimed;
  claimed.SetMost(int64_t{1} << 20);
  claimed.Add("shop", "db");
  EXPECT_FALSE(claimed.takes_all());
  for (int i = 0; i < 100'000; ++i) claimed.Add("shop", "db-" + std::to_string(i));
  EXPECT_TRUE(claimed.takes_all());
  EXPECT_FALSE(claimed.empty());
  EXPECT_LT(claimed.texts().bytes(), int64_t{1} << 20);
}

}  // namespace
}  // namespace costream
