#include "sink/columns.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/error.h"
#include "sink/test_rows.h"

namespace costream {
namespace {

using testing::AllOf;
using testing::HasSubstr;

// The decimal that a measure becomes, as text; "null" for null.
std::string Decimal(std::optional<double> value) {
  TestRow row;
  if (value) row.measures[kPodUsageCpuHours] = *value;
  const auto batch = WithDecimalMeasures(*RowsOf({row}));
  if (!batch.ok()) return batch.status().ToString();
  const auto& column = static_cast<const arrow::Decimal128Array&>(*(*batch)->column(kFirstMeasure));
  return column.IsNull(0) ? "null" : column.FormatValue(0);
}

TEST(DecimalMeasures, HaveFifteenPlacesRoundedHalfToEven) {
  EXPECT_EQ(Decimal(0.5), "0.500000000000000");
  EXPECT_EQ(Decimal(-1.25), "-1.250000000000000");
  EXPECT_EQ(Decimal(0.1), "0.100000000000000");
  EXPECT_EQ(Decimal(0x1p-16), "0.000015258789062") << "…0625 is halfway: to the even 2";
  EXPECT_EQ(Decimal(0x3p-16), "0.000045776367188") << "…1875 is halfway: to the even 8";
  EXPECT_EQ(Decimal(123456789.0), "123456789.000000000000000");
}

TEST(DecimalMeasures, TinyValuesAndMinusZeroAreZero) {
  for (const double value : {0.0, -0.0, 1e-300, -1e-16, std::numeric_limits<double>::denorm_min()}) {
    EXPECT_EQ(std::stod(Decimal(value)), 0.0) << value;
  }
}

TEST(DecimalMeasures, NullStaysNull) { EXPECT_EQ(Decimal(std::nullopt), "null"); }

TEST(DecimalMeasures, TheLargestThatFitsIsExact) {
  EXPECT_EQ(Decimal(std::nextafter(1e18, 0)), "999999999999999872.000000000000000");
}

TEST(DecimalMeasures, WhatDoesNotFitIsAnErrorThatNamesColumnAndValue) {
  for (const double value : {1e18, -1e18, std::numeric_limits<double>::infinity(), std::nan("")}) {
    TestRow row;
    row.measures[kNodeGibHours] = value;
    const auto batch = WithDecimalMeasures(*RowsOf({row}));
    ASSERT_FALSE(batch.ok()) << value;
    EXPECT_EQ(KindOf(batch.status()), ErrorKind::kInput);
    EXPECT_THAT(Message(batch.status()),
                AllOf(HasSubstr("node_capacity_memory_gigabyte_hours"), HasSubstr("numeric(33,15)")));
  }
}

TEST(DecimalMeasures, OtherColumnsAndTheNumberOfRowsStay) {
  const auto rows = RowsOf({{{{kNodeColumn, "n1"}}}, {{{kNodeColumn, ""}}}, {}});
  const auto batch = WithDecimalMeasures(*rows).ValueOrDie();
  for (int column = kFirstMeasure; column < batch->num_columns(); ++column) {
    EXPECT_TRUE(batch->schema()->field(column)->type()->Equals(DecimalMeasureType())) << column;
  }
  EXPECT_EQ(batch->num_rows(), 3);
  for (int column = 0; column < kFirstMeasure; ++column) {
    EXPECT_TRUE(batch->column(column)->Equals(rows->column(column))) << column;
  }
  EXPECT_EQ(WithDecimalMeasures(*RowsOf({})).ValueOrDie()->num_rows(), 0);
}

TEST(PlainTexts, AreThoseOfTheDictionaries) {
  const auto rows = RowsOf({{{{kNodeColumn, "n1"}}}, {{{kNodeColumn, ""}}}, {}, {{{kNodeColumn, "n1"}}}});
  const auto batch = WithPlainTexts(*rows).ValueOrDie();
  EXPECT_TRUE(batch->schema()->Equals(*SummarySchema()));
  ASSERT_EQ(batch->num_rows(), 4);
  const auto& nodes = static_cast<const arrow::StringArray&>(*batch->column(kNodeColumn));
  EXPECT_EQ(nodes.GetView(0), "n1");
  EXPECT_TRUE(nodes.IsValid(1));
  EXPECT_EQ(nodes.GetView(1), "");
  EXPECT_TRUE(nodes.IsNull(2));
  EXPECT_EQ(nodes.GetView(3), "n1");
  EXPECT_EQ(WithPlainTexts(*RowsOf({})).ValueOrDie()->num_rows(), 0);
}

TEST(PlainTexts, OtherColumnsStay) {
  const auto rows = RowsOf({{{}, {{kClaimGib, 0.5}}}, {}});
  const auto batch = WithPlainTexts(*rows).ValueOrDie();
  for (const int column :
       {int{kUuid}, int{kUsageStart}, int{kCostCategoryId}, int{kFirstMeasure} + kClaimGib}) {
    EXPECT_TRUE(batch->column(column)->Equals(rows->column(column))) << column;
  }
}

}  // namespace
}  // namespace costream
