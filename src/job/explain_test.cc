#include "job/explain.h"

#include <gmock/gmock.h>

#include "base/error.h"
#include "job/test_report_files.h"

namespace costream {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kHour = "2025-11-03 00:00:00 +0000 UTC";
constexpr const char* kStorageHeader =
    "interval_start,namespace,pod,persistentvolumeclaim,persistentvolume,storageclass,csi_volume_handle,"
    "persistentvolumeclaim_capacity_bytes,persistentvolumeclaim_capacity_byte_seconds,"
    "volume_request_storage_byte_seconds,persistentvolumeclaim_usage_byte_seconds\n";

class ExplainTest : public ReportFiles {
 protected:
  arrow::Result<Explanation> Ask(std::optional<std::string> node,
                                 std::optional<std::string> name_space = std::nullopt) {
    RunOptions options;
    options.inputs = {Path("in")};
    options.source = "s";
    options.threads = 1;
    return Explain(options, {DayOf(2025, 11, 3), std::move(node), std::move(name_space)});
  }
  // Rows of one hour, of the storage class "c".
  void WriteStorage(const std::string& lines) { Write("in/storage.csv", kStorageHeader + lines); }
  static std::string Claim(const std::string& pod, const std::string& claim, const std::string& handle,
                           double byte_seconds = kBytesPerGiB) {
    return fmt::format("{},shop,{},{},v,c,{},{},{},{},{}\n", kHour, pod, claim, handle, 1024, byte_seconds,
                       byte_seconds, byte_seconds);
  }
  static std::vector<ExplainedStorage> StorageOf(const Explanation& explanation) {
    std::vector<ExplainedStorage> found;
    for (const ExplainedRow& row : explanation.rows) {
      if (!row.storage) continue;
      EXPECT_TRUE(row.equal);
      found.push_back(*row.storage);
    }
    return found;
  }
};

TEST_F(ExplainTest, SetsAPodRowBesideItsInput) {
  Write("in/pods.csv", std::string(kPodHeader) + PodLine("2025-11-03 00:00:00", "n1", 1800, "app:a") +
                           PodLine("2025-11-03 05:00:00", "n1", 1800, "app:a") +
                           PodLine("2025-11-03 05:00:00", "n2", 7200));
  const auto found = Ask("n1");
  ASSERT_TRUE(found.ok()) << found.status();
  ASSERT_EQ(found->rows.size(), 2);  // with the Unallocated row
  EXPECT_EQ(found->rows[0].input_rows, 2);
  EXPECT_EQ(found->rows[0].from_input[kPodUsageCpuHours], 1);
  EXPECT_EQ(found->rows[1].from_input[kPodUsageCpuHours], 19);
  EXPECT_EQ(found->capacity.size(), 2);
  EXPECT_EQ(found->hours_without_capacity.size(), 22);
  EXPECT_TRUE(found->AddsUp());
}

TEST_F(ExplainTest, AVolumeOnTwoNodesIsShared) {
  Write("in/pods.csv", std::string(kPodHeader) + PodLine("2025-11-03 00:00:00", "n1", 1) +
                           PodLine("2025-11-03 00:00:00", "n2", 1));
  WriteStorage(Claim("p", "c", "h"));
  const auto found = Ask("n1");
  ASSERT_TRUE(found.ok()) << found.status();
  const auto rows = StorageOf(*found);
  ASSERT_EQ(rows.size(), 1);
  EXPECT_THAT(rows[0].volume_nodes, ElementsAre("n1", "n2"));
  EXPECT_EQ(rows[0].node_count, 2);
  EXPECT_EQ(rows[0].from_input[1], 2 * rows[0].from_input[2]);
  EXPECT_EQ(rows[0].hours_without->size(), 23);
}

TEST_F(ExplainTest, RowsThatDifferInTheVolumeHandleAreTold) {
  Write("in/pods.csv", std::string(kPodHeader) + PodLine("2025-11-03 00:00:00", "n1", 1));
  WriteStorage(Claim("p", "c", "h2", 2 * kBytesPerGiB) + Claim("p", "c", "h1") + Claim("p", "c", "", 8));
  const auto found = Ask("n1", "shop");
  ASSERT_TRUE(found.ok()) << found.status();
  const auto rows = StorageOf(*found);
  ASSERT_EQ(rows.size(), 3);
  EXPECT_EQ(rows[0].volume_handle, "");
  EXPECT_EQ(rows[1].volume_handle, "h1");
  EXPECT_EQ(rows[2].volume_handle, "h2");
  EXPECT_TRUE(found->AddsUp());
}

TEST_F(ExplainTest, ClaimsOfNoPodAreAskedForWithoutANode) {
  Write("in/pods.csv", std::string(kPodHeader) + PodLine("2025-11-03 00:00:00", "n1", 1));
  WriteStorage(Claim("p", "c", "h") + Claim("gone", "d", "h"));
  const auto of_node = Ask("n1");
  ASSERT_TRUE(of_node.ok()) << of_node.status();
  const auto& file = of_node->files.at(Path("in/storage.csv"));
  EXPECT_EQ(file.claim_rows, 1);
  EXPECT_EQ(file.claim_rows_without_node, 1);
  const auto found = Ask(std::nullopt);
  ASSERT_TRUE(found.ok()) << found.status();
  const auto rows = StorageOf(*found);
  ASSERT_EQ(rows.size(), 1);
  EXPECT_EQ(rows[0].claim, "d");
  EXPECT_FALSE(rows[0].mounted);
  EXPECT_THAT(rows[0].volume_nodes, ElementsAre("n1"));  // of the other claim of that volume
  EXPECT_THAT(found->capacity, IsEmpty());
}

TEST_F(ExplainTest, NamesWhatIsThereInstead) {
  Write("in/pods.csv", std::string(kPodHeader) + PodLine("2025-11-03 00:00:00", "n1", 1));
  EXPECT_THAT(Message(Ask("n2").status()), HasSubstr("that day has n1"));
  EXPECT_THAT(Message(Ask("n1", "none").status()), HasSubstr("it has rows of shop"));
  EXPECT_EQ(KindOf(Ask(std::nullopt).status()), ErrorKind::kUsage);
}

}  // namespace
}  // namespace costream
