#include "decode/csv_text.h"

#include <arrow/array.h>
#include <gmock/gmock.h>

#include "base/error.h"
#include "base/test_folder.h"

namespace costream {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr size_t kBlock = 1 << 20;  // what is read at once

class CsvTextTest : public FolderTest {
 protected:
  // The cells of a column, in all batches.
  arrow::Result<std::vector<std::string>> Cells(std::string_view text, const std::string& column) {
    const auto file = LocalFile(Write("x.csv", text));
    ARROW_ASSIGN_OR_RAISE(const CsvHeader header, ReadCsvHeader(*file));
    ARROW_ASSIGN_OR_RAISE(const auto csv, CsvText::Open(file, header, {column}));
    std::vector<std::string> cells;
    for (;;) {
      ARROW_ASSIGN_OR_RAISE(const auto batch, csv->Next());
      if (!batch) break;
      const auto& array = static_cast<const arrow::BinaryArray&>(*batch->column(0));
      for (int64_t row = 0; row < array.length(); ++row) cells.push_back(array.GetString(row));
    }
    EXPECT_EQ(csv->bytes_read(), header.alone ? 0 : static_cast<int64_t>(text.size()));
    return cells;
  }
};

TEST_F(CsvTextTest, GivesTheCellsOfAColumn) {
  EXPECT_THAT(*Cells("a,b\n1,2\n3,\n", "b"), ElementsAre("2", ""));
  EXPECT_THAT(*Cells("a,b\r\n1,\"x\r\ny\"\"z\"\r\n", "b"), ElementsAre("x\r\ny\"z"));
  EXPECT_THAT(*Cells("\xEF\xBB\xBF"
                     "a,b\n1,2",
                     "a"),
              ElementsAre("1"));  // nothing ends the last row
  EXPECT_THAT(*Cells("a,b\n", "a"), IsEmpty());
  EXPECT_THAT(*Cells("a,b", "a"), IsEmpty());
}

// Rows, quoted line breaks and CRLFs fall on every place around the end of what is read at once.
TEST_F(CsvTextTest, RowsMayLieAcrossBlocks) {
  const std::string begin = "a,b\r\n";
  for (size_t at = 0; at < 14; ++at) {
    const std::string first(kBlock - begin.size() - at - 4, 'x');
    const auto cells = Cells(begin + first + ",1\r\n\"y\r\nz\",2\r\nw,3\r\n", "a");
    ASSERT_TRUE(cells.ok()) << cells.status();
    EXPECT_THAT(*cells, ElementsAre(first, "y\r\nz", "w")) << at;
  }
}

TEST_F(CsvTextTest, ARecordThatNeverEndsIsAnError) {
  const auto cells = Cells("a,b\n\"" + std::string(3 * kBlock, 'x'), "a");
  EXPECT_EQ(KindOf(cells.status()), ErrorKind::kInput);
  EXPECT_THAT(Message(cells.status()), HasSubstr("a quote that is never closed"));
}

TEST_F(CsvTextTest, AnErrorNamesTheLine) {
  const auto cells = Cells("a,b\n1,\"x\ny\"\n1,2,3\n", "a");
  EXPECT_EQ(KindOf(cells.status()), ErrorKind::kInput);
  EXPECT_THAT(Message(cells.status()), HasSubstr("x.csv: line 4: "));
  EXPECT_THAT(WhereInCsv(*LocalFile(Path("x.csv")), 1).ToString(), HasSubstr("line 4"));
}

TEST_F(CsvTextTest, AHeaderMayStandAlone) {
  EXPECT_TRUE(ReadCsvHeader(*LocalFile(Write("x.csv", "a,b")))->alone);
  EXPECT_FALSE(ReadCsvHeader(*LocalFile(Write("x.csv", "a,b\n")))->alone);
  EXPECT_THAT(ReadCsvHeader(*LocalFile(Write("x.csv", "a,\"b,c\"\n")))->names, ElementsAre("a", "b,c"));
  EXPECT_THAT(ReadCsvHeader(*LocalFile(Write("x.csv", "")))->names, IsEmpty());
}

}  // namespace
}  // namespace costream
