#include "source/inputs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/error.h"
#include "base/test_folder.h"

namespace costream {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using InputsTest = FolderTest;

constexpr const char* kDay =
    "data/org1/OCP/source=11111111-2222-4333-8444-555555555555/year=2025/month=11/day=03/";

std::vector<std::string> CsvPaths(const Inputs& inputs) {
  std::vector<std::string> paths;
  for (const CsvInput& input : inputs.csv) paths.push_back(input.file->name());
  return paths;
}

void ExpectInputError(const arrow::Result<Inputs>& inputs, const testing::Matcher<std::string>& message) {
  ASSERT_FALSE(inputs.ok());
  EXPECT_EQ(KindOf(inputs.status()), ErrorKind::kInput);
  EXPECT_THAT(Message(inputs.status()), message);
}

TEST_F(InputsTest, FolderNamesTellTheTable) {
  for (const char* table : {"pod_usage", "storage_usage", "node_labels", "namespace_labels"}) {
    const std::string folder = std::string(kDay) + "openshift_" + table + "_line_items";
    Write(folder + "/0.parquet", "");
    Write(folder + "_daily/0.parquet", "");
  }
  const Inputs inputs = FindInputs({Path()}).ValueOrDie();
  ASSERT_EQ(inputs.parquet.size(), 8u);
  for (const ParquetInput& input : inputs.parquet) {
    ASSERT_TRUE(input.table);
    const std::string table(SpecOf(input.table->kind).table);
    const std::string suffix = input.table->granularity == Granularity::kDaily ? "_daily" : "";
    EXPECT_THAT(input.file->name(), HasSubstr("/" + table + suffix + "/0.parquet"));
    EXPECT_EQ(input.facts.day, 3);
  }
  EXPECT_THAT(inputs.csv, IsEmpty());
  EXPECT_THAT(inputs.ignored, IsEmpty());
}

TEST_F(InputsTest, FilesComeInTheOrderOfTheirPaths) {
  for (const char* name : {"b/1.csv", "a/2.csv.gz", "c.csv", "a/10.csv"}) Write(name, "");
  EXPECT_THAT(CsvPaths(FindInputs({Path()}).ValueOrDie()),
              ElementsAre(Path("a/10.csv"), Path("a/2.csv.gz"), Path("b/1.csv"), Path("c.csv")));
}

TEST_F(InputsTest, HiddenAndTemporaryFilesAndOtherKindsArePassedOver) {
  for (const char* name : {".pods.csv", "_SUCCESS", "_temporary/0/pods.csv", ".git/pods.csv", "manifest.json",
                           "pods.csv.tmp", "notes.txt"}) {
    Write(name, "");
  }
  Write("pods.csv", "");
  const Inputs inputs = FindInputs({Path()}).ValueOrDie();
  EXPECT_THAT(CsvPaths(inputs), ElementsAre(Path("pods.csv")));
  EXPECT_THAT(inputs.ignored, IsEmpty());
}

TEST_F(InputsTest, ParquetFilesInNoKnownTableAreListedAsIgnored) {
  Write("openshift_gpu_usage_line_items/0.parquet", "");
  Write("openshift_pod_usage_line_items/0.parquet", "");
  const Inputs inputs = FindInputs({Path()}).ValueOrDie();
  EXPECT_EQ(inputs.parquet.size(), 1u);
  EXPECT_THAT(inputs.ignored, ElementsAre(Path("openshift_gpu_usage_line_items/0.parquet")));
}

TEST_F(InputsTest, AFolderNameThatOnlyBeginsLikeATableIsNone) {
  Write("openshift_pod_usage_line_items_daily_old/0.parquet", "");
  ExpectInputError(FindInputs({Path()}), HasSubstr("1 Parquet files are of other tables"));
}

TEST_F(InputsTest, AParquetFileInNoLayoutIsToldByItsColumnsLater) {
  Write("some/pods.parquet", "");
  const Inputs inputs = FindInputs({Path()}).ValueOrDie();
  ASSERT_EQ(inputs.parquet.size(), 1u);
  EXPECT_FALSE(inputs.parquet[0].table);
}

class BothLayouts : public InputsTest {
 protected:
  void SetUp() override {
    InputsTest::SetUp();
    flat_ = Write(std::string(kDay) + "openshift_pod_usage_line_items/0.parquet", "");
    koku_ = Write("data/parquet/daily/org1/OCP/pod_usage/source=s/year=2025/month=11/0.parquet", "");
    Write("lone.parquet", "");
  }
  std::vector<std::string> Found(std::optional<Layout> layout) const {
    std::vector<std::string> names;
    for (const auto& input : FindInputs({Path()}, layout).ValueOrDie().parquet)
      names.push_back(input.file->name());
    return names;
  }
  std::string flat_, koku_;
};

TEST_F(BothLayouts, MayHoldTheSameRowsSoOneMustBeNamed) {
  const auto inputs = FindInputs({Path()});
  ASSERT_FALSE(inputs.ok());
  EXPECT_EQ(KindOf(inputs.status()), ErrorKind::kUsage);
  EXPECT_THAT(Message(inputs.status()), HasSubstr("--layout"));
}

TEST_F(BothLayouts, TheNamedOneIsTaken) {
  EXPECT_THAT(Found(Layout::kFlat), ElementsAre(flat_));
  EXPECT_THAT(Found(Layout::kKoku), ElementsAre(koku_));
}

TEST_F(InputsTest, APathThatDoesNotExistIsNamed) {
  ExpectInputError(FindInputs({Path("nowhere")}),
                   AllOf(HasSubstr(Path("nowhere")), HasSubstr("no such file or directory")));
}

TEST_F(InputsTest, AFileOfAnotherKindIsRefusedWhereItIsNamed) {
  ExpectInputError(FindInputs({Write("pods.txt", "")}),
                   AllOf(HasSubstr(Path("pods.txt")), HasSubstr("neither a CSV")));
}

TEST_F(InputsTest, AnEmptyDirectoryIsAnErrorThatSaysWhatWasLookedFor) {
  ExpectInputError(FindInputs({Path()}), AllOf(HasSubstr(Path()), HasSubstr("*.parquet")));
}

TEST_F(InputsTest, ADirectoryThatIsALinkIsWalked) {
  Write("real/pods.csv", "");
  fs::create_directory(Path("tree"));
  fs::create_directory_symlink(Path("real"), Path("tree/link"));
  EXPECT_THAT(CsvPaths(FindInputs({Path("tree")}).ValueOrDie()), ElementsAre(Path("tree/link/pods.csv")));
}

TEST_F(InputsTest, ALinkToNothingIsPassedOver) {
  Write("pods.csv", "");
  fs::create_symlink(Path("gone.csv"), Path("dangling.csv"));
  EXPECT_THAT(CsvPaths(FindInputs({Path()}).ValueOrDie()), ElementsAre(Path("pods.csv")));
}

TEST_F(InputsTest, ALinkToItselfThrowsNothing) {
  Write("pods.csv", "");
  fs::create_symlink(Path("self.csv"), Path("self.csv"));
  EXPECT_THAT(CsvPaths(FindInputs({Path()}).ValueOrDie()), ElementsAre(Path("pods.csv")));
}

TEST_F(InputsTest, AFileReachedTwiceIsReadOnce) {
  const std::string file = Write("a/pods.csv", "");
  const std::string table = Write("openshift_pod_usage_line_items/0.parquet", "");
  const Inputs inputs = FindInputs({file, Path("a"), Path("a/../a/pods.csv"), table, Path()}).ValueOrDie();
  EXPECT_THAT(CsvPaths(inputs), ElementsAre(file));
  EXPECT_EQ(inputs.parquet.size(), 1u);
  EXPECT_EQ(inputs.repeated, 4);
}

TEST_F(InputsTest, ADirectoryThatHoldsALinkToItselfCountsNoFileTwice) {
  Write("data/pods.csv", "");
  fs::create_directory_symlink(Path("data"), Path("data/again"));
  const auto inputs = FindInputs({Path("data")});
  if (inputs.ok()) {
    EXPECT_EQ(inputs->csv.size(), 1u);
  } else {
    EXPECT_EQ(KindOf(inputs.status()), ErrorKind::kInput);
  }
}

TEST_F(InputsTest, SourcesAreThoseThatPathsOfTheMonthName) {
  for (const char* place : {"source=b/year=2025/month=11", "source=a/year=2025/month=11/day=02",
                            "source=old/year=2025/month=10", "source=b/year=2025/month=12"}) {
    Write(std::string("data/o/OCP/") + place + "/openshift_pod_usage_line_items/0.parquet", "");
  }
  Write("data/parquet/o/OCP/pod_usage/source=koku/x.parquet", "");  // of no month
  Write("pods.csv", "");
  EXPECT_THAT(FindSources({Path()}, Month{2025, 11}).ValueOrDie(), ElementsAre("a", "b", "koku"));
  EXPECT_THAT(FindSources({Path()}, {}).ValueOrDie(), ElementsAre("a", "b", "koku", "old"));
  EXPECT_THAT(FindSources({Path("pods.csv")}, {}).ValueOrDie(), IsEmpty());
  EXPECT_EQ(KindOf(FindSources({Path("none")}, {}).status()), ErrorKind::kInput);
}

}  // namespace
}  // namespace costream
