// Report files written by a test into a folder of its own. For the tests of this folder.
#pragma once

#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/io/file.h>
#include <arrow/table.h>
#include <gtest/gtest.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/writer.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "base/date.h"
#include "base/units.h"
#include "model/report.h"

namespace costream {

inline constexpr std::string_view kPodHeader =
    "interval_start,namespace,node,pod,pod_usage_cpu_core_seconds,pod_request_cpu_core_seconds,"
    "pod_usage_memory_byte_seconds,pod_request_memory_byte_seconds,pod_labels,"
    "node_capacity_cpu_core_seconds\n";

// An hourly pod row of namespace "shop" and pod "p" for kPodHeader.
inline std::string PodLine(const std::string& time, const std::string& node, double core_seconds,
                           const std::string& labels = "") {
  return fmt::format("{} +0000 UTC,shop,{},p,{},0,0,0,{},36000\n", time, node, core_seconds, labels);
}

class ReportFiles : public testing::Test {
 protected:
  void SetUp() override {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    root_ = std::filesystem::temp_directory_path() /
            fmt::format("costream_{}_{}_{}", test->test_suite_name(), test->name(), getpid());
    std::filesystem::remove_all(root_);
    std::filesystem::create_directories(root_);
  }
  void TearDown() override { std::filesystem::remove_all(root_); }

  std::string Path(const std::string& name) const { return (root_ / name).string(); }

  std::string Write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories((root_ / name).parent_path());
    std::ofstream(root_ / name, std::ios::binary) << text;
    return Path(name);
  }
  std::string Read(const std::string& name) const {
    std::ostringstream text;
    text << std::ifstream(root_ / name, std::ios::binary).rdbuf();
    return text.str();
  }

  // A Parquet pod table in the flat layout with one row for each time (microseconds), of `node` with that
  // many core-seconds; row groups of `group_rows`. Returns the root of the tree.
  std::string WritePods(const std::string& place, Granularity granularity, const std::vector<int64_t>& times,
                        double core_seconds = 3600, int64_t group_rows = 1000) const {
    arrow::TimestampBuilder time(arrow::timestamp(arrow::TimeUnit::MICRO), arrow::default_memory_pool());
    arrow::StringBuilder text;
    arrow::DoubleBuilder value;
    for (const int64_t at : times) {
      EXPECT_TRUE(time.Append(at).ok() && text.Append("x").ok() && value.Append(core_seconds).ok());
    }
    const auto texts = text.Finish().ValueOrDie(), values = value.Finish().ValueOrDie();
    arrow::FieldVector fields = {arrow::field("interval_start", arrow::timestamp(arrow::TimeUnit::MICRO))};
    arrow::ArrayVector columns = {time.Finish().ValueOrDie()};
    const ReportSpec& spec = SpecOf(ReportKind::kPod);
    const auto add = [&](std::string_view name, const std::shared_ptr<arrow::Array>& column) {
      fields.push_back(arrow::field(std::string(name), column->type()));
      columns.push_back(column);
    };
    for (const auto& column : spec.text) {
      if (column.required) add(column.name, texts);
    }
    for (const auto& column : spec.measures) {
      if (column.required) add(column.name, values);
    }
    add("node_capacity_cpu_core_seconds", values);
    const auto folder = root_ / "data" / place /
                        (std::string(spec.table) + (granularity == Granularity::kDaily ? "_daily" : ""));
    std::filesystem::create_directories(folder);
    const auto file = arrow::io::FileOutputStream::Open((folder / "x.parquet").string()).ValueOrDie();
    const auto written = parquet::arrow::WriteTable(*arrow::Table::Make(arrow::schema(fields), columns),
                                                    arrow::default_memory_pool(), file, group_rows);
    EXPECT_TRUE(written.ok()) << written;
    return Path("data");
  }

  std::shared_ptr<arrow::Table> ReadParquet(const std::string& name) const {
    const auto file = arrow::io::ReadableFile::Open(Path(name)).ValueOrDie();
    const auto reader = parquet::arrow::OpenFile(file, arrow::default_memory_pool()).ValueOrDie();
    return reader->ReadTable().ValueOrDie()->CombineChunks().ValueOrDie();
  }

  std::filesystem::path root_;
};

inline int64_t At(int month, int day, int hour) {
  return DayOf(2025, month, day) * kMicrosPerDay + hour * kMicrosPerHour;
}

}  // namespace costream
