#include "sink/existing_rows.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/test_folder.h"
#include "sink/sink.h"
#include "sink/test_rows.h"

namespace costream {
namespace {

using ExistingRowsTest = FolderTest;

TEST_F(ExistingRowsTest, ACsvWithMoreThanItsHeaderHasRows) {
  EXPECT_FALSE(CsvHasRows(Path("absent.csv")));
  EXPECT_FALSE(CsvHasRows(Write("a.csv", "")));
  EXPECT_FALSE(CsvHasRows(Write("b.csv", "uuid,node")));
  EXPECT_FALSE(CsvHasRows(Write("c.csv", "uuid,node\n")));
  EXPECT_TRUE(CsvHasRows(Write("d.csv", "uuid,node\n1,a")));
}

TEST_F(ExistingRowsTest, AParquetFileHasTheRowsOfItsFooter) {
  for (const int rows : {0, 1}) {
    const auto sink = MakeSink(Path("x.parquet"), {}).ValueOrDie();
    ASSERT_TRUE(sink->Begin({}).ok());
    ASSERT_TRUE(sink->Write(RowsOf(std::vector<TestRow>(rows))).ok());
    ASSERT_TRUE(sink->Commit({}).ok());
    EXPECT_EQ(ParquetHasRows(Path("x.parquet")), rows > 0);
  }
  EXPECT_FALSE(ParquetHasRows(Path("absent.parquet")));
  EXPECT_FALSE(ParquetHasRows(Write("a.parquet", "")));
  EXPECT_TRUE(ParquetHasRows(Write("b.parquet", "broken"))) << "it cannot be told";
}

TEST_F(ExistingRowsTest, RowsAreCountedNotLines) {
  EXPECT_EQ(CountCsvRows(Path("absent.csv")), 0);
  EXPECT_EQ(CountCsvRows(Write("a.csv", "")), 0);
  EXPECT_EQ(CountCsvRows(Write("b.csv", "uuid,node\n")), 0);
  EXPECT_EQ(CountCsvRows(Write("c.csv", "uuid,node\n1,\"a\nb \"\"c\"\"\n\"\n2,d")), 2);
  EXPECT_EQ(CountCsvRows(Write("d.csv", "uuid,node\n1,a\n2,\"\"\n")), 2);
  EXPECT_EQ(CountParquetRows(Path("absent.parquet")), 0);
  EXPECT_EQ(CountParquetRows(Write("b.parquet", "broken")), std::nullopt);
}

}  // namespace
}  // namespace costream
