#include "sink/existing_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "base/error.h"
#include "base/test_folder.h"
#include "sink/sink.h"
#include "sink/test_rows.h"

namespace costream {
namespace {

using testing::HasSubstr;

class ExistingRowsTest : public FolderTest {
 protected:
  InputFilePtr File(const std::string& name) const { return LocalFile(Path(name)); }
  InputFilePtr Written(const std::string& name, const std::string& text) const {
    return LocalFile(Write(name, text));
  }
};

TEST_F(ExistingRowsTest, ACsvWithMoreThanItsHeaderHasRows) {
  EXPECT_FALSE(CsvHasRows(File("absent.csv")));
  EXPECT_FALSE(CsvHasRows(Written("a.csv", "")));
  EXPECT_FALSE(CsvHasRows(Written("b.csv", "uuid,node")));
  EXPECT_FALSE(CsvHasRows(Written("c.csv", "uuid,node\n")));
  EXPECT_TRUE(CsvHasRows(Written("d.csv", "uuid,node\n1,a")));
}

TEST_F(ExistingRowsTest, AParquetFileHasTheRowsOfItsFooter) {
  for (const int rows : {0, 1}) {
    const auto sink = MakeSink(Path("x.parquet"), {}).ValueOrDie();
    ASSERT_TRUE(sink->Begin({}).ok());
    ASSERT_TRUE(sink->Write(RowsOf(std::vector<TestRow>(rows))).ok());
    ASSERT_TRUE(sink->Commit({}).ok());
    EXPECT_EQ(ParquetHasRows(File("x.parquet")), rows > 0);
  }
  EXPECT_FALSE(ParquetHasRows(File("absent.parquet")));
  EXPECT_FALSE(ParquetHasRows(Written("a.parquet", "")));
  EXPECT_TRUE(ParquetHasRows(Written("b.parquet", "broken"))) << "it cannot be told";
}

TEST_F(ExistingRowsTest, RowsAreCountedNotLines) {
  EXPECT_EQ(CountCsvRows(File("absent.csv"), "t").ValueOrDie(), 0);
  EXPECT_EQ(CountCsvRows(Written("a.csv", ""), "t").ValueOrDie(), 0);
  EXPECT_EQ(CountCsvRows(Written("b.csv", "uuid,node\n"), "t").ValueOrDie(), 0);
  EXPECT_EQ(CountCsvRows(Written("c.csv", "uuid,node\n1,\"a\nb \"\"c\"\"\n\"\n2,d"), "t").ValueOrDie(), 2);
  EXPECT_EQ(CountCsvRows(Written("d.csv", "uuid,node\n1,a\n2,\"\"\n"), "t").ValueOrDie(), 2);
  EXPECT_EQ(CountParquetRows(File("absent.parquet"), "t").ValueOrDie(), 0);
  EXPECT_EQ(CountParquetRows(nullptr, "t").ValueOrDie(), 0);
  const arrow::Status broken = CountParquetRows(Written("b.parquet", "broken"), "t").status();
  EXPECT_EQ(KindOf(broken), ErrorKind::kUsage);
  EXPECT_THAT(Message(broken), HasSubstr("b.parquet cannot be read"));
}

}  // namespace
}  // namespace costream
