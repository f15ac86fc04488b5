#include "decode/csv_reader.h"

#include <arrow/buffer.h>
#include <arrow/util/compression.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/test_folder.h"
#include "decode/test_batch.h"

namespace costream {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string Gzip(const std::string& text) {
  const auto codec = arrow::util::Codec::Create(arrow::Compression::GZIP).ValueOrDie();
  const auto* input = reinterpret_cast<const uint8_t*>(text.data());
  const int64_t most = codec->MaxCompressedLen(static_cast<int64_t>(text.size()), input);
  std::string packed(static_cast<size_t>(most), '\0');
  const int64_t size = codec
                           ->Compress(static_cast<int64_t>(text.size()), input, most,
                                      reinterpret_cast<uint8_t*>(packed.data()))
                           .ValueOrDie();
  packed.resize(static_cast<size_t>(size));
  return packed;
}

// Node label reports: short, and with line breaks in cells.
constexpr const char* kHeader = "interval_start,node,node_labels\n";

class CsvReader : public FolderTest {
 protected:
  arrow::Result<TestRows> Read(const std::string& text, int64_t batch_rows = 1000,
                               const std::string& name = "nodes.csv") {
    DecodeOptions options = Wanting(TextField::kNode, TextField::kNodeLabels);
    options.batch_rows = batch_rows;
    return ReadAll(OpenCsv(LocalFile(Write(name, text)), ReportKind::kNodeLabels, options));
  }

  arrow::Result<TestRows> ReadStorage(const std::string& rows) {
    const std::string header =
        "persistentvolumeclaim_capacity_bytes,persistentvolumeclaim_capacity_byte_seconds,interval_start,"
        "volume_request_storage_byte_seconds,persistentvolumeclaim_usage_byte_seconds,namespace,pod,"
        "persistentvolumeclaim\n";
    return ReadAll(OpenCsv(LocalFile(Write("storage.csv", header + rows)), ReportKind::kStorage,
                           Wanting(TextField::kClaim, Measure::kClaimBytes, Measure::kClaimUsage)));
  }

  void ExpectInputError(const arrow::Status& status, const testing::Matcher<std::string>& message) {
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(KindOf(status), ErrorKind::kInput) << status;
    EXPECT_THAT(Message(status), AllOf(HasSubstr(Path()), message));
  }
};

TEST_F(CsvReader, ColumnsMayComeInAnyOrderAmongOthers) {
  const auto rows = Read(
      "node_labels,unknown,interval_start,node,other\n"
      "label_app:a,1,2024-02-29 23:00:00 +0000 UTC,n1,\n");
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_THAT(rows->time_micros, ElementsAre(DayOf(2024, 2, 29) * kMicrosPerDay + 23 * kMicrosPerHour));
  EXPECT_THAT((*rows)[TextField::kNode], ElementsAre("n1"));
  EXPECT_THAT((*rows)[TextField::kNodeLabels], ElementsAre("label_app:a"));
}

TEST_F(CsvReader, ReadingAllColumnsGivesTheSameRows) {
  DecodeOptions options = Wanting(TextField::kNode);
  options.reads_all_columns = true;
  const auto file = LocalFile(Write("nodes.csv",
                                    "other,interval_start,node,other,node_labels\n"
                                    "x,2025-11-01 00:00:00 +0000 UTC,n,y,{}\n"));
  const auto rows = ReadAll(OpenCsv(file, ReportKind::kNodeLabels, options)).ValueOrDie();
  EXPECT_THAT(rows[TextField::kNode], ElementsAre("n"));
  EXPECT_THAT(rows[TextField::kNodeLabels], IsEmpty());
}

TEST_F(CsvReader, AnEmptyTextCellIsTheEmptyStringAndNullIsAWord) {
  const auto rows =
      Read(std::string(kHeader) + "2025-11-01,,\"\"\n2025-11-01,null,NULL\n2025-11-01,NA,nan\n");
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_THAT((*rows)[TextField::kNode], ElementsAre("", "null", "NA"));
  EXPECT_THAT((*rows)[TextField::kNodeLabels], ElementsAre("", "NULL", "nan"));
}

TEST_F(CsvReader, AnEmptyMeasureCellIsZero) {
  const auto rows = ReadStorage(",0,2025-11-01,0,\"\",ns,pod,claim\n1.5,0,2025-11-01,0,2,ns,pod,claim\n");
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_THAT((*rows)[Measure::kClaimBytes], ElementsAre(0.0, 1.5));
  EXPECT_THAT((*rows)[Measure::kClaimUsage], ElementsAre(0.0, 2.0));
}

TEST_F(CsvReader, AnAnomalyIsDroppedAsInAnHourlyTable) {
  const auto rows = ReadStorage(
      "+Inf,0,2025-11-01,0,0,ns,pod,a\n2e18,0,2025-11-01,0,0,ns,pod,b\n1,0,2025-11-01,0,0,ns,pod,c\n");
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_THAT((*rows)[TextField::kClaim], ElementsAre("c"));
  EXPECT_EQ(rows->counts.rows_anomalous, 2);
}

TEST_F(CsvReader, QuotedCellsMayHoldQuotesCommasAndLineBreaks) {
  const auto rows = Read(std::string(kHeader) + "2025-11-01,\"a\"\"b\",\"x,y\nz\"\n2025-11-01,n2,\"\r\n\"\n");
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_THAT((*rows)[TextField::kNode], ElementsAre("a\"b", "n2"));
  EXPECT_THAT((*rows)[TextField::kNodeLabels], ElementsAre("x,y\nz", "\r\n"));
}

TEST_F(CsvReader, AByteOrderMarkAndCrLfAreNoPartOfTheCells) {
  const std::string text = "\xEF\xBB\xBFinterval_start,node,node_labels\r\n2025-11-01,n1,a:b\r\n";
  const auto rows = Read(text);
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_THAT((*rows)[TextField::kNodeLabels], ElementsAre("a:b"));
  EXPECT_THAT(ReadCsvHeader(*LocalFile(Path("nodes.csv"))).ValueOrDie().names,
              ElementsAre("interval_start", "node", "node_labels"));
}

TEST_F(CsvReader, TheLastLineNeedsNoLineBreakAndEmptyLinesAreNoRows) {
  const auto rows = Read(std::string(kHeader) + "2025-11-01,n1,\n\n\r\n2025-11-01,n2,");
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_THAT((*rows)[TextField::kNode], ElementsAre("n1", "n2"));
}

TEST_F(CsvReader, AHeaderAloneHasNoRows) {
  for (const char* text :
       {"interval_start,node,node_labels", kHeader, "interval_start,node,node_labels\r\n\n"}) {
    const auto rows = Read(text);
    ASSERT_TRUE(rows.ok()) << rows.status();
    EXPECT_EQ(rows->counts.rows_read, 0);
    EXPECT_THAT(rows->time_micros, IsEmpty());
  }
}

TEST_F(CsvReader, ChunksDoNotChangeRows) {
  std::string text = kHeader;
  for (int i = 0; i < 50; ++i) text += "2025-11-01,n" + std::to_string(i) + ",\n";
  const auto whole = Read(text), pieces = Read(text, 7);
  ASSERT_TRUE(whole.ok() && pieces.ok());
  EXPECT_THAT(pieces->batch_rows, ElementsAre(7, 7, 7, 7, 7, 7, 7, 1));
  EXPECT_EQ((*pieces)[TextField::kNode], (*whole)[TextField::kNode]);
  EXPECT_EQ(pieces->source_row, whole->source_row);
}

TEST_F(CsvReader, AFileOfSeveralBlocksIsReadWhole) {
  std::string text = kHeader;
  const std::string labels(1000, 'x');
  for (int i = 0; i < 3000; ++i) text += "2025-11-01,n" + std::to_string(i) + ",k:" + labels + "\n";
  for (const auto& [name, bytes] : {std::pair("nodes.csv", text), std::pair("nodes.csv.gz", Gzip(text))}) {
    const auto rows = Read(bytes, 1000, name);
    ASSERT_TRUE(rows.ok()) << rows.status();
    EXPECT_EQ(rows->counts.rows_read, 3000);
    EXPECT_EQ((*rows)[TextField::kNode].back(), "n2999");
    EXPECT_GT(rows->counts.bytes_read, 0);
  }
}

TEST_F(CsvReader, ATruncatedGzipIsAnErrorNotAShorterReport) {
  std::string text = kHeader;
  for (int i = 0; i < 2000; ++i) text += "2025-11-01,n" + std::to_string(i * 7919) + ",\n";
  const std::string packed = Gzip(text);
  for (const size_t size : {packed.size() - 1, packed.size() - 8, packed.size() / 2, size_t{12}}) {
    ExpectInputError(Read(packed.substr(0, size), 1000, "nodes.csv.gz").status(), HasSubstr("nodes.csv.gz"));
  }
  ExpectInputError(Read(text, 1000, "nodes.csv.gz").status(), HasSubstr("nodes.csv.gz"));
}

TEST_F(CsvReader, NamesLineAndColumnOfACellThatIsNoNumber) {
  ExpectInputError(
      ReadStorage("1,0,2025-11-01,0,0,ns,\"two\nlines\",claim\n1,0,2025-11-01,0,lots,ns,pod,claim\n")
          .status(),
      HasSubstr("storage.csv: line 4: column 'persistentvolumeclaim_usage_byte_seconds': 'lots' is not"));
}

TEST_F(CsvReader, NamesLineAndColumnOfATimeThatDoesNotExist) {
  const std::string rows = "2024-02-29,n1,\n\n2025-02-29,n2,\n";
  ExpectInputError(Read(kHeader + rows).status(),
                   HasSubstr("nodes.csv: line 4: column 'interval_start': '2025-02-29'"));
  ExpectInputError(Read("node,node_labels,interval_start\nn1,,\n").status(),
                   HasSubstr("line 2: column 'interval_start'"));
}

TEST_F(CsvReader, AQuoteInsideAnUnquotedCellDoesNotShiftLineNumbers) {
  ExpectInputError(
      Read(std::string(kHeader) + "2025-11-01,17\" rack,\n2025-11-01,n2,\nnever,n3,\nnever,n4,\n").status(),
      HasSubstr("nodes.csv: line 4: "));
  ExpectInputError(Read(std::string(kHeader) + "2025-11-01,\"a\"\"\nb\",\nnever,n3,\n").status(),
                   HasSubstr("nodes.csv: line 4: "));
}

TEST_F(CsvReader, NamesTheLineOfARowWithTooFewOrTooManyCells) {
  for (const char* row : {"2025-11-01,n2\n", "2025-11-01,n2,,\n"}) {
    ExpectInputError(Read(kHeader + std::string("2025-11-01,n1,\n") + row + "2025-11-01,n3,\n").status(),
                     HasSubstr("nodes.csv: line 3: "));
  }
}

TEST_F(CsvReader, AMissingRequiredColumnIsNamedWithThoseThatAreThere) {
  ExpectInputError(Read("interval_start,node_labels\n").status(),
                   AllOf(HasSubstr("required column 'node'"), HasSubstr("interval_start, node_labels")));
  ExpectInputError(Read("").status(), HasSubstr("'interval_start'"));
}

TEST_F(CsvReader, AColumnThatOccursTwiceIsRefusedOnlyIfItIsOneOfTheReport) {
  ExpectInputError(Read("interval_start,node,node,node_labels\n2025-11-01,a,b,\n").status(),
                   HasSubstr("'node' occurs more than once"));
  const auto rows = Read("interval_start,x,x,node,node_labels\n2025-11-01,,,n1,\n");
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_THAT((*rows)[TextField::kNode], ElementsAre("n1"));
}

TEST_F(CsvReader, ARowPastTheLimitIsAnErrorThatNamesTheFile) {
  ExpectInputError(Read(std::string(kHeader) + "2025-11-01,n1," + std::string(3 << 20, 'x') + "\n").status(),
                   HasSubstr("nodes.csv"));
}

TEST_F(CsvReader, AQuoteThatIsNeverClosedIsAnError) {
  ExpectInputError(Read(std::string(kHeader) + "2025-11-01,\"n1,\n2025-11-01,n2,\n").status(),
                   HasSubstr("nodes.csv"));
}

TEST_F(CsvReader, AFileThatIsNotThereIsAnInputError) {
  ExpectInputError(OpenCsv(LocalFile(Path("absent.csv")), ReportKind::kPod, Wanting()).status(),
                   HasSubstr("absent.csv"));
  ExpectInputError(ReadCsvHeader(*LocalFile(Path("absent.csv.gz"))).status(), HasSubstr("absent.csv.gz"));
}

TEST_F(CsvReader, TheHeaderOfAnEmptyFileIsEmpty) {
  for (const char* text : {"", "\xEF\xBB\xBF", "\n", "\r\n"}) {
    EXPECT_THAT(ReadCsvHeader(*LocalFile(Write("empty.csv", text))).ValueOrDie().names, IsEmpty());
  }
  EXPECT_THAT(ReadCsvHeader(*LocalFile(Write("quoted.csv", "\"a\"\"b\",\"c,d\","))).ValueOrDie().names,
              ElementsAre("a\"b", "c,d", ""));
}

}  // namespace
}  // namespace costream
