#include "sink/existing_rows.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/test_folder.h"
#include "sink/sink.h"
#include "sink/test_rows.h"

namespace costream {
namespace {

using ExistingRows = FolderTest;

TEST_F(ExistingRows, ACsvWithMoreThanItsHeaderHasRows) {
  EXPECT_FALSE(CsvHasRows(Path("absent.csv")));
  EXPECT_FALSE(CsvHasRows(Write("a.csv", "")));
  EXPECT_FALSE(CsvHasRows(Write("b.csv", "uuid,node")));
  EXPECT_FALSE(CsvHasRows(Write("c.csv", "uuid,node\n")));
  EXPECT_TRUE(CsvHasRows(Write("d.csv", "uuid,node\n1,a")));
}

TEST_F(ExistingRows, AParquetFileHasTheRowsOfItsFooter) {
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

}  // namespace
}  // namespace costream
