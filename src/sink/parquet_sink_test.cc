#include "sink/parquet_sink.h"

#include <arrow/extension/uuid.h>
#include <arrow/io/file.h>
#include <arrow/table.h>
#include <gtest/gtest.h>
#include <parquet/arrow/reader.h>
#include <parquet/file_reader.h>

#include "base/test_folder.h"
#include "sink/columns.h"
#include "sink/test_rows.h"

namespace costream {
namespace {

int MeasureColumn(int measure) { return kFirstMeasure + measure; }

class ParquetSink : public FolderTest {
 protected:
  std::shared_ptr<arrow::Table> Written(const std::vector<std::vector<TestRow>>& batches,
                                        MeasureType measures) {
    const auto sink = MakeParquetSink(Path("out.parquet"), {measures});
    EXPECT_TRUE(sink->Begin({}).ok());
    for (const auto& rows : batches) EXPECT_TRUE(sink->Write(RowsOf(rows)).ok());
    EXPECT_TRUE(sink->Commit({DayOf(2024, 2, 29)}).ok());
    const auto file = arrow::io::ReadableFile::Open(Path("out.parquet")).ValueOrDie();
    const auto reader = parquet::arrow::OpenFile(file, arrow::default_memory_pool()).ValueOrDie();
    return reader->ReadTable().ValueOrDie()->CombineChunks().ValueOrDie();
  }
};

TEST_F(ParquetSink, RowsComeBackAsTheyWereWritten) {
  const TestRow row{{{kNodeColumn, ""}, {kNamespaceColumn, "Zürich\n\"x\""}}, {{kPodUsageCpuHours, 0.1}}};
  const auto table = Written({{row, {}}, {}, {row}}, MeasureType::kDouble);
  ASSERT_EQ(table->num_rows(), 3);
  const auto expected = WithPlainTexts(*RowsOf({row, {}, row})).ValueOrDie();
  for (int column = kUuid + 1; column < expected->num_columns(); ++column) {
    EXPECT_TRUE(table->column(column)->chunk(0)->Equals(expected->column(column)))
        << expected->column_name(column);
  }
}

TEST_F(ParquetSink, TheUuidHasItsLogicalType) {
  const auto table = Written({{{}}}, MeasureType::kDouble);
  const auto file = parquet::ParquetFileReader::OpenFile(Path("out.parquet"));
  EXPECT_TRUE(file->metadata()->schema()->Column(kUuid)->logical_type()->is_UUID());
  EXPECT_EQ(table->num_columns(), SummarySchema()->num_fields());
}

TEST_F(ParquetSink, MeasuresAreDoublesOrDecimalsAsAsked) {
  const int column = MeasureColumn(kNodeGibMax);
  const TestRow row{{}, {{kNodeGibMax, 0.1}}};
  const auto doubles = Written({{row}}, MeasureType::kDouble);
  EXPECT_EQ(doubles->schema()->field(column)->type()->id(), arrow::Type::DOUBLE);
  EXPECT_EQ(static_cast<const arrow::DoubleArray&>(*doubles->column(column)->chunk(0)).Value(0), 0.1);
  const auto decimals = Written({{row}}, MeasureType::kDecimal);
  EXPECT_TRUE(decimals->schema()->field(column)->type()->Equals(arrow::decimal128(33, 15)));
  EXPECT_EQ(static_cast<const arrow::Decimal128Array&>(*decimals->column(column)->chunk(0)).FormatValue(0),
            "0.100000000000000");
}

TEST_F(ParquetSink, DoublesKeepValuesThatNoDecimalHolds) {
  const int column = MeasureColumn(kClaimGib);
  const auto table = Written({{{{}, {{kClaimGib, 1e30}}}}}, MeasureType::kDouble);
  EXPECT_EQ(static_cast<const arrow::DoubleArray&>(*table->column(column)->chunk(0)).Value(0), 1e30);
}

TEST_F(ParquetSink, NoRowsMakeAFileWithItsColumns) {
  const auto table = Written({}, MeasureType::kDecimal);
  EXPECT_EQ(table->num_rows(), 0);
  EXPECT_EQ(table->schema()->field_names(), SummarySchema()->field_names());
}

// Small ones would make the footer large, which is in memory as long as the file is written.
TEST_F(ParquetSink, BatchesShareARowGroup) {
  std::vector<std::vector<TestRow>> batches;
  for (int batch = 0; batch < 70; ++batch) {
    batches.emplace_back(1000, TestRow{{{kNodeColumn, "n" + std::to_string(batch % 3)}}, {}});
  }
  const auto table = Written(batches, MeasureType::kDouble);
  const auto metadata = parquet::ParquetFileReader::OpenFile(Path("out.parquet"))->metadata();
  ASSERT_EQ(metadata->num_row_groups(), 2);
  EXPECT_EQ(metadata->RowGroup(0)->num_rows(), 66'000);
  EXPECT_EQ(metadata->RowGroup(1)->num_rows(), 4'000);
  for (const auto& stats : metadata->RowGroup(0)->ColumnChunk(kNodeColumn)->encoding_stats()) {
    if (stats.page_type != parquet::PageType::DATA_PAGE) continue;
    EXPECT_EQ(stats.encoding, parquet::Encoding::RLE_DICTIONARY) << "one dictionary for all batches";
  }
  const auto& nodes = static_cast<const arrow::StringArray&>(*table->column(kNodeColumn)->chunk(0));
  for (int64_t row = 0; row < table->num_rows(); ++row) {
    ASSERT_EQ(nodes.GetView(row), "n" + std::to_string(row / 1000 % 3)) << row;
  }
}

TEST_F(ParquetSink, LargeRowsMakeSmallRowGroups) {
  std::vector<std::vector<TestRow>> batches;
  for (int batch = 0; batch < 12; ++batch) {
    batches.push_back({TestRow{{{kClaimColumn, std::string(1 << 20, static_cast<char>('a' + batch))}}, {}}});
  }
  EXPECT_EQ(Written(batches, MeasureType::kDouble)->num_rows(), 12);
  EXPECT_GT(parquet::ParquetFileReader::OpenFile(Path("out.parquet"))->metadata()->num_row_groups(), 1);
}

}  // namespace
}  // namespace costream
