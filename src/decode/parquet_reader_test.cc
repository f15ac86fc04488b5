#include "decode/parquet_reader.h"

#include <arrow/array.h>
#include <arrow/io/file.h>
#include <arrow/json/from_string.h>
#include <arrow/table.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <parquet/arrow/writer.h>

#include "base/error.h"
#include "base/test_folder.h"
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

struct Layout {
  int64_t group_rows = 1000;
  bool statistics = true, arrow_schema = false, int96 = false, dictionaries = true;
};

const std::string kZeros = "[0, 0, 0]";
const auto kMicroTimes = arrow::timestamp(arrow::TimeUnit::MICRO);

class ParquetReader : public FolderTest {
 protected:
  std::string Save(const std::vector<Column>& columns, const Layout& layout = {}) {
    arrow::FieldVector fields;
    arrow::ArrayVector arrays;
    for (const Column& column : columns) {
      fields.push_back(arrow::field(column.name, column.type));
      arrays.push_back(ArrayFromJSONString(column.type, column.json).ValueOrDie());
    }
    const auto table = arrow::Table::Make(arrow::schema(fields), arrays);
    parquet::WriterProperties::Builder properties;
    if (!layout.statistics) properties.disable_statistics();
    if (!layout.dictionaries) properties.disable_dictionary();
    parquet::ArrowWriterProperties::Builder arrow_properties;
    if (layout.arrow_schema) arrow_properties.store_schema();
    if (layout.int96) arrow_properties.enable_deprecated_int96_timestamps();
    const auto file = arrow::io::FileOutputStream::Open(Path("x.parquet")).ValueOrDie();
    EXPECT_TRUE(parquet::arrow::WriteTable(*table, arrow::default_memory_pool(), file, layout.group_rows,
                                           properties.build(), arrow_properties.build())
                    .ok());
    EXPECT_TRUE(file->Close().ok());
    return Path("x.parquet");
  }

  // Three storage rows of three days with these columns in place of plain ones.
  std::string SaveStorage(const std::vector<Column>& instead, const Layout& layout = {}) {
    const std::string texts = R"(["a", "b", "c"])";
    std::vector<Column> columns = {
        {"interval_start", arrow::utf8(), R"(["2025-11-01", "2025-11-02", "2025-11-03"])"},
        {"namespace", arrow::utf8(), texts},
        {"pod", arrow::utf8(), texts},
        {"persistentvolumeclaim", arrow::utf8(), texts},
        {"persistentvolumeclaim_capacity_byte_seconds", arrow::float64(), kZeros},
        {"volume_request_storage_byte_seconds", arrow::float64(), kZeros},
        {"persistentvolumeclaim_usage_byte_seconds", arrow::float64(), kZeros}};
    for (const Column& column : instead) {
      std::erase_if(columns, [&](const Column& other) { return other.name == column.name; });
      columns.insert(columns.begin(), column);
    }
    return Save(columns, layout);
  }

  arrow::Result<TestRows> ReadGroup(int group, DecodeOptions options) {
    ARROW_ASSIGN_OR_RAISE(const auto file, ParquetFile::Open(LocalFile(Path("x.parquet")),
                                                             ReportKind::kStorage, Granularity::kHourly));
    return ReadAll(file->OpenRowGroup(group, options));
  }
  arrow::Result<TestRows> Read() {
    return ReadGroup(
        0, Wanting(TextField::kClaim, TextField::kVolume, Measure::kClaimUsage, Measure::kClaimBytes));
  }

  void ExpectInputError(const arrow::Status& status, const testing::Matcher<std::string>& message) {
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(KindOf(status), ErrorKind::kInput) << status;
    EXPECT_THAT(Message(status), AllOf(HasSubstr("x.parquet"), message));
  }

  std::vector<RowGroupInfo> Groups() {
    return ParquetFile::Open(LocalFile(Path("x.parquet")), ReportKind::kStorage, Granularity::kHourly)
        .ValueOrDie()
        ->row_groups();
  }
};

TEST_F(ParquetReader, DictionariesAreKeptUnlessSwitchedOff) {
  const auto dictionary = arrow::dictionary(arrow::int32(), arrow::utf8());
  for (const auto& type : {arrow::utf8(), arrow::binary(), dictionary}) {
    SaveStorage({{"persistentvolumeclaim", type, R"(["a", null, "b"])"}}, {.arrow_schema = true});
    DecodeOptions options = Wanting(TextField::kClaim);
    const auto kept = ReadGroup(0, options).ValueOrDie();
    options.keeps_dictionaries = false;
    EXPECT_EQ(ReadGroup(0, options).ValueOrDie()[TextField::kClaim], kept[TextField::kClaim]) << *type;
    // Texts are known when they come, not all at once.
    options.batch_rows = 1;
    const auto file =
        ParquetFile::Open(LocalFile(Path("x.parquet")), ReportKind::kStorage, Granularity::kHourly)
            .ValueOrDie();
    const auto reader = file->OpenRowGroup(0, options).ValueOrDie();
    UsageBatch batch;
    ASSERT_TRUE(reader->Next(&batch).ValueOrDie());
    EXPECT_EQ(batch.DictionaryOf(TextField::kClaim).texts.size(), 2) << *type;
  }
}

TEST_F(ParquetReader, ColumnsThatNobodyNeedsAreReadOnlyWhereAsked) {
  SaveStorage({{"a_note", arrow::utf8(), R"(["a text to be found in the file", "b", "c"])"},
               {"a_list", arrow::list(arrow::int32()), "[[1, 2], [], null]"}},
              {.dictionaries = false});
  DecodeOptions options = Wanting(TextField::kClaim, Measure::kClaimUsage);
  const auto filtered = ReadGroup(0, options).ValueOrDie();
  options.reads_all_columns = true;
  const auto all = ReadGroup(0, options).ValueOrDie();
  EXPECT_EQ(all[TextField::kClaim], filtered[TextField::kClaim]);
  EXPECT_EQ(all[Measure::kClaimUsage], filtered[Measure::kClaimUsage]);
  EXPECT_EQ(all.time_micros, filtered.time_micros);

  std::string bytes = Contents(Path("x.parquet"));
  const size_t note = bytes.find("a text to be found");
  ASSERT_NE(note, std::string::npos);
  bytes.replace(note - 4, 4, std::string("\xff\xff\xff\x7f"));  // its length
  Write("x.parquet", bytes);
  ExpectInputError(ReadGroup(0, options).status(), HasSubstr("row group 0"));
  options.reads_all_columns = false;
  EXPECT_EQ(ReadGroup(0, options).ValueOrDie().time_micros, filtered.time_micros);
}

TEST_F(ParquetReader, MeasuresOfEveryTypeGiveTheSameNumbers) {
  for (const auto& type : {arrow::int32(), arrow::int64(), arrow::uint32(), arrow::float32(),
                           arrow::float64(), arrow::int8(), arrow::uint64()}) {
    SaveStorage({{"persistentvolumeclaim_usage_byte_seconds", type, "[12, null, 0]"}});
    const auto rows = Read();
    ASSERT_TRUE(rows.ok()) << *type << rows.status();
    EXPECT_THAT((*rows)[Measure::kClaimUsage], ElementsAre(12.0, std::nullopt, 0.0)) << *type;
  }
  for (const auto& type : {arrow::decimal128(9, 2), arrow::decimal128(18, 2), arrow::decimal128(33, 2),
                           arrow::decimal256(60, 2), arrow::utf8(), arrow::large_utf8(), arrow::binary()}) {
    for (const bool dictionaries : {true, false}) {
      SaveStorage({{"persistentvolumeclaim_usage_byte_seconds", type, R"(["12.50", null, "-0.25"])"}},
                  {.arrow_schema = true, .dictionaries = dictionaries});
      const auto rows = Read();
      ASSERT_TRUE(rows.ok()) << *type << rows.status();
      EXPECT_THAT((*rows)[Measure::kClaimUsage], ElementsAre(12.5, std::nullopt, -0.25)) << *type;
    }
  }
}

TEST_F(ParquetReader, TextsOfEveryTypeKeepNullApartFromEmpty) {
  for (const auto& type : {arrow::utf8(), arrow::large_utf8(), arrow::binary(), arrow::large_binary(),
                           arrow::dictionary(arrow::int32(), arrow::utf8())}) {
    for (const bool dictionaries : {true, false}) {
      for (const bool arrow_schema : {true, false}) {
        SaveStorage({{"persistentvolumeclaim", type, R"(["", null, "Zürich"])"}},
                    {.arrow_schema = arrow_schema, .dictionaries = dictionaries});
        const auto rows = Read();
        ASSERT_TRUE(rows.ok()) << *type << rows.status();
        EXPECT_THAT((*rows)[TextField::kClaim], ElementsAre("", std::nullopt, "Zürich")) << *type;
      }
    }
  }
}

TEST_F(ParquetReader, TimesOfEveryUnitZoneAndSpellingGiveTheSameInstants) {
  const std::string json = R"(["2024-02-29 13:00:00", "1969-12-31 23:00:00", "2025-01-01 00:00:00"])";
  const int64_t hour = kMicrosPerHour, day = kMicrosPerDay;
  const auto expected = ElementsAre(DayOf(2024, 2, 29) * day + 13 * hour, -hour, DayOf(2025, 1, 1) * day);
  for (const auto& type :
       {arrow::timestamp(arrow::TimeUnit::SECOND), arrow::timestamp(arrow::TimeUnit::MILLI), kMicroTimes,
        arrow::timestamp(arrow::TimeUnit::NANO), arrow::timestamp(arrow::TimeUnit::MILLI, "UTC"),
        arrow::utf8()}) {
    for (const bool arrow_schema : {true, false}) {
      SaveStorage({{"interval_start", type, json}}, {.arrow_schema = arrow_schema});
      const auto rows = Read();
      ASSERT_TRUE(rows.ok()) << *type << rows.status();
      EXPECT_THAT(rows->time_micros, expected) << *type;
    }
  }
  SaveStorage({{"interval_start", kMicroTimes, json}}, {.int96 = true});
  EXPECT_THAT(Read().ValueOrDie().time_micros, expected) << "INT96";
  SaveStorage({{"interval_start", arrow::date32(), "[-1, 0, 19782]"}});
  EXPECT_THAT(Read().ValueOrDie().time_micros, ElementsAre(-day, 0, DayOf(2024, 2, 29) * day));
}

TEST_F(ParquetReader, AColumnOfTypeNullAndAMissingOneAreAllNull) {
  SaveStorage({{"persistentvolume", arrow::null(), "[null, null, null]"}}, {.arrow_schema = true});
  const auto rows = Read();
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_THAT((*rows)[TextField::kVolume], ElementsAre(std::nullopt, std::nullopt, std::nullopt));
  EXPECT_THAT((*rows)[Measure::kClaimBytes], ElementsAre(std::nullopt, std::nullopt, std::nullopt));
}

TEST_F(ParquetReader, ColumnsThatNobodyNeedsMayHaveAnyType) {
  SaveStorage(
      {{"tags", arrow::list(arrow::utf8()), R"([["x"], null, []])"},
       {"deep", arrow::struct_({arrow::field("pod", arrow::utf8())}), R"([{"pod": "z"}, null, null])"},
       {"persistentvolumeclaim_capacity_bytes", arrow::float64(), "[1, 2, 3]"}});
  const auto rows = Read();
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_THAT((*rows)[TextField::kClaim], ElementsAre("a", "b", "c"));
  EXPECT_THAT((*rows)[Measure::kClaimBytes], ElementsAre(1.0, 2.0, 3.0));
}

TEST_F(ParquetReader, RowGroupsAreReadOneByOneInChunks) {
  SaveStorage({}, {.group_rows = 2});
  ASSERT_EQ(Groups().size(), 2u);
  EXPECT_EQ(Groups()[1].index, 1);
  EXPECT_EQ(Groups()[1].rows, 1);
  EXPECT_GT(Groups()[1].bytes, 0);
  DecodeOptions options = Wanting(TextField::kClaim);
  options.batch_rows = 1;
  const auto first = ReadGroup(0, options).ValueOrDie(), second = ReadGroup(1, options).ValueOrDie();
  EXPECT_THAT(first[TextField::kClaim], ElementsAre("a", "b"));
  EXPECT_THAT(first.batch_rows, ElementsAre(1, 1));
  EXPECT_THAT(second[TextField::kClaim], ElementsAre("c"));
  EXPECT_THAT(second.source_row, ElementsAre(0)) << "counted within the row group";
}

TEST_F(ParquetReader, AFileWithoutRowsHasNone) {
  Save({{"interval_start", arrow::null(), "[]"}, {"node", arrow::utf8(), "[]"}});
  for (const RowGroupInfo& group : Groups()) EXPECT_EQ(group.rows, 0);
}

TEST_F(ParquetReader, StatisticsTellTheDaysOfARowGroup) {
  const std::string json = R"(["2024-02-28 23:59:59", "2024-03-01 00:00:00", "1969-12-31 23:00:00"])";
  for (const auto unit : {arrow::TimeUnit::MILLI, arrow::TimeUnit::MICRO, arrow::TimeUnit::NANO}) {
    SaveStorage({{"interval_start", arrow::timestamp(unit, "UTC"), json}},
                {.group_rows = 2, .arrow_schema = true});
    const auto groups = Groups();
    ASSERT_EQ(groups.size(), 2u);
    EXPECT_EQ(groups[0].first_day, DayOf(2024, 2, 28));
    EXPECT_EQ(groups[0].last_day, DayOf(2024, 3, 1));
    EXPECT_EQ(groups[1].first_day, -1) << "the day before the epoch";
    EXPECT_EQ(groups[1].last_day, -1);
  }
}

TEST_F(ParquetReader, WithoutUsableStatisticsTheDaysAreUnknown) {
  const Column times = {"interval_start", kMicroTimes, "[0, 1, 2]"};
  SaveStorage({times}, {.statistics = false});
  EXPECT_EQ(Groups()[0].first_day, std::nullopt);
  SaveStorage({times}, {.int96 = true});
  EXPECT_EQ(Groups()[0].first_day, std::nullopt);
  SaveStorage({});
  EXPECT_EQ(Groups()[0].last_day, std::nullopt) << "times in texts";
}

TEST_F(ParquetReader, DaysOfTimesOutsideTheCalendarDoNotWrap) {
  SaveStorage({{"interval_start", arrow::timestamp(arrow::TimeUnit::MILLI), "[0, 1, 9223372036854775807]"}});
  EXPECT_LE(*Groups()[0].first_day, 0);
  EXPECT_GT(*Groups()[0].last_day, DayOf(9999, 12, 31));
  ExpectInputError(Read().status(), HasSubstr("row 2: column 'interval_start'"));
}

TEST_F(ParquetReader, NamesRowGroupRowAndColumnOfACellThatIsNoNumber) {
  SaveStorage({{"persistentvolumeclaim_usage_byte_seconds", arrow::utf8(), R"(["1", "2", "three"])"}},
              {.group_rows = 1});
  EXPECT_TRUE(ReadGroup(1, Wanting(Measure::kClaimUsage)).ok());
  ExpectInputError(
      ReadGroup(2, Wanting(Measure::kClaimUsage)).status(),
      HasSubstr("row group 2, row 0: column 'persistentvolumeclaim_usage_byte_seconds': 'three'"));
}

TEST_F(ParquetReader, ANullTimeIsNamedByItsRow) {
  SaveStorage({{"interval_start", kMicroTimes, "[0, null, 0]"}});
  ExpectInputError(Read().status(), HasSubstr("row group 0, row 1: column 'interval_start': is null"));
}

TEST_F(ParquetReader, AMissingRequiredColumnIsNamed) {
  Save({{"interval_start", arrow::utf8(), "[\"2025-11-01\"]"}, {"namespace", arrow::utf8(), "[\"a\"]"}});
  ExpectInputError(Read().status(), AllOf(HasSubstr("required column 'pod'"), HasSubstr("storage_usage")));
}

TEST_F(ParquetReader, ATypeThatCannotBeReadIsNamed) {
  SaveStorage({{"persistentvolumeclaim_usage_byte_seconds", arrow::boolean(), "[true, null, false]"}});
  ExpectInputError(Read().status(),
                   AllOf(HasSubstr("'persistentvolumeclaim_usage_byte_seconds'"), HasSubstr("bool")));
  SaveStorage({{"persistentvolumeclaim", arrow::list(arrow::utf8()), R"([["x"], null, []])"}});
  ExpectInputError(Read().status(), HasSubstr("'persistentvolumeclaim'"));
}

TEST_F(ParquetReader, ADurationIsNoMeasureWhateverItIsStoredAs) {
  SaveStorage(
      {{"persistentvolumeclaim_usage_byte_seconds", arrow::duration(arrow::TimeUnit::NANO), "[1, 2, 3]"}},
      {.arrow_schema = true});
  ExpectInputError(Read().status(),
                   AllOf(HasSubstr("'persistentvolumeclaim_usage_byte_seconds'"), HasSubstr("duration")));
}

TEST_F(ParquetReader, ATruncatedOrForeignFileIsAnInputErrorThatNamesIt) {
  const std::string bytes = Contents(SaveStorage({}));
  for (const size_t size : {size_t{0}, size_t{3}, size_t{11}, bytes.size() / 2, bytes.size() - 1}) {
    Write("x.parquet", bytes.substr(0, size));
    ExpectInputError(Read().status(), HasSubstr("cannot be read as Parquet"));
  }
  Write("x.parquet", std::string(1000, 'x'));
  ExpectInputError(Read().status(), HasSubstr("cannot be read as Parquet"));
  std::filesystem::remove(Path("x.parquet"));
  ExpectInputError(Read().status(), HasSubstr("cannot be read as Parquet"));
}

TEST_F(ParquetReader, DamagedPagesAreAnErrorOrRowsButNoException) {
  const std::string bytes = Contents(SaveStorage({}));
  const auto whole = Read().ValueOrDie();
  for (size_t at = 4; at < bytes.size(); at += 7) {
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ 0xFF);
    Write("x.parquet", damaged);
    const auto rows = Read();
    if (!rows.ok()) {
      ExpectInputError(rows.status(), HasSubstr("x.parquet"));
    } else {
      EXPECT_EQ(rows->counts.rows_read, whole.counts.rows_read) << at;
    }
  }
}

}  // namespace
}  // namespace costream
