#include "merge/storage_rows.h"

#include <gmock/gmock.h>

#include "base/error.h"
#include "merge/test_finalized_day.h"

namespace costream {
namespace {

using enum TextField;
using enum Measure;
using testing::ElementsAre;

constexpr double kGiBMonth = kGiB * kSecondsPerDay * 30;  // of November, in byte-seconds

FinalizeOptions StorageOnly() {
  FinalizeOptions options;
  options.rows = {false, true, false};
  return options;
}

// A claim of pod "db" in "shop": 3 GiB-months of capacity, 6 requested, 12 used.
TestRow Claim(const std::string& claim = "data", const std::string& volume = "pv") {
  return {0,
          {{kNamespace, "shop"}, {kPod, "db"}, {kClaim, claim}, {kVolume, volume}},
          {{kClaimBytes, 5 * kGiB},
           {kClaimByteSeconds, 3 * kGiBMonth},
           {kVolumeRequest, 6 * kGiBMonth},
           {kClaimUsage, 12 * kGiBMonth}}};
}

TestRow OnNode(const std::string& node, const std::string& resource_id = "i", const std::string& pod = "db") {
  return {0, {{kNamespace, "shop"}, {kPod, pod}, {kNode, node}, {kResourceId, resource_id}}, {}};
}

TEST(StorageRows, ConvertSumsToGibMonths) {
  TestDay day;
  TestRow later = Claim();
  later.values[kClaimBytes] = 7 * kGiB;
  day.Storage({Claim(), later});
  day.Pods({OnNode("n1")});
  const FinalizedDay done(day.state(), StorageOnly());
  const std::string row = "Storage shop n1 i data pv {}";
  EXPECT_EQ(done.Value(row, kClaimGib), 7);
  EXPECT_DOUBLE_EQ(*done.Value(row, kClaimGibMonths), 6);
  EXPECT_DOUBLE_EQ(*done.Value(row, kVolumeRequestGibMonths), 12);
  EXPECT_DOUBLE_EQ(*done.Value(row, kClaimUsageGibMonths), 24);
  EXPECT_EQ(done.Value(row, kPodUsageCpuHours), std::nullopt);
  EXPECT_EQ(done.Value(row, kClusterCpuHours), std::nullopt);
  EXPECT_EQ(done.Text(row, kPodLabelsColumn), "(null)");
  EXPECT_EQ(done.Text(row, kVolumeLabelsColumn), "{}");
  EXPECT_EQ(done.Text(row, kInfrastructureUsageCostColumn), kInfrastructureUsageCost);
}

TEST(StorageRows, MinusZeroIsZero) {
  TestDay day;
  TestRow row = Claim();
  row.values = {{kClaimBytes, -0.0}, {kClaimUsage, -0.0}};
  day.Storage({row});
  const FinalizedDay done(day.state(), StorageOnly());
  ASSERT_EQ(done.rows(), 1);
  EXPECT_FALSE(std::signbit(*done.Value(0, kClaimGib)));
  EXPECT_FALSE(std::signbit(*done.Value(0, kClaimUsageGibMonths)));
}

TEST(StorageRows, AMonthHasItsOwnDays) {
  TestDay day({}, DayOf(2024, 2, 29));
  TestRow row = Claim();
  row.values = {{kClaimByteSeconds, kGiB * kSecondsPerDay * 29}};
  day.Storage({row});
  EXPECT_DOUBLE_EQ(*FinalizedDay(day.state(), StorageOnly()).Value(0, kClaimGibMonths), 1);
}

TEST(StorageRows, MeasuresOfNullsAreNull) {
  TestDay day;
  TestRow row = Claim();
  row.values = {{kVolumeRequest, 0}};
  day.Storage({row});
  const FinalizedDay done(day.state(), StorageOnly());
  EXPECT_EQ(done.Value(0, kClaimGib), std::nullopt);
  EXPECT_EQ(done.Value(0, kClaimGibMonths), std::nullopt);
  EXPECT_EQ(done.Value(0, kVolumeRequestGibMonths), 0);
  EXPECT_EQ(done.Value(0, kClaimUsageGibMonths), std::nullopt);
}

TEST(StorageRows, AClaimWithoutItsPodHasNoNode) {
  TestDay day;
  day.Storage({Claim()});
  day.Pods({OnNode("n1", "i", "another pod")});
  const FinalizedDay done(day.state(), StorageOnly());
  ASSERT_THAT(done.Keys(), ElementsAre("Storage shop (null) (null) data pv {}"));
  EXPECT_DOUBLE_EQ(*done.Value(0, kVolumeRequestGibMonths), 6);  // divided by 1
}

TEST(StorageRows, VolumeOnThreeNodesIsSplitButItsCapacityIsNot) {
  TestDay day;
  day.Storage({Claim()});
  day.Pods({OnNode("n1"), OnNode("n2"), OnNode("n3"), OnNode("n3")});
  const FinalizedDay done(day.state(), StorageOnly());
  ASSERT_EQ(done.rows(), 3);
  for (int row = 0; row < 3; ++row) {
    EXPECT_DOUBLE_EQ(*done.Value(row, kClaimGibMonths), 3);
    EXPECT_DOUBLE_EQ(*done.Value(row, kVolumeRequestGibMonths), 2);
    EXPECT_DOUBLE_EQ(*done.Value(row, kClaimUsageGibMonths), 4);
  }
}

TEST(StorageRows, NodesOfAVolumeAreCountedOverAllItsPods) {
  TestDay day;
  TestRow other = Claim();
  other.texts[kPod] = "db-2";
  day.Storage({Claim(), other});
  day.Pods({OnNode("n1"), OnNode("n1", "i", "db-2"), OnNode("n2", "i", "db-2")});
  const FinalizedDay done(day.state(), StorageOnly());
  ASSERT_THAT(done.Keys(), ElementsAre("Storage shop n1 i data pv {}", "Storage shop n2 i data pv {}"));
  EXPECT_DOUBLE_EQ(*done.Value(0, kVolumeRequestGibMonths), 6);  // both pods' 6 + 6, over 2 nodes
  EXPECT_DOUBLE_EQ(*done.Value(1, kVolumeRequestGibMonths), 3);
}

TEST(StorageRows, AnEmptyNodeCountsAndANullOneDoesNot) {
  TestDay day;
  TestRow nowhere = OnNode("");
  nowhere.texts.erase(kNode);
  day.Storage({Claim()});
  day.Pods({OnNode("n1"), OnNode(""), nowhere});
  const FinalizedDay done(day.state(), StorageOnly());
  EXPECT_THAT(done.Keys(), ElementsAre("Storage shop  i data pv {}", "Storage shop n1 i data pv {}",
                                       "Storage shop (null) i data pv {}"));
  EXPECT_DOUBLE_EQ(*done.Value(0, kVolumeRequestGibMonths), 3);  // 6 over "" and n1
}

TEST(StorageRows, ANullVolumeIsNotDivided) {
  TestDay day;
  TestRow row = Claim();
  row.texts.erase(kVolume);
  day.Storage({row});
  day.Pods({OnNode("n1"), OnNode("n2")});
  const FinalizedDay done(day.state(), StorageOnly());
  ASSERT_EQ(done.rows(), 2);
  EXPECT_DOUBLE_EQ(*done.Value(0, kVolumeRequestGibMonths), 6);
}

TEST(StorageRows, ANullClaimNamespaceOrPodMatchesNothing) {
  for (const TextField field : {kClaim, kNamespace, kPod}) {
    TestDay day;
    TestRow storage = Claim(), pod = OnNode("n1");
    storage.texts.erase(field);
    pod.texts.erase(field);  // null on both sides is no match either
    day.Storage({storage, Claim("other", "pv-2")});
    day.Pods({pod, OnNode("n2")});
    const FinalizedDay done(day.state(), StorageOnly());
    std::vector<std::string> nodes;  // of the row that lacks the field
    for (int row = 0; row < done.rows(); ++row) {
      if (done.Text(row, kVolumeColumn) == "pv") nodes.push_back(done.Text(row, kNodeColumn));
    }
    EXPECT_THAT(nodes, ElementsAre("(null)")) << NameOf(field);
  }
}

TEST(StorageRows, AClaimWithTwoVolumesCountsEachOnce) {
  TestDay day;
  day.Storage({Claim("data", "pv-1"), Claim("data", "pv-2")});
  day.Pods({OnNode("n1")});
  const FinalizedDay done(day.state(), StorageOnly());
  ASSERT_THAT(done.Keys(), ElementsAre("Storage shop n1 i data pv-1 {}", "Storage shop n1 i data pv-2 {}"));
  EXPECT_DOUBLE_EQ(*done.Value(0, kClaimUsageGibMonths), 12);
  EXPECT_DOUBLE_EQ(*done.Value(1, kClaimUsageGibMonths), 12);
}

TEST(StorageRows, TheGreatestResourceIdOfAPodOnANodeStands) {
  TestDay day;
  day.Storage({Claim()});
  day.Pods({OnNode("n1", "i-2"), OnNode("n1", "i-1")});
  EXPECT_THAT(FinalizedDay(day.state(), StorageOnly()).Keys(), ElementsAre("Storage shop n1 i-2 data pv {}"));
}

TEST(StorageRows, HandlesSeparateRowsThatLookAlike) {
  TestDay day;
  TestRow a = Claim(), b = Claim(), c = Claim();
  a.texts[kVolumeHandle] = "vol-a";
  b.texts[kVolumeHandle] = "vol-b";
  day.Storage({a, b, c});  // c's is null
  const FinalizedDay done(day.state(), StorageOnly());
  ASSERT_EQ(done.rows(), 3);
  EXPECT_EQ(done.Key(0), done.Key(1));
  EXPECT_NE(done.Text(0, kUuid), done.Text(1, kUuid));
  EXPECT_NE(done.Text(1, kUuid), done.Text(2, kUuid));
}

TEST(StorageRows, LabelsAreMergedFromNodeNamespaceVolumeAndClaim) {
  TestDay day;
  TestRow row = Claim();
  row.texts[kVolumeLabels] = "c:volume|d:volume";
  row.texts[kClaimLabels] = "d:claim";
  day.NodeLabels({{0, {{kNode, "n1"}, {kNodeLabels, "a:node|b:node|c:node"}}, {}}});
  day.NamespaceLabels({{0, {{kNamespace, "shop"}, {kNamespaceLabels, "b:namespace"}}, {}}});
  day.Storage({row});
  day.Pods({OnNode("n1")});
  const FinalizedDay done(day.state(), StorageOnly());
  ASSERT_EQ(done.rows(), 1);
  const std::string labels = R"({"a":"node","b":"namespace","c":"volume","d":"claim"})";
  EXPECT_EQ(done.Text(0, kVolumeLabelsColumn), labels);
  EXPECT_EQ(done.Text(0, kAllLabelsColumn), labels);
}

TEST(StorageRows, GroupsWithEqualMergedLabelsAreAddedUp) {
  TestDay day;
  TestRow by_volume = Claim(), by_claim = Claim();
  by_volume.texts[kVolumeLabels] = "a:1";
  by_claim.texts[kClaimLabels] = "a:1";
  by_claim.values[kClaimBytes] = 9 * kGiB;
  day.Storage({by_volume, by_claim});
  const FinalizedDay done(day.state(), StorageOnly());
  ASSERT_THAT(done.Keys(), ElementsAre(R"(Storage shop (null) (null) data pv {"a":"1"})"));
  EXPECT_DOUBLE_EQ(*done.Value(0, kClaimGibMonths), 6);
  EXPECT_EQ(done.Value(0, kClaimGib), 9);
}

TEST(StorageRows, HaveTheCategoryOfTheirNamespaceAndAreCounted) {
  TestDay day;
  day.Storage({Claim()});
  day.Pods({OnNode("n1"), OnNode("n2")});
  FinalizeOptions options = StorageOnly();
  options.cost_categories = {{"shop", 8}};
  const FinalizedDay done(day.state(), options);
  EXPECT_EQ(done.Text(0, kCostCategoryId), "8");
  EXPECT_EQ(done.totals.rows[static_cast<size_t>(RowKind::kStorage)], 2);
  EXPECT_DOUBLE_EQ(done.totals.claim_used_gib_months, 12);  // 6 on each node
}

TEST(StorageRows, ASumThatLeavesItsRangeIsAnError) {
  TestDay one_group, two_groups;
  TestRow row = Claim();
  row.values = {{kClaimUsage, 2e33}};  // the range of byte-seconds is 2.6e33
  one_group.Storage({row, row});
  TestRow other = row;  // equal only after its labels are merged
  row.texts[kVolumeLabels] = other.texts[kClaimLabels] = "a:1";
  two_groups.Storage({row, other});
  for (TestDay* day : {&one_group, &two_groups}) {
    const FinalizedDay done(day->state(), StorageOnly());
    EXPECT_EQ(KindOf(done.status), ErrorKind::kInput);
    EXPECT_NE(done.status.message().find("leaves the range"), std::string::npos) << done.status;
    EXPECT_NE(done.status.message().find("storage"), std::string::npos) << done.status;
  }
}

// Claims of many pods on several nodes, the greatest part of them on disk at each place where they are
// sorted.
TEST(StorageRows, AreTheSameWhereTheyDoNotFitInMemory) {
  TestDay day;
  std::vector<TestRow> claims, pods;
  for (int i = 0; i < 2000; ++i) {
    const std::string pod = "p" + std::to_string(i * 7 % 300);
    TestRow row = Claim("c" + std::to_string(i % 400), "pv" + std::to_string(i % 90));
    row.texts[kPod] = pod;
    if (i % 5 == 0) row.texts.erase(kVolume);
    if (i % 3 == 0) row.texts[kClaimLabels] = "app:" + std::to_string(i % 4);
    if (i % 11 == 0) row.texts[kVolumeHandle] = std::string("a\0b", 3);
    claims.push_back(row);
    pods.push_back(OnNode("n" + std::to_string(i % 17), "i-" + std::to_string(i % 2), pod));
  }
  day.Storage(claims);
  day.Pods(pods);
  const FinalizedDay in_memory(day.state(), StorageOnly()), spilled(day.state(), StorageOnly(), 2000);
  ASSERT_TRUE(spilled.status.ok()) << spilled.status;
  ASSERT_EQ(spilled.rows(), in_memory.rows());
  EXPECT_GT(spilled.rows(), 2000);
  for (int64_t row = 0; row < spilled.rows(); ++row) ASSERT_EQ(spilled.Cells(row), in_memory.Cells(row));
  EXPECT_EQ(spilled.totals.claim_gib_months, in_memory.totals.claim_gib_months);
}

// A day's storage is taken out of its state in parts; what comes again adds up.
TEST(StorageRows, PartsThatAreTakenOneAfterAnotherAddUp) {
  TestDay whole, first, second;
  for (TestDay* day : {&whole, &first}) day->Storage({Claim(), Claim("other")});
  for (TestDay* day : {&whole, &second}) {
    day->Storage({Claim()});
    day->Pods({OnNode("n1", "i-1"), OnNode("n2")});
  }
  for (TestDay* day : {&whole, &first}) {
    if (day == &first) day->Storage({Claim("never mind", "pv")});  // makes its pods claimed
    day->Pods({OnNode("n1", "i-2")});
  }
  whole.Storage({Claim("never mind", "pv")});
  SpillSpace space(testing::TempDir());
  SpilledDay parts(&space, 1 << 20);
  ASSERT_TRUE(parts.TakeStorage(&first.state()).ok());
  EXPECT_TRUE(first.state().storage.groups().empty());
  second.state();
  ASSERT_TRUE(parts.TakeStorage(&second.state()).ok());
  const FinalizeOptions options = StorageOnly();
  std::shared_ptr<arrow::RecordBatch> batch;
  RowBuilder rows(&options.identity, [&](const auto& made) {
    batch = made;
    return arrow::Status::OK();
  });
  SummaryTotals totals;
  ASSERT_TRUE(parts.storage.Write(first.state(), options, &rows, &totals).ok());
  ASSERT_TRUE(rows.Flush().ok());
  const FinalizedDay expected(whole.state(), options);
  ASSERT_EQ(batch->num_rows(), expected.rows());
  for (int64_t row = 0; row < batch->num_rows(); ++row) {
    for (int column = 0; column < batch->num_columns(); ++column) {
      EXPECT_EQ(CellText(*batch->column(column), row), expected.Text(row, column));
    }
  }
}

}  // namespace
}  // namespace costream
