#include "decode/arrow_decoder.h"

#include <arrow/array.h>
#include <arrow/json/from_string.h>
#include <arrow/type.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "decode/arrow_reader.h"
#include "decode/test_batch.h"

namespace costream {
namespace {

using arrow::json::ArrayFromJSONString;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

struct Column {
  std::string name;
  std::shared_ptr<arrow::DataType> type;
  std::string json;
};

std::shared_ptr<arrow::RecordBatch> Batch(const std::vector<Column>& columns) {
  arrow::FieldVector fields;
  arrow::ArrayVector arrays;
  for (const Column& column : columns) {
    fields.push_back(arrow::field(column.name, column.type));
    arrays.push_back(ArrayFromJSONString(column.type, column.json).ValueOrDie());
  }
  return arrow::RecordBatch::Make(arrow::schema(fields), arrays[0]->length(), arrays);
}

const Column kTimes = {"interval_start", arrow::utf8(), R"(["2025-11-01", "2025-11-02", "2025-11-03"])"};

// A node label report of three rows, one on each of three days.
std::shared_ptr<arrow::RecordBatch> NodeLabels(const std::shared_ptr<arrow::DataType>& type,
                                               const std::string& nodes, const std::string& labels) {
  return Batch({{"node_labels", type, labels}, kTimes, {"node", type, nodes}});
}

// A storage report of three rows, one on each of three days, with the capacity column given.
std::shared_ptr<arrow::RecordBatch> Storage(const std::shared_ptr<arrow::DataType>& type,
                                            const std::string& json) {
  const auto text = arrow::utf8();
  const std::string texts = R"(["a", "b", "c"])", zeros = "[0, 0, 0]";
  return Batch({kTimes,
                {"namespace", text, texts},
                {"pod", text, texts},
                {"persistentvolumeclaim", text, texts},
                {"persistentvolumeclaim_capacity_bytes", type, json},
                {"persistentvolumeclaim_capacity_byte_seconds", arrow::float64(), zeros},
                {"volume_request_storage_byte_seconds", arrow::float64(), zeros},
                {"persistentvolumeclaim_usage_byte_seconds", arrow::float64(), zeros}});
}

class Decoded {
 public:
  Decoded(ReportKind kind, Granularity granularity, const DecodeOptions& options)
      : decoder_(kind, granularity, options, "x.parquet",
                 [](int64_t row) { return fmt::format("x.parquet: row {}", row); }) {}

  arrow::Status Decode(const std::shared_ptr<arrow::RecordBatch>& input, int64_t first_row = 0) {
    ARROW_RETURN_NOT_OK(decoder_.CheckSchema(*input->schema()));
    return decoder_.Decode(*input, first_row, &batch);
  }
  const DecodeCounts& counts() const { return decoder_.counts(); }

  UsageBatch batch;

 private:
  ArrowDecoder decoder_;
};

void ExpectInputError(const arrow::Status& status, const testing::Matcher<std::string>& message) {
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(KindOf(status), ErrorKind::kInput);
  EXPECT_THAT(Message(status), message);
}

TEST(ArrowDecoder, TextOfEveryTypeKeepsNullApartFromEmpty) {
  for (const auto& type :
       {arrow::utf8(), arrow::large_utf8(), arrow::utf8_view(), arrow::binary(), arrow::large_binary(),
        arrow::binary_view(), arrow::dictionary(arrow::int8(), arrow::utf8()),
        arrow::dictionary(arrow::int64(), arrow::large_utf8())}) {
    Decoded decoded(ReportKind::kNodeLabels, Granularity::kHourly, Wanting(TextField::kNode));
    ASSERT_TRUE(decoded.Decode(NodeLabels(type, R"(["n1", null, ""])", R"(["", "", ""])")).ok()) << *type;
    EXPECT_THAT(TextsOf(decoded.batch, TextField::kNode), ElementsAre("n1", std::nullopt, "")) << *type;
  }
}

TEST(ArrowDecoder, ATextColumnOfTypeNullIsAllNull) {
  Decoded decoded(ReportKind::kNodeLabels, Granularity::kHourly,
                  Wanting(TextField::kNode, TextField::kNodeLabels));
  ASSERT_TRUE(decoded.Decode(NodeLabels(arrow::null(), "[null, null, null]", "[null, null, null]")).ok());
  EXPECT_THAT(TextsOf(decoded.batch, TextField::kNode),
              ElementsAre(std::nullopt, std::nullopt, std::nullopt));
}

TEST(ArrowDecoder, EqualTextsHaveOneCodeAcrossBatchesAndDictionaries) {
  Decoded decoded(ReportKind::kNodeLabels, Granularity::kHourly, Wanting(TextField::kNode));
  const auto type = arrow::dictionary(arrow::int32(), arrow::utf8());
  ASSERT_TRUE(decoded.Decode(NodeLabels(type, R"(["n1", "n2", "n1"])", R"(["", "", ""])")).ok());
  const auto first = decoded.batch.CodesOf(TextField::kNode);
  const auto dictionary = decoded.batch.dictionaries[static_cast<size_t>(TextField::kNode)];
  ASSERT_TRUE(decoded.Decode(NodeLabels(type, R"(["n2", "n3", "n1"])", R"(["", "", ""])")).ok());
  EXPECT_EQ(decoded.batch.CodesOf(TextField::kNode)[0], first[1]);
  EXPECT_EQ(decoded.batch.CodesOf(TextField::kNode)[2], first[0]);
  EXPECT_EQ(dictionary->generation, decoded.batch.DictionaryOf(TextField::kNode).generation);
}

TEST(ArrowDecoder, TextThatIsNoUtf8IsRepairedAndItsRowsCounted) {
  Decoded decoded(ReportKind::kNodeLabels, Granularity::kHourly, Wanting(TextField::kNode));
  const auto rows = NodeLabels(arrow::binary(), "[\"n\\u0000\", \"fine\", \"n\\u0000\"]", R"(["", "", ""])");
  ASSERT_TRUE(decoded.Decode(rows).ok());
  EXPECT_THAT(TextsOf(decoded.batch, TextField::kNode), ElementsAre("n\uFFFD", "fine", "n\uFFFD"));
  EXPECT_EQ(decoded.counts().rows_repaired, 2);
}

TEST(ArrowDecoder, LabelsStayAsTheyAreWritten) {
  Decoded decoded(ReportKind::kNodeLabels, Granularity::kHourly, Wanting(TextField::kNodeLabels));
  const std::string labels = R"(["label_app:echo|label_env:a:b", "{\"app\": \"\\ud800\"}", null])";
  ASSERT_TRUE(decoded.Decode(NodeLabels(arrow::utf8(), R"(["a", "b", "c"])", labels)).ok());
  EXPECT_THAT(TextsOf(decoded.batch, TextField::kNodeLabels),
              ElementsAre("label_app:echo|label_env:a:b", R"({"app": "\ud800"})", std::nullopt));
  EXPECT_EQ(decoded.counts().rows_repaired, 1) << "the lone surrogate";
}

TEST(ArrowDecoder, RowsOfOtherDaysAreLeftOutAndCounted) {
  DecodeOptions options = Wanting(TextField::kNode);
  options.first_day = options.last_day = DayOf(2025, 11, 2);
  Decoded decoded(ReportKind::kNodeLabels, Granularity::kHourly, options);
  ASSERT_TRUE(decoded.Decode(NodeLabels(arrow::utf8(), R"(["a", "b", "c"])", R"(["", "", ""])"), 100).ok());
  EXPECT_EQ(decoded.batch.rows, 1);
  EXPECT_THAT(TextsOf(decoded.batch, TextField::kNode), ElementsAre("b"));
  EXPECT_THAT(decoded.batch.time_micros, ElementsAre(DayOf(2025, 11, 2) * kMicrosPerDay));
  EXPECT_EQ(decoded.batch.SourceRowOf(0), 101);
  EXPECT_EQ(decoded.counts().rows_read, 3);
  EXPECT_EQ(decoded.counts().rows_outside, 2);
}

TEST(ArrowDecoder, AnHourlyRowAboveTheLimitIsAnAnomaly) {
  Decoded decoded(ReportKind::kStorage, Granularity::kHourly,
                  Wanting(TextField::kClaim, Measure::kClaimBytes));
  ASSERT_TRUE(decoded.Decode(Storage(arrow::utf8(), R"(["1e18", "1.0000000000000002e18", "NaN"])")).ok());
  EXPECT_THAT(TextsOf(decoded.batch, TextField::kClaim), ElementsAre("a"));
  EXPECT_THAT(NumbersOf(decoded.batch, Measure::kClaimBytes), ElementsAre(1e18));
  EXPECT_EQ(decoded.counts().rows_anomalous, 2);
}

TEST(ArrowDecoder, ADailyRowMayExceedTheLimitButMustBeFinite) {
  Decoded decoded(ReportKind::kStorage, Granularity::kDaily, Wanting(Measure::kClaimBytes));
  ASSERT_TRUE(decoded.Decode(Storage(arrow::utf8(), R"(["1e30", "Inf", "-Inf"])")).ok());
  EXPECT_THAT(NumbersOf(decoded.batch, Measure::kClaimBytes), ElementsAre(1e30));
  EXPECT_EQ(decoded.counts().rows_anomalous, 2);
}

TEST(ArrowDecoder, NullIsNoAnomaly) {
  Decoded decoded(ReportKind::kStorage, Granularity::kHourly, Wanting(Measure::kClaimBytes));
  ASSERT_TRUE(decoded.Decode(Storage(arrow::float64(), "[null, 0, -5]")).ok());
  EXPECT_THAT(NumbersOf(decoded.batch, Measure::kClaimBytes), ElementsAre(std::nullopt, 0.0, -5.0));
  EXPECT_EQ(decoded.counts().rows_anomalous, 0);
}

TEST(ArrowDecoder, AnAnomalyInAColumnThatTheRunDoesNotReadDropsNothing) {
  Decoded decoded(ReportKind::kStorage, Granularity::kHourly, Wanting(Measure::kClaimUsage));
  ASSERT_TRUE(decoded.Decode(Storage(arrow::utf8(), R"(["NaN", "many", "1e99"])")).ok());
  EXPECT_EQ(decoded.batch.rows, 3);
}

TEST(ArrowDecoder, AnAnomalyOfAnotherDayIsOutsideNotAnomalous) {
  DecodeOptions options = Wanting(Measure::kClaimBytes);
  options.first_day = options.last_day = DayOf(2025, 11, 1);
  Decoded decoded(ReportKind::kStorage, Granularity::kHourly, options);
  ASSERT_TRUE(decoded.Decode(Storage(arrow::utf8(), R"(["1", "NaN", "NaN"])")).ok());
  EXPECT_EQ(decoded.counts().rows_anomalous, 0);
  EXPECT_EQ(decoded.counts().rows_outside, 2);
}

TEST(ArrowDecoder, AMissingOptionalColumnIsNull) {
  const auto rows = Storage(arrow::int64(), "[1, 2, 3]")->RemoveColumn(4).ValueOrDie();
  Decoded decoded(ReportKind::kStorage, Granularity::kHourly,
                  Wanting(Measure::kClaimBytes, TextField::kVolume));
  ASSERT_TRUE(decoded.Decode(rows).ok());
  EXPECT_THAT(NumbersOf(decoded.batch, Measure::kClaimBytes),
              ElementsAre(std::nullopt, std::nullopt, std::nullopt));
  EXPECT_THAT(TextsOf(decoded.batch, TextField::kVolume),
              ElementsAre(std::nullopt, std::nullopt, std::nullopt));
}

TEST(ArrowDecoder, EveryRequiredColumnOfEveryReportIsMissedByName) {
  for (const ReportKind kind : kAllReports) {
    const ReportSpec& spec = SpecOf(kind);
    arrow::FieldVector all = {arrow::field("interval_start", arrow::utf8())};
    std::vector<std::string> required = {"interval_start"};
    for (const auto& column : spec.text) {
      all.push_back(arrow::field(std::string(column.name), arrow::utf8()));
      if (column.required) required.emplace_back(column.name);
    }
    for (const auto& column : spec.measures) {
      all.push_back(arrow::field(std::string(column.name), arrow::float64()));
      if (column.required) required.emplace_back(column.name);
    }
    const ArrowDecoder decoder(kind, Granularity::kHourly, Wanting(), "x.parquet", nullptr);
    const arrow::Schema schema(all);
    EXPECT_TRUE(decoder.CheckSchema(schema).ok());
    for (const std::string& name : required) {
      const auto without = schema.RemoveField(schema.GetFieldIndex(name)).ValueOrDie();
      ExpectInputError(
          decoder.CheckSchema(*without),
          AllOf(HasSubstr("x.parquet"), HasSubstr("'" + name + "'"), HasSubstr(std::string(spec.name))));
    }
  }
}

TEST(ArrowDecoder, AColumnOfATypeThatCannotBeReadIsNamedWithItsType) {
  Decoded decoded(ReportKind::kStorage, Granularity::kHourly, Wanting(Measure::kClaimBytes));
  ExpectInputError(decoded.Decode(Storage(arrow::boolean(), "[true, false, null]")),
                   AllOf(HasSubstr("x.parquet"), HasSubstr("'persistentvolumeclaim_capacity_bytes'"),
                         HasSubstr("bool"), HasSubstr("a number")));
  Decoded other(ReportKind::kStorage, Granularity::kHourly, Wanting(Measure::kClaimUsage));
  EXPECT_TRUE(other.Decode(Storage(arrow::boolean(), "[true, false, null]")).ok()) << "not needed, not read";
}

TEST(ArrowDecoder, AColumnThatOccursTwiceIsRefused) {
  const auto rows = Batch({kTimes,
                           {"node", arrow::utf8(), R"(["a", "b", "c"])"},
                           {"node", arrow::utf8(), R"(["d", "e", "f"])"},
                           {"node_labels", arrow::utf8(), R"(["", "", ""])"}});
  Decoded decoded(ReportKind::kNodeLabels, Granularity::kHourly, Wanting(TextField::kNode));
  ExpectInputError(decoded.Decode(rows), HasSubstr("column 'node' occurs more than once"));
}

TEST(ArrowDecoder, ACellThatIsNoNumberIsNamedByItsPlaceAndColumn) {
  Decoded decoded(ReportKind::kStorage, Granularity::kHourly, Wanting(Measure::kClaimBytes));
  ExpectInputError(
      decoded.Decode(Storage(arrow::utf8(), R"(["1", "2", "10 GiB"])"), 40),
      HasSubstr(
          "x.parquet: row 42: column 'persistentvolumeclaim_capacity_bytes': '10 GiB' is not a number"));
}

TEST(ArrowDecoder, ANullTimeIsAnErrorOfItsRow) {
  const auto rows = Batch({{"interval_start", arrow::timestamp(arrow::TimeUnit::MILLI), "[0, null]"},
                           {"node", arrow::utf8(), R"(["a", "b"])"},
                           {"node_labels", arrow::utf8(), R"(["", ""])"}});
  Decoded decoded(ReportKind::kNodeLabels, Granularity::kHourly, Wanting());
  ExpectInputError(decoded.Decode(rows, 7), HasSubstr("row 8: column 'interval_start': is null"));
}

TEST(ArrowDecoder, NoRowsGiveABatchWithoutRows) {
  Decoded decoded(ReportKind::kNodeLabels, Granularity::kHourly, Wanting(TextField::kNode));
  ASSERT_TRUE(
      decoded.Decode(NodeLabels(arrow::utf8(), R"(["a", "b", "c"])", R"(["", "", ""])")->Slice(3)).ok());
  EXPECT_EQ(decoded.batch.rows, 0);
  EXPECT_TRUE(decoded.batch.CodesOf(TextField::kNode).empty());
}

// A stream that gives this, in spite of its schema, and then fails.
class BadStream : public arrow::RecordBatchReader {
 public:
  BadStream(std::shared_ptr<arrow::Schema> schema, std::shared_ptr<arrow::RecordBatch> batch)
      : schema_(std::move(schema)), batch_(std::move(batch)) {}
  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }
  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    if (!batch_) return arrow::Status::IOError("the connection was lost");
    *batch = std::exchange(batch_, nullptr);
    return arrow::Status::OK();
  }

 private:
  const std::shared_ptr<arrow::Schema> schema_;
  std::shared_ptr<arrow::RecordBatch> batch_;
};

TEST(ArrowReader, AStreamThatFailsIsAnInputErrorThatNamesTheRow) {
  const auto rows = NodeLabels(arrow::utf8(), R"(["a", "b", "c"])", R"(["", "", ""])");
  const auto read = [&](const std::shared_ptr<arrow::RecordBatch>& batch) {
    const auto stream = std::make_shared<BadStream>(rows->schema(), batch);
    return ReadAll(
               OpenArrow(stream, ReportKind::kNodeLabels, Granularity::kHourly, Wanting(TextField::kNode)))
        .status();
  };
  ExpectInputError(read(rows), HasSubstr("the stream fails after row 3: the connection was lost"));
  ExpectInputError(read(rows->RemoveColumn(1).ValueOrDie()),
                   HasSubstr("required column 'interval_start' is missing"));
}

TEST(ArrowReader, CutsBatchesToTheirSizeAndCountsRowsOn) {
  const auto rows = NodeLabels(arrow::utf8(), R"(["a", "b", "c"])", R"(["", "", ""])");
  DecodeOptions options = Wanting(TextField::kNode);
  options.batch_rows = 2;
  const auto stream = arrow::RecordBatchReader::Make({rows, rows->Slice(3), rows}).ValueOrDie();
  const auto all =
      ReadAll(OpenArrow(stream, ReportKind::kNodeLabels, Granularity::kHourly, options)).ValueOrDie();
  EXPECT_THAT(all.batch_rows, ElementsAre(2, 1, 2, 1));
  EXPECT_THAT(all.source_row, ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_THAT(all[TextField::kNode], ElementsAre("a", "b", "c", "a", "b", "c"));
  EXPECT_EQ(all.counts.rows_read, 6);
}

}  // namespace
}  // namespace costream
