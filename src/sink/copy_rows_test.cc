#include "sink/copy_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/decimal15.h"
#include "base/error.h"
#include "sink/test_rows.h"

namespace costream {
namespace {

using testing::HasSubstr;

// The field as 16-bit words, length left out: digits, weight, sign, scale, digits of base 10,000.
std::vector<int> Numeric(double value) {
  std::string field;
  AppendCopyNumeric(ToDecimal15(value).value(), &field);
  std::vector<int> words;
  for (size_t i = 4; i + 1 < field.size(); i += 2) {
    words.push_back(
        static_cast<int16_t>(static_cast<uint8_t>(field[i]) << 8 | static_cast<uint8_t>(field[i + 1])));
  }
  EXPECT_EQ(static_cast<uint8_t>(field[3]), field.size() - 4);
  return words;
}

TEST(CopyNumeric, DigitsOfTenThousandWithoutZerosAtTheEnds) {
  EXPECT_EQ(Numeric(0), (std::vector<int>{0, 0, 0, 15}));
  EXPECT_EQ(Numeric(1), (std::vector<int>{1, 0, 0, 15, 1}));
  EXPECT_EQ(Numeric(-1.5), (std::vector<int>{2, 0, 0x4000, 15, 1, 5000}));
  EXPECT_EQ(Numeric(10000), (std::vector<int>{1, 1, 0, 15, 1}));
  EXPECT_EQ(Numeric(12345678.25), (std::vector<int>{3, 1, 0, 15, 1234, 5678, 2500}));
  EXPECT_EQ(Numeric(0.00001), (std::vector<int>{1, -2, 0, 15, 1000}));
}

TEST(CopyNumeric, TheFifteenthPlaceIsKept) {
  EXPECT_EQ(Numeric(1e-15), (std::vector<int>{1, -4, 0, 15, 10}));
  EXPECT_EQ(Numeric(-1e-15), (std::vector<int>{1, -4, 0x4000, 15, 10}));
}

TEST(CopyNumeric, LargestValue) {
  // The greatest double below 10^18.
  EXPECT_EQ(Numeric(999999999999999872.0), (std::vector<int>{5, 4, 0, 15, 99, 9999, 9999, 9999, 9872}));
}

TEST(CopyNumeric, WhereSixtyFourBitsEnd) {
  EXPECT_EQ(Numeric(18446.5), (std::vector<int>{3, 1, 0, 15, 1, 8446, 5000}));
  EXPECT_EQ(Numeric(18447.5), (std::vector<int>{3, 1, 0, 15, 1, 8447, 5000}));
}

class CopyRows : public testing::Test {
 protected:
  // All columns of the summary, of the types that production has.
  static std::vector<CopyType> Types() {
    std::vector<CopyType> types(SummarySchema()->num_fields(), CopyType::kText);
    types[kUuid] = CopyType::kUuid;
    types[kUsageStart] = types[kUsageEnd] = CopyType::kDate;
    types[kPodLabelsColumn] = types[kVolumeLabelsColumn] = types[kAllLabelsColumn] = CopyType::kJsonb;
    types[kCostCategoryId] = CopyType::kInt4;
    types[kReportPeriodId] = CopyType::kInt8;
    for (int i = 0; i < kSummaryMeasures; ++i) types[kFirstMeasure + i] = CopyType::kNumeric;
    return types;
  }
};

TEST_F(CopyRows, FieldsHaveTheirLengthAndBytes) {
  std::string out;
  TestRow row{{{kDataSource, "Pod"}, {kNodeColumn, ""}, {kAllLabelsColumn, "{}"}, {kSourceUuid, "s"}}};
  row.category = 258;
  ASSERT_TRUE(AppendCopyRows(*RowsOf({row}), Types(), &out).ok());
  using std::string_literals::operator""s;
  const std::string null = "\xff\xff\xff\xff";
  EXPECT_TRUE(out.starts_with("\0\x25\0\0\0\x10\x00\x11\x22"s)) << "37 columns, 16 bytes of uuid";
  EXPECT_THAT(out, HasSubstr("\0\0\0\x03Pod\0\0\0\x04\0\0\x22\x79\0\0\0\x04\0\0\x22\x79"s))
      << "2024-02-29 is day 8825 of the epoch of PostgreSQL";
  EXPECT_THAT(out, HasSubstr(null + "\0\0\0\0"s + null)) << "null is not the empty text";
  EXPECT_THAT(out, HasSubstr("\0\0\0\x03\x01{}\0\0\0\x04\0\0\x01\x02"s))
      << "jsonb has a version, then the id";
}

TEST_F(CopyRows, ValuesThatDoNotFitNameTheirColumn) {
  std::string out;
  TestRow large;
  large.category = int64_t{1} << 31;
  EXPECT_THAT(AppendCopyRows(*RowsOf({large}), Types(), &out).message(), HasSubstr("'cost_category_id'"));
  TestRow huge;
  huge.measures[kPodUsageCpuHours] = 1e18;
  const arrow::Status status = AppendCopyRows(*RowsOf({huge}), Types(), &out);
  EXPECT_THAT(status.message(), HasSubstr("'pod_usage_cpu_core_hours'"));
  EXPECT_EQ(KindOf(status), ErrorKind::kInput);
}

TEST_F(CopyRows, ASourceThatIsNoUuidFitsNoColumnOfUuids) {
  std::string out;
  std::vector<CopyType> types = Types();
  types[kSourceUuid] = CopyType::kUuid;
  const TestRow row{.texts = {{kSourceUuid, "cluster-1"}}};
  const arrow::Status status = AppendCopyRows(*RowsOf({row}), types, &out);
  EXPECT_EQ(KindOf(status), ErrorKind::kUsage);
  EXPECT_EQ(Message(status), "column 'source_uuid': 'cluster-1' is no UUID");
}

TEST(ParseUuid, TakesHexDigitsWithDashesBetweenGroups) {
  const auto uuid = ParseUuid("00112233-4455-8677-8899-aAbBcCdDeEfF");
  ASSERT_TRUE(uuid);
  EXPECT_EQ((*uuid)[1], 0x11);
  EXPECT_EQ((*uuid)[15], 0xff);
  EXPECT_EQ(ParseUuid("00112233445586778899aabbccddeeff"), uuid);
  for (const char* text :
       {"", "-", "00112233-4455-8677-8899-aabbccddeef", "00112233-4455-8677-8899-aabbccddeeff0",
        "g0112233-4455-8677-8899-aabbccddeeff", "001-12233-4455-8677-8899-aabbccddeeff"}) {
    EXPECT_FALSE(ParseUuid(text)) << text;
  }
}

}  // namespace
}  // namespace costream
