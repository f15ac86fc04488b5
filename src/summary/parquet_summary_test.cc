#include "summary/parquet_summary.h"

#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/record_batch.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/row_group_writer.h"
#include "base/test_folder.h"
#include "summary/test_summary.h"

namespace costream {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const Day kFirst = DayOf(2025, 11, 1);

class ParquetSummaryTest : public FolderTest {
 protected:
  static std::shared_ptr<arrow::Array> Days(const std::vector<std::optional<Day>>& days) {
    arrow::Date32Builder builder;
    for (const auto& day : days) EXPECT_TRUE(builder.AppendOrNull(day).ok());
    return builder.Finish().ValueOrDie();
  }
  static std::shared_ptr<arrow::Array> Texts(const std::vector<std::string>& texts) {
    arrow::StringBuilder builder;
    EXPECT_TRUE(builder.AppendValues(texts).ok());
    return builder.Finish().ValueOrDie();
  }

  // A file of these columns, one row group.
  std::string Made(const std::vector<std::pair<std::string, std::shared_ptr<arrow::Array>>>& columns) const {
    arrow::FieldVector fields;
    arrow::ArrayVector arrays;
    for (const auto& [name, array] : columns) {
      fields.push_back(arrow::field(name, array->type()));
      arrays.push_back(array);
    }
    const auto batch = arrow::RecordBatch::Make(arrow::schema(fields), arrays.front()->length(), arrays);
    const auto writer = RowGroupWriter::Open(Path("x.parquet"), batch->schema(), {}).ValueOrDie();
    EXPECT_TRUE(writer->Write(*batch).ok() && writer->Close().ok());
    return Path("x.parquet");
  }

  static auto Opened(const std::string& path) { return OpenParquetSummary({LocalFile(path)}); }
  static std::string ErrorOf(const std::string& path) {
    const auto opened = Opened(path);
    const arrow::Status status =
        opened.ok() ? (*opened)->Read(kFirst, [](const StoredRow&) { return arrow::Status::OK(); })
                    : opened.status();
    EXPECT_EQ(KindOf(status), ErrorKind::kInput) << status;
    EXPECT_THAT(Message(status), HasSubstr("x.parquet: "));
    return Message(status);
  }
};

TEST_F(ParquetSummaryTest, DaysOfARowGroupOfSeveralAreRead) {
  const auto summary =
      Opened(Made({{"usage_start", Days({kFirst, kFirst + 2, kFirst})}, {"node", Texts({"a", "b", "c"})}}))
          .ValueOrDie();
  EXPECT_THAT(summary->Days().ValueOrDie(), ElementsAre(kFirst, kFirst + 2));
  EXPECT_THAT(RowsOfDay(summary.get(), kFirst, {kNodeColumn}), ElementsAre("node=a", "node=c"));
}

TEST_F(ParquetSummaryTest, DaysMayBeTimestamps) {
  arrow::TimestampBuilder builder(arrow::timestamp(arrow::TimeUnit::MILLI), arrow::default_memory_pool());
  ASSERT_TRUE(builder.Append(kFirst * int64_t{86'400'000} + 5).ok());
  const auto summary = Opened(Made({{"usage_start", builder.Finish().ValueOrDie()}})).ValueOrDie();
  EXPECT_THAT(summary->Days().ValueOrDie(), ElementsAre(kFirst));
}

TEST_F(ParquetSummaryTest, ARowWithoutADayIsNotPassedOver) {
  EXPECT_THAT(ErrorOf(Made({{"usage_start", Days({kFirst, std::nullopt})}})), HasSubstr("is null in a row"));
  EXPECT_THAT(ErrorOf(Made({{"usage_start", Days({kFirst, kFirst + 1, std::nullopt})}})),
              HasSubstr("is null in a row"));
}

TEST_F(ParquetSummaryTest, WhatIsNoSummaryIsAnInputErrorThatNamesTheFile) {
  EXPECT_THAT(ErrorOf(Write("x.parquet", "no Parquet")), HasSubstr("Parquet"));
  EXPECT_THAT(ErrorOf(Made({{"node", Texts({"a"})}})), HasSubstr("has no column usage_start"));
  EXPECT_THAT(ErrorOf(Made({{"usage_start", Texts({"soon"})}})), HasSubstr("soon"));
  EXPECT_THAT(ErrorOf(Made({{"usage_start", Days({kFirst})}, {"pod_usage_cpu_core_hours", Texts({"x"})}})),
              HasSubstr("row group 0: column pod_usage_cpu_core_hours"));
}

TEST_F(ParquetSummaryTest, AFileThatIsCutIsAnInputErrorWhereverItIs) {
  const std::string path = Made({{"usage_start", Days({kFirst, kFirst + 1})}, {"node", Texts({"a", "b"})}});
  const std::string whole = Contents(path);
  for (size_t size = 0; size < whole.size(); size += 7) {
    Write("x.parquet", whole.substr(0, size));
    ErrorOf(path);
  }
}

}  // namespace
}  // namespace costream
