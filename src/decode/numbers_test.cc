#include "decode/numbers.h"

#include <arrow/builder.h>
#include <arrow/json/from_string.h>
#include <arrow/type.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/date.h"
#include "base/units.h"

namespace costream {
namespace {

using arrow::json::ArrayFromJSONString;
using arrow::json::DictArrayFromJSONString;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::shared_ptr<arrow::Array> Cells(const std::shared_ptr<arrow::DataType>& type, const std::string& json) {
  return ArrayFromJSONString(type, json).ValueOrDie();
}

// The numbers of the cells; null and every error are told apart.
std::vector<std::optional<double>> Numbers(const arrow::Array& array) {
  EXPECT_TRUE(IsNumberType(*array.type())) << *array.type();
  std::vector<double> values = {1, 2, 3};  // as of an earlier batch
  const auto error = ReadNumbers(array, &values);
  EXPECT_FALSE(error) << error->what;
  std::vector<std::optional<double>> result;
  result.reserve(values.size());
  for (const double value : values) result.push_back(std::isnan(value) ? std::nullopt : std::optional(value));
  return result;
}

CellError NumberError(const arrow::Array& array) {
  std::vector<double> values;
  return ReadNumbers(array, &values).value_or(CellError{-1, "no error"});
}

std::vector<int64_t> Times(const arrow::Array& array) {
  EXPECT_TRUE(IsTimeType(*array.type())) << *array.type();
  std::vector<int64_t> micros = {7};
  const auto error = ReadTimes(array, &micros);
  EXPECT_FALSE(error) << error->what;
  return micros;
}

CellError TimeError(const arrow::Array& array) {
  std::vector<int64_t> micros;
  return ReadTimes(array, &micros).value_or(CellError{-1, "no error"});
}

int64_t Micros(int year, int month, int day, int hour = 0) {
  return DayOf(year, month, day) * kMicrosPerDay + hour * kMicrosPerHour;
}

TEST(ParseNumber, TakesTheSpellingsOfReports) {
  EXPECT_EQ(ParseNumber("12.5"), 12.5);
  EXPECT_EQ(ParseNumber("-0.25"), -0.25);
  EXPECT_EQ(ParseNumber("+1e3"), 1000);
  EXPECT_EQ(ParseNumber("1E-3"), 0.001);
  EXPECT_EQ(ParseNumber("007"), 7);
  EXPECT_EQ(ParseNumber(""), 0) << "an empty cell";
  EXPECT_EQ(ParseNumber("9007199254740993"), 9007199254740992.0) << "to the nearest double";
}

TEST(ParseNumber, NotFiniteAndTooLargeAreNumbersForTheAnomalyCheckToFind) {
  for (const char* text : {"Inf", "+Inf", "inf", "Infinity", "1e999"})
    EXPECT_EQ(ParseNumber(text), kInfinity) << text;
  EXPECT_EQ(ParseNumber("-Inf"), -kInfinity);
  for (const char* text : {"NaN", "nan", "-nan"}) {
    ASSERT_TRUE(ParseNumber(text)) << text;
    EXPECT_TRUE(std::isnan(*ParseNumber(text))) << text;
  }
  EXPECT_EQ(ParseNumber("1e-999"), 0);
}

TEST(ParseNumber, RefusesWhatIsNoNumber) {
  for (const char* text : {" ", " 1",  "1 ",  "1,5", "1_000", "0x10", "1e",   "e5",       ".",     "-",
                           "+", "+-1", "++1", "--1", "1.2.3", "null", "None", "12 cores", "\"1\"", "١"}) {
    EXPECT_EQ(ParseNumber(text), std::nullopt) << text;
  }
  EXPECT_EQ(ParseNumber(std::string_view("1\0", 2)), std::nullopt);
}

TEST(ReadNumbers, EveryNumericTypeIsTaken) {
  for (const auto& type :
       {arrow::int8(), arrow::int16(), arrow::int32(), arrow::int64(), arrow::uint8(), arrow::uint16(),
        arrow::uint32(), arrow::uint64(), arrow::float16(), arrow::float32(), arrow::float64()}) {
    EXPECT_THAT(Numbers(*Cells(type, "[7, null, 0]")), ElementsAre(7.0, std::nullopt, 0.0)) << *type;
  }
  EXPECT_THAT(Numbers(*Cells(arrow::int64(), "[-9223372036854775808]")), ElementsAre(-0x1p63));
  EXPECT_THAT(Numbers(*Cells(arrow::uint64(), "[18446744073709551615]")), ElementsAre(0x1p64));
}

TEST(ReadNumbers, DecimalsHaveTheirScale) {
  for (const auto& type : {arrow::smallest_decimal(9, 2), arrow::smallest_decimal(18, 2),
                           arrow::decimal128(33, 2), arrow::decimal256(60, 2)}) {
    EXPECT_THAT(Numbers(*Cells(type, R"(["12.50", null, "-0.01"])")), ElementsAre(12.5, std::nullopt, -0.01))
        << *type;
  }
  EXPECT_THAT(Numbers(*Cells(arrow::decimal128(38, 0), R"(["99999999999999999999999999999999999999"])")),
              ElementsAre(1e38));
}

TEST(ReadNumbers, TextsOfEveryWidthAreTaken) {
  for (const auto& type : {arrow::utf8(), arrow::large_utf8(), arrow::utf8_view(), arrow::binary(),
                           arrow::large_binary(), arrow::binary_view()}) {
    EXPECT_THAT(Numbers(*Cells(type, R"(["1.5", null, "", "a long way: 1"])")->Slice(0, 3)),
                ElementsAre(1.5, std::nullopt, 0.0))
        << *type;
  }
}

TEST(ReadNumbers, DictionariesAreTakenByTheirCodes) {
  const auto texts = DictArrayFromJSONString(arrow::dictionary(arrow::int8(), arrow::utf8()),
                                             "[1, 0, null, 1, 2]", R"(["2", "1e3", null])");
  EXPECT_THAT(Numbers(**texts), ElementsAre(1000.0, 2.0, std::nullopt, 1000.0, std::nullopt));
  const auto numbers =
      DictArrayFromJSONString(arrow::dictionary(arrow::uint32(), arrow::int64()), "[1, 1, 0]", "[5, 6]");
  EXPECT_THAT(Numbers(*(*numbers)->Slice(1)), ElementsAre(6.0, 5.0));
}

TEST(ReadNumbers, AColumnOfTypeNullIsAllNull) {
  EXPECT_THAT(Numbers(*Cells(arrow::null(), "[null, null]")), ElementsAre(std::nullopt, std::nullopt));
}

TEST(ReadNumbers, ASliceIsReadFromItsOffset) {
  EXPECT_THAT(Numbers(*Cells(arrow::float64(), "[1, null, 3, null]")->Slice(1, 2)),
              ElementsAre(std::nullopt, 3.0));
  EXPECT_THAT(Numbers(*Cells(arrow::float64(), "[]")), ElementsAre());
}

// NaN stands for null; a NaN of the input has to stay an anomaly.
TEST(ReadNumbers, ANotANumberThatWasGivenIsInfiniteNotNull) {
  const std::string cells = R"(["NaN", null, "-nan", "1"])";
  for (const auto& type : {arrow::utf8(), arrow::dictionary(arrow::int8(), arrow::utf8())}) {
    EXPECT_THAT(Numbers(*Cells(type, cells)), ElementsAre(kInfinity, std::nullopt, kInfinity, 1.0)) << *type;
  }
  const double nan = std::nan("");
  arrow::DoubleBuilder builder;
  ASSERT_TRUE(builder.AppendValues({nan, nan, 1}, {true, false, true}).ok());
  EXPECT_THAT(Numbers(*builder.Finish().ValueOrDie()), ElementsAre(kInfinity, std::nullopt, 1.0));
}

TEST(ReadNumbers, ACellThatIsNoNumberIsNamedByRowAndText) {
  const CellError error = NumberError(*Cells(arrow::utf8(), R"(["1", null, "2 cores", "x"])"));
  EXPECT_EQ(error.row, 2);
  EXPECT_THAT(error.what, HasSubstr("'2 cores' is not a number"));
  EXPECT_LT(NumberError(*Cells(arrow::utf8(), "[\"" + std::string(5000, 'x') + "\"]")).what.size(), 200u);
}

TEST(ReadNumbers, ADictionaryEntryThatIsNoNumberIsNamedByTheFirstRowThatUsesIt) {
  const auto cells = DictArrayFromJSONString(arrow::dictionary(arrow::int32(), arrow::utf8()), "[2, 2, 1, 0]",
                                             R"(["x", "y", "1"])")
                         .ValueOrDie();
  EXPECT_EQ(NumberError(*cells).row, 2);
  EXPECT_THAT(NumberError(*cells).what, HasSubstr("'y'"));
}

TEST(ReadNumbers, ADictionaryEntryThatNoRowUsesIsNoError) {
  const auto cells = DictArrayFromJSONString(arrow::dictionary(arrow::int32(), arrow::utf8()), "[1, null, 0]",
                                             R"(["x", "1"])")
                         .ValueOrDie();
  EXPECT_THAT(Numbers(*cells->Slice(0, 2)), ElementsAre(1.0, std::nullopt));
}

TEST(ReadTimes, TimestampsOfEveryUnitWithAndWithoutAZone) {
  for (const char* zone : {"", "UTC", "+02:00"}) {
    for (const auto unit :
         {arrow::TimeUnit::SECOND, arrow::TimeUnit::MILLI, arrow::TimeUnit::MICRO, arrow::TimeUnit::NANO}) {
      const auto cells =
          ArrayFromJSONString(arrow::timestamp(unit), R"(["2024-02-29 13:00:00", "1969-12-31"])");
      const auto zoned = (*cells)->View(arrow::timestamp(unit, zone)).ValueOrDie();
      EXPECT_THAT(Times(*zoned), ElementsAre(Micros(2024, 2, 29, 13), Micros(1969, 12, 31)))
          << *zoned->type();
    }
  }
}

TEST(ReadTimes, NanosecondsRoundDownOnBothSidesOfTheEpoch) {
  EXPECT_THAT(Times(*Cells(arrow::timestamp(arrow::TimeUnit::NANO), "[1999, -1]")), ElementsAre(1, -1));
}

TEST(ReadTimes, DatesAreMidnight) {
  EXPECT_THAT(Times(*Cells(arrow::date32(), "[-1, 19782]")),
              ElementsAre(Micros(1969, 12, 31), Micros(2024, 2, 29)));
  EXPECT_THAT(Times(*Cells(arrow::date64(), "[1709164800000]")), ElementsAre(Micros(2024, 2, 29)));
}

TEST(ReadTimes, TextsOfOperatorsAndIsoPlainOrInADictionary) {
  const char* json =
      R"(["2024-02-29 13:00:00 +0000 UTC", "2024-02-29 13:00:00 +0000 UTC", "2024-03-01T00:00:00Z"])";
  for (const auto& type : {arrow::utf8(), arrow::large_utf8(), arrow::binary(), arrow::utf8_view(),
                           arrow::dictionary(arrow::int32(), arrow::utf8())}) {
    EXPECT_THAT(Times(*Cells(type, json)),
                ElementsAre(Micros(2024, 2, 29, 13), Micros(2024, 2, 29, 13), Micros(2024, 3, 1)))
        << *type;
  }
}

TEST(ReadTimes, ANullIsAnErrorThatNamesItsRow) {
  EXPECT_EQ(TimeError(*Cells(arrow::timestamp(arrow::TimeUnit::MICRO), "[1, null]")).row, 1);
  EXPECT_EQ(TimeError(*Cells(arrow::utf8(), R"(["2024-02-29", "2024-02-29", null])")).row, 2);
  EXPECT_EQ(TimeError(*Cells(arrow::null(), "[null]")).what, "is null");
  const auto of_null = DictArrayFromJSONString(arrow::dictionary(arrow::int32(), arrow::utf8()), "[1, 0]",
                                               R"([null, "2024-02-29"])");
  EXPECT_EQ(TimeError(**of_null).row, 1);
  EXPECT_EQ(TimeError(**of_null).what, "is null");
}

TEST(ReadTimes, DatesThatDoNotExistAreErrorsThatQuoteThem) {
  for (const char* text :
       {"2025-02-29 00:00:00 +0000 UTC", "2025-11-31", "2025-00-10", "", "tomorrow", "1764547200"}) {
    const CellError error =
        TimeError(*Cells(arrow::utf8(), std::string("[\"2025-11-01\", \"") + text + "\"]"));
    EXPECT_EQ(error.row, 1) << text;
    EXPECT_THAT(error.what, HasSubstr(std::string("'") + text + "' is not a timestamp"));
  }
}

TEST(ReadTimes, InstantsOutsideTheCalendarAreErrorsNotWrapped) {
  const int64_t largest = std::numeric_limits<int64_t>::max();
  const std::string json = "[0, " + std::to_string(largest) + "]";
  for (const auto& type :
       {arrow::timestamp(arrow::TimeUnit::SECOND), arrow::timestamp(arrow::TimeUnit::MILLI),
        arrow::timestamp(arrow::TimeUnit::MICRO)}) {
    EXPECT_EQ(TimeError(*Cells(type, json)).row, 1) << *type;
    EXPECT_THAT(TimeError(*Cells(type, json)).what, HasSubstr("outside the years 1 to 9999"));
  }
  EXPECT_EQ(TimeError(*Cells(arrow::date32(), "[2932897]")).row, 0) << "the first day of the year 10000";
}

TEST(ReadTimes, ADateFarOutsideTheCalendarIsAnErrorNotWrapped) {
  // 2^64 microseconds and twenty thousand days
  EXPECT_EQ(TimeError(*Cells(arrow::date32(), "[213523982]")).row, 0);
}

TEST(CellTypes, WhatCannotBeReadIsTold) {
  for (const auto& type :
       {arrow::boolean(), arrow::list(arrow::int64()), arrow::time32(arrow::TimeUnit::SECOND),
        arrow::duration(arrow::TimeUnit::SECOND), arrow::fixed_size_binary(8),
        arrow::dictionary(arrow::int32(), arrow::boolean()), arrow::struct_({})}) {
    EXPECT_FALSE(IsNumberType(*type)) << *type;
    EXPECT_FALSE(IsTimeType(*type)) << *type;
    EXPECT_FALSE(IsTextType(*type)) << *type;
  }
  EXPECT_FALSE(IsNumberType(*arrow::timestamp(arrow::TimeUnit::SECOND)));
  EXPECT_FALSE(IsTimeType(*arrow::int64())) << "of which unit?";
  EXPECT_FALSE(IsTextType(*arrow::int64()));
}

}  // namespace
}  // namespace costream
