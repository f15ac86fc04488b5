#include "convert/convert.h"

#include <gmock/gmock.h>

#include "base/error.h"
#include "base/test_folder.h"
#include "decode/parquet_reader.h"
#include "source/test_archive.h"

namespace costream {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

// CSV of a pod through those hours of a day of November 2025.
std::string Pods(int day, int hours, const std::string& usage = "1") {
  std::string text =
      "interval_start,namespace,node,pod,pod_usage_cpu_core_seconds,pod_request_cpu_core_seconds,"
      "pod_usage_memory_byte_seconds,pod_request_memory_byte_seconds\n";
  for (int hour = 0; hour < hours; ++hour) {
    text += fmt::format("2025-11-{:02} {:02}:00:00 +0000 UTC,shop,n,p,{},1,1,1\n", day, hour, usage);
  }
  return text;
}

class ConvertTest : public FolderTest {
 protected:
  ConvertOptions Options(const std::vector<std::string>& inputs) const {
    ConvertOptions options;
    options.inputs = inputs;
    options.out = Path("tree");
    options.source = "s";
    options.org = "org";
    return options;
  }
  ConvertResult Run(const std::vector<std::string>& inputs) const {
    return Convert(Options(inputs)).ValueOrDie();
  }

  // A payload of the day's first hours so far; its report is pods.csv.
  std::string Payload(const std::string& name, const std::string& uuid, int day, int hours,
                      const std::string& cluster = "c") const {
    const std::string manifest = fmt::format(
        R"({{"uuid": "{0}", "cluster_id": "{1}", "files": ["pods.csv"], "daily_reports": true,
            "start": "2025-11-{2:02}T00:00:00Z", "end": "2025-11-{2:02}T{3:02}:00:00Z"}})",
        uuid, cluster, day, hours);
    return Write(name, Gzip(Tar({{"manifest.json", manifest}, {"pods.csv", Pods(day, hours)}})));
  }

  // Rows of the hourly and of the daily tables.
  std::pair<int64_t, int64_t> Rows() const {
    std::pair<int64_t, int64_t> rows;
    for (const auto& entry : fs::recursive_directory_iterator(root_ / "tree/data")) {
      const std::string path = entry.path().string();
      if (!path.ends_with(".parquet")) continue;
      const bool daily = path.find("_daily/") != path.npos;
      const auto file = ParquetFile::Open(LocalFile(path), ReportKind::kPod,
                                          daily ? Granularity::kDaily : Granularity::kHourly)
                            .ValueOrDie();
      for (const RowGroupInfo& group : file->row_groups()) (daily ? rows.second : rows.first) += group.rows;
    }
    return rows;
  }

  void ExpectError(const ConvertOptions& options, ErrorKind kind, const std::string& said) const {
    const auto status = Convert(options).status();
    EXPECT_EQ(KindOf(status), kind) << status;
    EXPECT_THAT(Message(status), HasSubstr(said));
  }
};

TEST_F(ConvertTest, EachDayOfACsvIsAnHourlyAndADailyFile) {
  Write("in/a.csv", Pods(1, 5) + Pods(2, 3).substr(Pods(2, 0).size()));
  Write("in/none.csv", "a,b\n1,2\n");
  const ConvertResult result = Run({Path("in")});
  EXPECT_EQ(result.reports, 1);
  EXPECT_EQ(result.hourly_rows, 8);
  EXPECT_EQ(result.daily_rows, 2);
  EXPECT_EQ(result.files_written, 4);
  EXPECT_EQ(result.files_removed, 0);
  EXPECT_THAT(result.superseded, IsEmpty());
  EXPECT_THAT(result.notes, ElementsAre(HasSubstr("1 CSV files are none of the reports")));
  EXPECT_THAT(Rows(), Pair(8, 2));
}

TEST_F(ConvertTest, AFileWhoseDaysAreMixedIsWrittenInRowGroupsOfEach) {
  std::string text = Pods(1, 0);
  for (int row = 0; row < 70'000; ++row) {
    text += fmt::format("2025-11-{:02} 00:00:00 +0000 UTC,shop,n,p{},1,1,1,1\n", 1 + row % 3, row % 7);
  }
  const ConvertResult result = Run({Write("a.csv", text)});
  EXPECT_EQ(result.hourly_rows, 70'000);
  EXPECT_EQ(result.files_written, 6);
  EXPECT_EQ(Rows().first, 70'000);
  EXPECT_EQ(Rows().second, result.daily_rows);
  EXPECT_GE(result.daily_rows, 21);  // seven pods a day, of each row group
}

TEST_F(ConvertTest, AnomaliesAndTextThatIsNoUtf8AreCounted) {
  std::string text = Pods(1, 3) + Pods(1, 2, "1e19").substr(Pods(1, 0).size());
  text.replace(text.find("shop"), 4, "sh\xffp");
  const ConvertResult result = Run({Write("a.csv", text)});
  EXPECT_EQ(result.hourly_rows, 3);
  EXPECT_EQ(result.rows_anomalous, 2);
  EXPECT_EQ(result.rows_repaired, 1);
  EXPECT_THAT(result.warnings, ElementsAre(HasSubstr("2 rows are anomalies")));
}

TEST_F(ConvertTest, ANewerPayloadReplacesTheTreesFilesOfItsDay) {
  Run({Payload("1.tar.gz", "u-1", 1, 4)});
  const ConvertResult newer = Run({Payload("2.tar.gz", "u-2", 1, 6)});
  EXPECT_EQ(newer.files_written, 2);
  EXPECT_EQ(newer.files_removed, 2);
  EXPECT_THAT(newer.superseded, ElementsAre(Pair(HasSubstr("2025-11-01.whole.u-1."), 4),
                                            Pair(HasSubstr("2025-11-01.whole.u-1."), 1)));
  EXPECT_THAT(Rows(), Pair(6, 1));
  const ConvertResult older = Run({Path("1.tar.gz")});
  EXPECT_EQ(older.files_written + older.files_removed, 0);
  EXPECT_THAT(older.superseded, ElementsAre(Pair(HasSubstr("1.tar.gz:pods.csv"), 4)));
  EXPECT_THAT(Rows(), Pair(6, 1));
}

TEST_F(ConvertTest, ACsvThatLostADayLosesItsFiles) {
  const std::string path = Write("a.csv", Pods(1, 5) + Pods(2, 3).substr(Pods(2, 0).size()));
  Run({path});
  Write("a.csv", Pods(2, 4));
  const ConvertResult result = Run({path});
  EXPECT_EQ(result.files_written, 2);
  EXPECT_EQ(result.files_removed, 2);
  EXPECT_THAT(Rows(), Pair(4, 1));
}

TEST_F(ConvertTest, WhatCannotBeConvertedLeavesTheTreeAsItWas) {
  Run({Write("a.csv", Pods(1, 5))});
  ExpectError(Options({Write("b.csv", Pods(1, 2) + Pods(1, 1, "many").substr(Pods(1, 0).size()))}),
              ErrorKind::kInput, "b.csv: line 4: column 'pod_usage_cpu_core_seconds'");
  ExpectError(Options({Payload("1.tar.gz", "u-1", 1, 4, "east"), Payload("2.tar.gz", "u-2", 1, 4, "west")}),
              ErrorKind::kUsage, "2 clusters: east, west");
  ExpectError(Options({Path("tree")}), ErrorKind::kUsage, "is Parquet already");
  ConvertOptions stopped = Options({Write("c.csv", Pods(3, 5))});
  stopped.cancelled = [] { return true; };
  EXPECT_EQ(KindOf(Convert(stopped).status()), ErrorKind::kCancelled);
  EXPECT_THAT(Rows(), Pair(5, 1));
}

}  // namespace
}  // namespace costream
