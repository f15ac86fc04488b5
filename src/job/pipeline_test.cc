#include "job/pipeline.h"

#include <gmock/gmock.h>

#include "base/error.h"
#include "decode/arrow_reader.h"
#include "job/test_report_files.h"

namespace costream {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class PipelineTest : public ReportFiles {
 protected:
  RunOptions Options(const std::string& lines, const std::string& target = "") {
    RunOptions options;
    options.inputs = {Write("in/pods.csv", std::string(kPodHeader) + lines)};
    options.source = "s";
    options.month = Month{2025, 11};
    if (!target.empty()) options.target = Path(target);
    options.threads = 1;
    return options;
  }
  RunOptions TreeOptions() {
    RunOptions options;
    options.inputs = {Path("data")};
    options.target = Path("out.parquet");
    return options;
  }
  double Measure(const arrow::Table& table, int64_t row, int measure) {
    const auto cell = table.column(kFirstMeasure + measure)->GetScalar(row).ValueOrDie();
    EXPECT_TRUE(cell->is_valid);
    return static_cast<const arrow::DoubleScalar&>(*cell).value;
  }
  std::vector<std::string> Files(const std::string& folder) {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(root_ / folder)) {
      names.push_back(entry.path().filename().string());
    }
    return names;
  }
};

TEST_F(PipelineTest, WritesTheRowsOfADay) {
  const auto result = costream::Run(
      Options(PodLine("2025-11-03 00:00:00", "n1", 1800) + PodLine("2025-11-03 01:00:00", "n1", 1800),
              "out.parquet"));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_THAT(result->totals.rows, ElementsAre(1, 0, 1));
  EXPECT_EQ(result->counts.rows_read, 2);
  EXPECT_EQ(result->files, 1);
  EXPECT_EQ(result->days_with_rows, 1);
  const auto table = ReadParquet("out.parquet");
  ASSERT_EQ(table->num_rows(), 2);
  EXPECT_EQ(Measure(*table, 0, kPodUsageCpuHours), 1);
  EXPECT_EQ(Measure(*table, 0, kNodeCpuHours), 20);      // 10 in each of two hours
  EXPECT_EQ(Measure(*table, 1, kPodUsageCpuHours), 19);  // Unallocated
}

TEST_F(PipelineTest, ModeThreadsAndChunksDoNotShow) {
  std::string lines;
  for (int i = 0; i < 3000; ++i) {
    lines += PodLine(fmt::format("2025-11-{:02} {:02}:00:00", 1 + i * 7 % 30, i % 24),
                     "n" + std::to_string(i % 5), 0.1 * i, "label_app:" + std::to_string(i % 11));
  }
  RunOptions options = Options(lines, "first.csv");
  for (int i = 0; i < 3; ++i) {
    options.inputs.push_back(Write(fmt::format("in/more{}.csv", i), std::string(kPodHeader) + lines));
  }
  options.mode = Mode::kInMemory;
  ASSERT_TRUE(costream::Run(options).ok());
  options.mode = Mode::kStreaming;
  for (const int threads : {1, 4}) {
    for (const int64_t chunk : {7, 50'000}) {
      options.threads = threads;
      options.chunk_size = chunk;
      options.target = Path("second.csv");
      ASSERT_TRUE(costream::Run(options).ok());
      EXPECT_EQ(Read("second.csv"), Read("first.csv")) << threads << " threads, chunks of " << chunk;
    }
  }
  std::reverse(options.inputs.begin(), options.inputs.end());
  ASSERT_TRUE(costream::Run(options).ok());
  EXPECT_EQ(Read("second.csv"), Read("first.csv"));
}

TEST_F(PipelineTest, TheModeFollowsTheThresholdUnlessAskedFor) {
  std::string lines;  // more than one row by the size of the file
  for (int i = 0; i < 20; ++i) lines += PodLine("2025-11-03 00:00:00", "n1", 1);
  RunOptions options = Options(lines);
  EXPECT_EQ(costream::Run(options)->mode, Mode::kInMemory);
  options.streaming_threshold_rows = 0;
  const auto streaming = costream::Run(options);
  EXPECT_EQ(streaming->mode, Mode::kStreaming);
  EXPECT_THAT(streaming->mode_reason, HasSubstr("more than the threshold of 0"));
  options.mode = Mode::kInMemory;
  EXPECT_EQ(costream::Run(options)->mode_reason, "asked for");
}

TEST_F(PipelineTest, AnErrorLeavesTheTargetAsItWasAndNothingBeside) {
  RunOptions options =
      Options(PodLine("2025-11-03 00:00:00", "n1", 1) + PodLine("2025-11-03 00:00:00", "n1", 1, "{broken"),
              "out/rows.csv");
  Write("out/rows.csv", "as it was");
  const auto result = costream::Run(options);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(KindOf(result.status()), ErrorKind::kInput);
  EXPECT_THAT(Message(result.status()),
              AllOf(HasSubstr("pods.csv"), HasSubstr("line 3"), HasSubstr("'pod_labels'")));
  EXPECT_EQ(Read("out/rows.csv"), "as it was");
  EXPECT_THAT(Files("out"), ElementsAre("rows.csv"));
}

TEST_F(PipelineTest, ACancelledRunLeavesTheTargetAsItWas) {
  RunOptions options = Options(PodLine("2025-11-03 00:00:00", "n1", 1), "out/rows.csv");
  Write("out/rows.csv", "as it was");
  options.cancelled = [] { return true; };
  for (const Mode mode : {Mode::kStreaming, Mode::kInMemory}) {
    options.mode = mode;
    const auto result = costream::Run(options);
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(KindOf(result.status()), ErrorKind::kCancelled);
    EXPECT_EQ(Read("out/rows.csv"), "as it was");
    EXPECT_THAT(Files("out"), ElementsAre("rows.csv"));
  }
}

TEST_F(PipelineTest, GapsBetweenTheFirstAndTheLastHourAreReported) {
  const auto result = costream::Run(Options(PodLine("2025-11-03 22:00:00", "n1", 1) +
                                            PodLine("2025-11-04 01:00:00", "n1", 1) +
                                            PodLine("2025-11-04 03:00:00", "n1", 1)));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_THAT(result->missing_hours, ElementsAre("2025-11-03: 23", "2025-11-04: 00, 02"));
  EXPECT_EQ(result->missing_hour_count, 3);
}

TEST_F(PipelineTest, AnInputWithoutRowsOfTheDaysIsAnEmptySummaryWithAWarning) {
  const auto result = costream::Run(Options(PodLine("2025-10-03 22:00:00", "n1", 1), "out.parquet"));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(ReadParquet("out.parquet")->num_rows(), 0);
  EXPECT_THAT(result->warnings, Contains(HasSubstr("the summary is empty")));
  EXPECT_THAT(result->missing_hours, IsEmpty());
}

TEST_F(PipelineTest, AnomaliesAreDroppedCountedAndReported) {
  const auto result = costream::Run(
      Options(PodLine("2025-11-03 00:00:00", "n1", 3600) + PodLine("2025-11-03 01:00:00", "n1", 2e18)));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->counts.rows_anomalous, 1);
  EXPECT_EQ(result->totals.cpu_rows, 1);
  EXPECT_THAT(result->warnings, Contains(HasSubstr("1 rows are anomalies")));
}

TEST_F(PipelineTest, UsageComesFromTheDailyTableAndCapacityFromTheHourly) {
  const std::string place = "o/OCP/source=a/year=2025/month=11/day=01";
  WritePods(place, Granularity::kHourly, {At(11, 1, 0), At(11, 1, 1)}, 3600);
  WritePods(place, Granularity::kDaily, {At(11, 1, 0)}, 18000);
  RunOptions options = TreeOptions();
  ASSERT_TRUE(costream::Run(options).ok());
  EXPECT_EQ(Measure(*ReadParquet("out.parquet"), 0, kPodUsageCpuHours), 5);
  EXPECT_EQ(Measure(*ReadParquet("out.parquet"), 0, kNodeCpuHours), 2);
  options.usage_from = UsageFrom::kHourly;
  ASSERT_TRUE(costream::Run(options).ok());
  EXPECT_EQ(Measure(*ReadParquet("out.parquet"), 0, kPodUsageCpuHours), 2);
}

// Daily rows may exceed 1e18, so that only the accumulators' range bounds them.
TEST_F(PipelineTest, ASumThatLeavesItsRangeIsAnErrorThatNamesTheDay) {
  WritePods("o/OCP/source=a/year=2025/month=11/day=02", Granularity::kDaily, {At(11, 2, 0), At(11, 2, 0)},
            8e24);
  const auto result = costream::Run(TreeOptions());
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(KindOf(result.status()), ErrorKind::kInput);
  EXPECT_THAT(Message(result.status()), AllOf(HasSubstr("2025-11-02"), HasSubstr("leaves the range")));
  EXPECT_FALSE(std::filesystem::exists(Path("out.parquet")));
}

TEST_F(PipelineTest, TheReferenceFileFiltersLabelsAndNamesTheRun) {
  RunOptions options = Options(PodLine("2025-11-03 00:00:00", "n1", 1, "label_app:x|label_env:y"), "out.csv");
  options.source.reset();
  options.reference =
      Write("reference.json", R"({"source_uuid": "from the file", "enabled_tag_keys": ["app"]})");
  const auto result = costream::Run(options);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->source, "from the file");
  EXPECT_THAT(Read("out.csv"), AllOf(HasSubstr("app"), testing::Not(HasSubstr("env"))));
  EXPECT_THAT(result->notes, testing::Not(Contains(HasSubstr("every label key is enabled"))));
}

TEST_F(PipelineTest, WithoutTagKeysANoteSaysThatAllAreEnabled) {
  EXPECT_THAT(costream::Run(Options(PodLine("2025-11-03 00:00:00", "n1", 1)))->notes,
              Contains(HasSubstr("every label key is enabled")));
}

TEST_F(PipelineTest, WhatCannotBeUsedIsAUsageError) {
  RunOptions options = Options(PodLine("2025-11-03 00:00:00", "n1", 1), "out.xlsx");
  EXPECT_EQ(KindOf(costream::Run(options).status()), ErrorKind::kUsage);
  options.target.clear();
  options.reference =
      Write("reference.json", R"({"cost_categories": [{"namespace": "a\\", "cost_category_id": 1}]})");
  const auto result = costream::Run(options);
  EXPECT_EQ(KindOf(result.status()), ErrorKind::kUsage);
  EXPECT_THAT(Message(result.status()), HasSubstr("single backslash"));
}

TEST_F(PipelineTest, ProgressEndsWithAllRowsAndBytes) {
  RunOptions options =
      Options(PodLine("2025-11-03 00:00:00", "n1", 1) + PodLine("2025-11-03 01:00:00", "n1", 1));
  for (const Mode mode : {Mode::kStreaming, Mode::kInMemory}) {
    options.mode = mode;
    Progress last;
    options.on_progress = [&](const Progress& progress) { last = progress; };
    ASSERT_TRUE(costream::Run(options).ok());
    EXPECT_EQ(last.rows, 2);
    EXPECT_GT(last.bytes_total, 0);
    EXPECT_EQ(last.bytes_done, last.bytes_total);
  }
}

class RecordingSink : public Sink {
 public:
  arrow::Status Begin(const RunScope&) override { return Note("begin"); }
  arrow::Status Write(const std::shared_ptr<arrow::RecordBatch>&) override { return Note("write"); }
  arrow::Status Commit(const std::vector<Day>&) override { return Note("commit"); }
  void Abort() override { calls.push_back("abort"); }

  std::vector<std::string> calls;
  std::string failing;

 private:
  arrow::Status Note(const std::string& call) {
    calls.push_back(call);
    return call == failing ? MakeError(ErrorKind::kTransient, call + " failed") : arrow::Status::OK();
  }
};

class RunStreamsTest : public PipelineTest {
 protected:
  arrow::Status RunInto(RecordingSink* sink, double core_seconds) {
    RunOptions options;
    options.source = "s";
    options.month = Month{2025, 11};
    WritePods("o/d", Granularity::kDaily, {At(11, 1, 0), At(11, 1, 0)}, core_seconds);
    const auto table = ReadParquet("data/o/d/openshift_pod_usage_line_items_daily/x.parquet");
    const auto reader = std::make_shared<arrow::TableBatchReader>(table);
    const StreamInput stream{ReportKind::kPod, Granularity::kDaily, [&](const DecodeOptions& decode) {
                               return OpenArrow(reader, ReportKind::kPod, Granularity::kDaily, decode);
                             }};
    return RunStreams(options, {stream}, sink).status();
  }
};

TEST_F(RunStreamsTest, TheSinkIsBegunWrittenAndCommitted) {
  RecordingSink sink;
  EXPECT_TRUE(RunInto(&sink, 1).ok());
  EXPECT_THAT(sink.calls, ElementsAre("begin", "write", "commit"));
}

TEST_F(RunStreamsTest, AfterAnErrorNothingIsCommitted) {
  RecordingSink sink;
  EXPECT_FALSE(RunInto(&sink, 8e24).ok());  // the sum of two leaves the range
  EXPECT_THAT(sink.calls, testing::Not(Contains("commit")));
}

TEST_F(RunStreamsTest, AnErrorOfTheSinkKeepsItsKind) {
  for (const std::string call : {"begin", "write", "commit"}) {
    RecordingSink sink;
    sink.failing = call;
    const arrow::Status status = RunInto(&sink, 1);
    EXPECT_EQ(KindOf(status), ErrorKind::kTransient) << status;
    EXPECT_EQ(Message(status), call + " failed");
    EXPECT_EQ(sink.calls.back(), call);
  }
}

}  // namespace
}  // namespace costream
