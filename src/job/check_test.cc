#include "job/check.h"

#include <gmock/gmock.h>

#include "job/test_report_files.h"

namespace costream {
namespace {

using testing::HasSubstr;

class CheckTest : public ReportFiles {
 protected:
  RunOptions Pods() {
    RunOptions options;
    options.inputs = {
        WritePods("o/OCP/source=s/year=2025/month=11/day=01", Granularity::kHourly, {At(11, 1, 5)})};
    options.spill_folder = root_.string();
    return options;
  }

  static CheckLine Find(const CheckList& list, const std::string& name) {
    const auto line = std::ranges::find(list.lines(), name, &CheckLine::name);
    return line == list.lines().end() ? CheckLine{"(absent)", CheckOutcome::kSkipped, "", "", {}} : *line;
  }
};

TEST(CheckList, TheWorstKindDecides) {
  CheckList list;
  list.Ok("a", "there");
  list.Skip("b", "why");
  EXPECT_EQ(list.worst(), std::nullopt);
  for (const ErrorKind kind : {ErrorKind::kTransient, ErrorKind::kAnomaly, ErrorKind::kInput,
                               ErrorKind::kUsage, ErrorKind::kInternal}) {
    list.Fail("c", MakeError(kind, "wrong"), "mend it");
    EXPECT_EQ(list.worst(), kind);
  }
  list.Fail("d", MakeError(ErrorKind::kTransient, "away"), "wait");
  EXPECT_EQ(list.worst(), ErrorKind::kInternal);
  EXPECT_EQ(list.failed(), 6u);
}

TEST_F(CheckTest, WhatIsThereIsShown) {
  const CheckList list = CheckRun(Pods()).ValueOrDie();
  EXPECT_EQ(list.failed(), 0u);
  EXPECT_EQ(Find(list, "layout").text, "flat");
  EXPECT_EQ(Find(list, "source").text, "s, 2025-11-01 to 2025-11-30");
  EXPECT_THAT(Find(list, "pod_usage").text, HasSubstr("hourly: 1 files, 1 rows"));
  EXPECT_EQ(Find(list, "target").outcome, CheckOutcome::kSkipped);
}

TEST_F(CheckTest, OneThingThatIsWrongDoesNotHideAnother) {
  RunOptions options = Pods();
  options.inputs.push_back(Path("none"));
  options.reference = Path("no.json");
  options.target = "out.txt";
  options.memory_limit_bytes = 1;
  const CheckList list = CheckRun(options).ValueOrDie();
  for (const char* name : {"reference file", "memory"}) {
    const CheckLine line = Find(list, name);
    EXPECT_EQ(line.outcome, CheckOutcome::kFailed) << name;
    EXPECT_NE(line.remedy, "") << name;
  }
  EXPECT_EQ(Find(list, "reports").outcome, CheckOutcome::kSkipped);
  EXPECT_EQ(list.failed(), 3u);  // and the input that is not there
  EXPECT_EQ(list.worst(), ErrorKind::kUsage);
}

TEST_F(CheckTest, FoldersThatCannotBeWrittenAreTold) {
  for (const std::string& folder : {Path("absent"), Path(std::string(300, 'x'))}) {
    RunOptions options = Pods();
    options.target = folder + "/out.parquet";
    options.spill_folder = folder;
    const CheckList list = CheckRun(options).ValueOrDie();
    for (const char* name : {"target", "spill folder"}) {
      EXPECT_THAT(Find(list, name).text, HasSubstr("is not a folder that can be written")) << name;
    }
    EXPECT_EQ(list.worst(), ErrorKind::kUsage);
  }
}

TEST_F(CheckTest, AMonthWithoutPodReportsIsTold) {
  RunOptions options;
  options.inputs = {Write("nodes.csv", "interval_start,node,node_labels\n2025-11-01 00:00:00,n,\n")};
  options.source = "s";
  options.month = Month{2025, 11};
  const CheckLine line = Find(CheckRun(options).ValueOrDie(), "pod_usage");
  EXPECT_EQ(line.outcome, CheckOutcome::kFailed);
  EXPECT_THAT(line.text, HasSubstr("no pod report of 2025-11-01 to 2025-11-30"));
}

TEST_F(CheckTest, ASignalEndsIt) {
  RunOptions options = Pods();
  options.cancelled = [] { return true; };
  EXPECT_EQ(KindOf(CheckRun(options).status()), ErrorKind::kCancelled);
}

}  // namespace
}  // namespace costream
