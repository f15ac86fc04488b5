#include "generate/generate.h"

#include <arrow/array.h>
#include <arrow/io/file.h>
#include <arrow/table.h>
#include <gtest/gtest.h>
#include <parquet/arrow/reader.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace costream {
namespace {

namespace fs = std::filesystem;

class GenerateTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    root_ = fs::temp_directory_path() /
            (std::string("costream_generate_") + test->name() + std::to_string(getpid()));
    fs::remove_all(root_);
  }
  void TearDown() override { fs::remove_all(root_); }

  GenerateOptions Options(const std::string& name, int64_t rows = 5000) const {
    GenerateOptions options;
    options.rows = rows;
    options.out = (root_ / name).string();
    options.month = "2025-02";
    return options;
  }

  fs::path root_;
};

std::string Contents(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::map<std::string, std::string> Tree(const fs::path& root) {
  std::map<std::string, std::string> tree;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    if (entry.is_regular_file()) tree[fs::relative(entry.path(), root).string()] = Contents(entry.path());
  }
  return tree;
}

// All files of one table, in the order of the days.
std::shared_ptr<arrow::Table> ReadTable(const fs::path& root, const std::string& table) {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    if (entry.is_regular_file() && entry.path().parent_path().filename() == table)
      paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<std::shared_ptr<arrow::Table>> tables;
  for (const fs::path& path : paths) {
    auto file = arrow::io::ReadableFile::Open(path.string()).ValueOrDie();
    auto reader = parquet::arrow::OpenFile(file, arrow::default_memory_pool()).ValueOrDie();
    tables.push_back(reader->ReadTable().ValueOrDie());
  }
  return arrow::ConcatenateTables(tables).ValueOrDie()->CombineChunks().ValueOrDie();
}

template <typename Array>
const Array& Column(const arrow::Table& table, const std::string& name) {
  const auto column = table.GetColumnByName(name);
  EXPECT_NE(column, nullptr) << name;
  EXPECT_EQ(column->num_chunks(), 1) << name;
  return dynamic_cast<const Array&>(*column->chunk(0));
}

double Sum(const arrow::Table& table, const std::string& name) {
  const auto& column = Column<arrow::DoubleArray>(table, name);
  double sum = 0;
  for (int64_t i = 0; i < column.length(); ++i) sum += column.Value(i);
  return sum;
}

std::vector<std::vector<std::string>> ReadCsv(const fs::path& root, const std::string& report) {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(root)) {
    if (entry.path().filename().string().starts_with(report)) paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<std::vector<std::string>> rows;
  for (const fs::path& path : paths) {
    std::istringstream text(Contents(path));
    std::string line;
    for (int number = 0; std::getline(text, line); ++number) {
      if (number == 0 && !rows.empty()) continue;  // one header for all
      std::istringstream cells(line);
      std::vector<std::string>& row = rows.emplace_back();
      for (std::string cell; std::getline(cells, cell, ',');) row.push_back(cell);
    }
  }
  return rows;
}

TEST_F(GenerateTest, SameSeedSameFilesAndAnotherSeedOthers) {
  GenerateOptions options = Options("a");
  ASSERT_TRUE(Generate(options).ok());
  options.out = (root_ / "b").string();
  ASSERT_TRUE(Generate(options).ok());
  EXPECT_EQ(Tree(root_ / "a"), Tree(root_ / "b"));
  options.out = (root_ / "c").string();
  options.seed = 2;
  ASSERT_TRUE(Generate(options).ok());
  EXPECT_NE(Tree(root_ / "a"), Tree(root_ / "c"));
}

TEST_F(GenerateTest, WritesExactlyTheRowsAskedFor) {
  for (const int64_t rows : {1, 671, 672, 5001}) {
    const std::string name = std::to_string(rows);
    const auto result = Generate(Options(name, rows));
    ASSERT_TRUE(result.ok()) << result.status();
    const auto hourly = ReadTable(root_ / name, "openshift_pod_usage_line_items");
    EXPECT_EQ(result->hourly_pod_rows, rows);
    EXPECT_EQ(hourly->num_rows(), rows);
    EXPECT_EQ(result->daily_pod_rows,
              ReadTable(root_ / name, "openshift_pod_usage_line_items_daily")->num_rows());
    EXPECT_EQ(result->hourly_storage_rows,
              ReadTable(root_ / name, "openshift_storage_usage_line_items")->num_rows());
    EXPECT_EQ(result->files, 28 * 8);
  }
}

TEST_F(GenerateTest, DailyRowsAreTheHourlyRowsGrouped) {
  ASSERT_TRUE(Generate(Options("out", 20000)).ok());
  const auto hourly = ReadTable(root_ / "out", "openshift_pod_usage_line_items");
  const auto daily = ReadTable(root_ / "out", "openshift_pod_usage_line_items_daily");
  struct Group {
    double cpu = 0, memory = 0, effective_cpu = 0, effective_memory = 0, cores = 0;
  };
  std::map<std::string, Group> groups;
  const auto key_of = [](const arrow::Table& table, int64_t row) {
    std::string key =
        std::to_string(Column<arrow::TimestampArray>(table, "interval_start").Value(row) / 86400000);
    for (const char* name : {"namespace", "node", "pod", "pod_labels"}) {
      key += "\n" + Column<arrow::StringArray>(table, name).GetString(row);
    }
    return key;
  };
  const auto value = [](const arrow::Table& table, const char* name, int64_t row) {
    return Column<arrow::DoubleArray>(table, name).Value(row);
  };
  for (int64_t i = 0; i < hourly->num_rows(); ++i) {
    Group& group = groups[key_of(*hourly, i)];
    const double cpu = value(*hourly, "pod_usage_cpu_core_seconds", i);
    const double memory = value(*hourly, "pod_usage_memory_byte_seconds", i);
    group.cpu += cpu;
    group.memory += memory;
    group.effective_cpu += std::max(cpu, value(*hourly, "pod_request_cpu_core_seconds", i));
    group.effective_memory += std::max(memory, value(*hourly, "pod_request_memory_byte_seconds", i));
    group.cores = std::max(group.cores, value(*hourly, "node_capacity_cpu_cores", i));
  }
  ASSERT_EQ(daily->num_rows(), static_cast<int64_t>(groups.size()));
  for (int64_t i = 0; i < daily->num_rows(); ++i) {
    const auto found = groups.find(key_of(*daily, i));
    ASSERT_NE(found, groups.end());
    EXPECT_EQ(value(*daily, "pod_usage_cpu_core_seconds", i), found->second.cpu);
    EXPECT_EQ(value(*daily, "pod_usage_memory_byte_seconds", i), found->second.memory);
    EXPECT_EQ(value(*daily, "pod_effective_usage_cpu_core_seconds", i), found->second.effective_cpu);
    EXPECT_EQ(value(*daily, "pod_effective_usage_memory_byte_seconds", i), found->second.effective_memory);
    EXPECT_EQ(value(*daily, "node_capacity_cpu_cores", i), found->second.cores);
    EXPECT_EQ(Column<arrow::TimestampArray>(*daily, "interval_start").Value(i) % 86400000, 0);
  }
}

TEST_F(GenerateTest, DailyStorageSumsEqualHourlySums) {
  ASSERT_TRUE(Generate(Options("out", 20000)).ok());
  const auto hourly = ReadTable(root_ / "out", "openshift_storage_usage_line_items");
  const auto daily = ReadTable(root_ / "out", "openshift_storage_usage_line_items_daily");
  ASSERT_GT(hourly->num_rows(), daily->num_rows());
  for (const char* name :
       {"persistentvolumeclaim_capacity_byte_seconds", "volume_request_storage_byte_seconds",
        "persistentvolumeclaim_usage_byte_seconds"}) {
    const double sum = Sum(*hourly, name);
    EXPECT_NEAR(Sum(*daily, name), sum, sum * 1e-12) << name;
  }
}

TEST_F(GenerateTest, CsvHasTheRowsOfParquet) {
  GenerateOptions options = Options("parquet");
  ASSERT_TRUE(Generate(options).ok());
  options.out = (root_ / "csv").string();
  options.format = GenerateFormat::kCsv;
  const auto result = Generate(options);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->files, 28 * 4);
  EXPECT_EQ(result->daily_pod_rows, 0);
  for (const std::string report : {"pod_usage", "storage_usage", "node_labels", "namespace_labels"}) {
    const auto table = ReadTable(root_ / "parquet", "openshift_" + report + "_line_items");
    const auto csv = ReadCsv(root_ / "csv", report);
    ASSERT_EQ(static_cast<int64_t>(csv.size()), table->num_rows() + 1) << report;
    ASSERT_EQ(csv[0], table->ColumnNames());
    for (int column = 0; column < table->num_columns(); ++column) {
      const arrow::Array& array = *table->column(column)->chunk(0);
      for (int64_t row = 0; row < array.length(); ++row) {
        const std::string& cell = csv[row + 1].at(column);
        if (array.type_id() == arrow::Type::STRING) {
          ASSERT_EQ(cell, dynamic_cast<const arrow::StringArray&>(array).GetString(row));
        } else if (array.type_id() == arrow::Type::DOUBLE) {
          ASSERT_EQ(std::stod(cell), dynamic_cast<const arrow::DoubleArray&>(array).Value(row));
        }
      }
    }
  }
  EXPECT_EQ(ReadCsv(root_ / "csv", "pod_usage")[1][2], "2025-02-01 00:00:00 +0000 UTC");
  EXPECT_EQ(Contents(root_ / "csv" / "reference.json"), Contents(root_ / "parquet" / "reference.json"));
}

TEST_F(GenerateTest, PlainLabelsAreTheSameLabels) {
  GenerateOptions options = Options("dictionary");
  ASSERT_TRUE(Generate(options).ok());
  options.out = (root_ / "plain").string();
  options.plain_labels = true;
  ASSERT_TRUE(Generate(options).ok());
  for (const char* table : {"openshift_pod_usage_line_items", "openshift_pod_usage_line_items_daily"}) {
    EXPECT_TRUE(ReadTable(root_ / "plain", table)->Equals(*ReadTable(root_ / "dictionary", table)));
  }
}

TEST_F(GenerateTest, RefusesToOverwrite) {
  ASSERT_TRUE(Generate(Options("out", 100)).ok());
  const auto before = Tree(root_ / "out");
  const arrow::Status status = Generate(Options("out", 200)).status();
  EXPECT_TRUE(status.IsInvalid());
  EXPECT_NE(status.message().find("choose another directory"), std::string::npos) << status;
  EXPECT_EQ(Tree(root_ / "out"), before);
}

TEST_F(GenerateTest, RefusesWhatItCannotMake) {
  EXPECT_TRUE(Generate(Options("out", 0)).status().IsInvalid());
  for (const char* month :
       {"", "2025", "2025-13", "2025-00", "25-01", "2025-1", "2025-011", "2025/01", "20-5-01"}) {
    GenerateOptions options = Options("out");
    options.month = month;
    EXPECT_TRUE(Generate(options).status().IsInvalid()) << month;
  }
  GenerateOptions options = Options("out");
  options.source = "../elsewhere";
  EXPECT_TRUE(Generate(options).status().IsInvalid());
  EXPECT_FALSE(fs::exists(root_ / "out"));

  fs::create_directories(root_);
  std::ofstream(root_ / "file") << "not a directory";
  EXPECT_TRUE(Generate(Options("file/out")).status().IsIOError());
  options.out.clear();
  options.source = "s";
  EXPECT_EQ(Generate(options).status().message(), "No output directory given");
}

}  // namespace
}  // namespace costream
