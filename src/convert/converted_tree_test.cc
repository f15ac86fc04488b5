#include "convert/converted_tree.h"

#include <arrow/util/key_value_metadata.h>
#include <gmock/gmock.h>

#include "base/error.h"
#include "base/row_group_writer.h"
#include "base/test_folder.h"
#include "convert/test_cells.h"

namespace costream {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr Table kPods{ReportKind::kPod, Granularity::kHourly};
const FileOrigin kFirst{DayOf(2025, 11, 1), Origin::kCsv, "file", "aa"};
const FileOrigin kSecond{DayOf(2025, 11, 2), Origin::kAdds, "u-1", "bb"};

class ConvertedTreeTest : public FolderTest {
 protected:
  std::unique_ptr<ConvertedTree> Open(const std::string& source = "s", Layout layout = Layout::kFlat) {
    return ConvertedTree::Open({Path("tree"), layout, "org", source}).ValueOrDie();
  }

  static void WritePods(const std::string& path, int64_t rows = 1,
                        const std::shared_ptr<arrow::KeyValueMetadata>& metadata = nullptr) {
    const auto batch = HourlyRows(
        ReportKind::kPod, kPodColumns,
        std::vector<CellRow>(rows, {"2025-11-01 00:00:00 +0000 UTC", "shop", "n", "p", "1", "1", "1", "1"}));
    const auto schema = metadata ? batch->schema()->WithMetadata(metadata) : batch->schema();
    const auto writer = RowGroupWriter::Open(path, schema, {}).ValueOrDie();
    ASSERT_TRUE(writer->Write(*batch).ok() && writer->Close().ok());
  }

  static void Stage(ConvertedTree* tree, const FileOrigin& origin, int64_t rows = 1) {
    WritePods(tree->Stage(kPods, origin).ValueOrDie(), rows);
  }

  static std::vector<std::string> NamesOf(const ConvertedTree& tree) {
    std::vector<std::string> names;
    for (const TreeFile& file : tree.files()) names.push_back(fs::path(file.path).filename());
    return names;
  }

  // Files in the hidden folder.
  std::vector<std::string> Work() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(root_ / "tree/.costream-convert"))
      names.push_back(entry.path().filename());
    return names;
  }
};

TEST_F(ConvertedTreeTest, WhatIsStagedIsThereAfterTheCommitAlone) {
  auto tree = Open();
  Stage(tree.get(), kFirst, 3);
  EXPECT_FALSE(fs::exists(root_ / "tree/data"));
  ASSERT_TRUE(tree->Commit().ok());
  tree.reset();
  tree = Open();
  ASSERT_EQ(tree->files().size(), 1);
  const TreeFile& file = tree->files()[0];
  EXPECT_EQ(file.path,
            "data/org/OCP/source=s/year=2025/month=11/day=01/openshift_pod_usage_line_items/"
            "2025-11-01.csv.file.aa.parquet");
  EXPECT_EQ(file.table, kPods);
  EXPECT_EQ(file.rows, 3);
  ASSERT_TRUE(file.origin);
  EXPECT_EQ(NameOf(*file.origin), NameOf(kFirst));
  EXPECT_FALSE(file.delivery);
  EXPECT_THAT(Work(), ElementsAre("lock"));
}

TEST_F(ConvertedTreeTest, WhatIsNotCommittedIsGone) {
  auto tree = Open();
  Stage(tree.get(), kFirst);
  tree.reset();
  EXPECT_THAT(Work(), ElementsAre("lock"));
  EXPECT_THAT(Open()->files(), IsEmpty());
}

TEST_F(ConvertedTreeTest, RemovesAndReplacesFiles) {
  auto tree = Open();
  Stage(tree.get(), kFirst);
  Stage(tree.get(), kSecond);
  ASSERT_TRUE(tree->Commit().ok());
  tree.reset();
  tree = Open();
  EXPECT_THAT(NamesOf(*tree), ElementsAre(NameOf(kFirst), NameOf(kSecond)));
  Stage(tree.get(), kFirst, 5);
  EXPECT_TRUE(tree->Stages(tree->files()[0].path));
  EXPECT_FALSE(tree->Stages(tree->files()[1].path));
  for (const TreeFile& file : tree->files()) tree->Remove(file);  // what is staged in its place stays
  ASSERT_TRUE(tree->Commit().ok());
  tree.reset();
  tree = Open();
  ASSERT_THAT(NamesOf(*tree), ElementsAre(NameOf(kFirst)));
  EXPECT_EQ(tree->files()[0].rows, 5);
}

TEST_F(ConvertedTreeTest, KnowsWhatTheFootersSay) {
  auto tree = Open();
  const auto metadata = arrow::KeyValueMetadata::Make(
      {std::string(kManifestIdKey), std::string(kReportDateKey), std::string(kReportHoursKey)},
      {"u-2", "2025-11-01", "7"});
  WritePods(tree->Stage(kPods, {kFirst.day, Origin::kWhole, "u-2", "cc"}).ValueOrDie(), 1, metadata);
  ASSERT_TRUE(tree->Commit().ok());
  tree.reset();
  tree = Open();
  ASSERT_EQ(tree->files().size(), 1);
  ASSERT_TRUE(tree->files()[0].delivery);
  EXPECT_EQ(tree->files()[0].delivery->id, "u-2");
  EXPECT_EQ(tree->files()[0].delivery->day, kFirst.day);
  EXPECT_EQ(tree->files()[0].delivery->hours, 7);
}

TEST_F(ConvertedTreeTest, ListsTheSourceAndLayoutAlone) {
  auto tree = Open();
  Stage(tree.get(), kFirst);
  ASSERT_TRUE(tree->Commit().ok());
  tree.reset();
  EXPECT_THAT(Open("t")->files(), IsEmpty());
  EXPECT_THAT(Open("s", Layout::kKoku)->files(), IsEmpty());
  EXPECT_EQ(Open()->files().size(), 1);
}

TEST_F(ConvertedTreeTest, FilesThatOthersMadeHaveNoOrigin) {
  const std::string name =
      "tree/data/org/OCP/source=s/year=2025/month=11/day=01/openshift_pod_usage_line_items/part-0.parquet";
  WritePods(Write(name, ""));
  const auto tree = Open();
  ASSERT_EQ(tree->files().size(), 1);
  EXPECT_FALSE(tree->files()[0].origin);
}

// The state after a kill at each step: the journal is written, some of it is done or none.
TEST_F(ConvertedTreeTest, CompletesWhatTheJournalSays) {
  auto tree = Open();
  Stage(tree.get(), kSecond);
  ASSERT_TRUE(tree->Commit().ok());
  tree.reset();
  const std::string work = Path("tree/.costream-convert/");
  const std::string folder =
      "data/org/OCP/source=s/year=2025/month=11/day=01/openshift_pod_usage_line_items/";
  const std::string gone =
      "data/org/OCP/source=s/year=2025/month=11/day=02/openshift_pod_usage_line_items/" + NameOf(kSecond);
  WritePods(work + "0");
  Write("tree/.costream-convert/journal", R"([{"path": ")" + folder + NameOf(kFirst) +
                                              R"(", "from": "0"}, {"path": ")" + folder +
                                              R"(done.parquet", "from": "1"}, {"path": ")" + gone + R"("}])");
  EXPECT_THAT(NamesOf(*Open()), ElementsAre(NameOf(kFirst)));
  EXPECT_THAT(Work(), ElementsAre("lock"));
}

TEST_F(ConvertedTreeTest, ADamagedJournalIsAUsageErrorThatNamesIt) {
  Write("tree/.costream-convert/journal", "[{");
  const auto status = ConvertedTree::Open({Path("tree"), Layout::kFlat, "org", "s"}).status();
  EXPECT_EQ(KindOf(status), ErrorKind::kUsage);
  EXPECT_THAT(Message(status), HasSubstr(".costream-convert/journal: is damaged; remove it"));
}

TEST_F(ConvertedTreeTest, AJournalThatIsNoListOfStepsIsDamaged) {
  for (const char* journal : {"3", "[1]", "[{\"from\":\"0\"}]", "[{\"path\":5}]", "{\"path\":\"x\"}"}) {
    Write("tree/.costream-convert/journal", journal);
    const auto status = ConvertedTree::Open({Path("tree"), Layout::kFlat, "org", "s"}).status();
    EXPECT_THAT(Message(status), HasSubstr("is damaged")) << journal;
    EXPECT_EQ(Contents(Path("tree/.costream-convert/journal")), journal);
  }
}

TEST_F(ConvertedTreeTest, AJournalThatCannotBeReadLeavesWhatIsStaged) {
  Write("tree/.costream-convert/journal/a folder", "");
  Write("tree/.costream-convert/0", "staged");
  const auto status = ConvertedTree::Open({Path("tree"), Layout::kFlat, "org", "s"}).status();
  EXPECT_EQ(KindOf(status), ErrorKind::kUsage);
  EXPECT_THAT(Message(status), HasSubstr("the journal cannot be read"));
  EXPECT_EQ(Contents(Path("tree/.costream-convert/0")), "staged");
}

TEST_F(ConvertedTreeTest, ACommitThatBreaksOffIsCompletedByTheNext) {
  Stage(Open().get(), kFirst);  // is not committed
  {
    auto tree = Open();
    Stage(tree.get(), kFirst);
    Stage(tree.get(), kSecond, 2);
    fs::create_directories(root_ / "tree/data/org");
    Write("tree/data/org/OCP", "in the way");
    const auto status = tree->Commit();
    EXPECT_EQ(KindOf(status), ErrorKind::kUsage);
    EXPECT_THAT(Message(status), HasSubstr("the next conversion completes this one"));
  }
  fs::remove(root_ / "tree/data/org/OCP");
  EXPECT_THAT(NamesOf(*Open()), ElementsAre(NameOf(kFirst), NameOf(kSecond)));
  EXPECT_THAT(Work(), ElementsAre("lock"));
}

TEST_F(ConvertedTreeTest, ASecondConversionIsToldToTryAgain) {
  const auto tree = Open();
  const auto status = ConvertedTree::Open({Path("tree"), Layout::kFlat, "org", "s"}).status();
  EXPECT_EQ(KindOf(status), ErrorKind::kTransient);
  EXPECT_THAT(Message(status), HasSubstr("another conversion"));
}

TEST_F(ConvertedTreeTest, APlaceThatCannotBeMadeIsAUsageError) {
  Write("tree", "a file");
  const auto status = ConvertedTree::Open({Path("tree"), Layout::kFlat, "org", "s"}).status();
  EXPECT_EQ(KindOf(status), ErrorKind::kUsage);
  EXPECT_THAT(Message(status), HasSubstr("--out"));
}

}  // namespace
}  // namespace costream
