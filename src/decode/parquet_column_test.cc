#include "decode/parquet_column.h"

#include <gmock/gmock.h>
#include <parquet/exception.h>

#include <cmath>
#include <limits>

#include "decode/test_column_file.h"

namespace costream {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

using ParquetColumnTest = ColumnFileTest;

// Five texts, the empty one among them.
std::vector<MaybeText> Texts(const std::function<bool(int64_t)>& null) {
  std::vector<MaybeText> texts;
  for (int64_t row = 0; row < kRows; ++row) {
    const int64_t number = row * 7 % 30;
    texts.push_back(null(row) ? MaybeText() : number == 0 ? "" : "text " + std::to_string(number));
  }
  return texts;
}

class TextLayouts : public ColumnFileTest, public testing::WithParamInterface<Layout> {};

TEST_P(TextLayouts, GiveTheTextsInBatchesOfAnySize) {
  for (const auto& [nulls, null] : kNulls) {
    const auto expected = Texts(null);
    Save("namespace", Build(arrow::StringBuilder(), expected), GetParam());
    for (const int64_t batch_rows : {int64_t{1}, int64_t{13}, int64_t{100}, kRows}) {
      std::vector<MaybeText> texts;
      const auto status = ReadAllRows(batch_rows, Wanting(TextField::kNamespace), [&](const auto& batch) {
        for (auto& text : TextsOf(batch, TextField::kNamespace)) texts.push_back(std::move(text));
      });
      ASSERT_TRUE(status.ok()) << status;
      EXPECT_TRUE(texts == expected) << "nulls: " << nulls << ", batches of " << batch_rows;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Pages, TextLayouts,
    testing::Values(Layout{"Dictionary", {}}, Layout{"Mixed", {}, 100}, Layout{"Plain", Encoding::PLAIN},
                    Layout{"DeltaLength", Encoding::DELTA_LENGTH_BYTE_ARRAY},
                    Layout{"DeltaBytes", Encoding::DELTA_BYTE_ARRAY},
                    Layout{"DictionaryV2", {}, 1 << 20, parquet::ParquetDataPageVersion::V2},
                    Layout{"MixedV2", {}, 100, parquet::ParquetDataPageVersion::V2}),
    [](const auto& test) { return test.param.name; });

TEST_F(ParquetColumnTest, TheLayoutsOfTheseTestsAreWhatTheyAreCalled) {
  const auto texts = Build(arrow::StringBuilder(), Texts(kNulls[0].second));
  Save("namespace", texts, {"Dictionary", {}});
  EXPECT_GT(Pages(Encoding::RLE_DICTIONARY), 10);
  EXPECT_EQ(Pages(Encoding::PLAIN), 0);
  Save("namespace", texts, {"Mixed", {}, 100});
  EXPECT_GT(Pages(Encoding::RLE_DICTIONARY), 0);
  EXPECT_GT(Pages(Encoding::PLAIN), 10);
}

TEST_F(ParquetColumnTest, ARequiredColumnHasNoNulls) {
  const auto expected = Texts(kNulls[0].second);
  for (const Layout& layout : {Layout{"Dictionary", {}}, Layout{"Plain", Encoding::PLAIN}}) {
    Save("namespace", Build(arrow::StringBuilder(), expected), layout, /*nullable=*/false);
    std::vector<MaybeText> texts;
    ASSERT_TRUE(ReadAllRows(30, Wanting(TextField::kNamespace), [&](const auto& batch) {
                  for (auto& text : TextsOf(batch, TextField::kNamespace)) texts.push_back(std::move(text));
                }).ok());
    EXPECT_TRUE(texts == expected) << layout.name;
  }
}

TEST_F(ParquetColumnTest, ADictionaryOfTheFileStaysOneAndOutlivesItsReader) {
  Save("namespace", Build(arrow::StringBuilder(), Texts(kNulls[1].second)), {"Dictionary", {}});
  std::vector<std::shared_ptr<const TextDictionary>> dictionaries;
  ASSERT_TRUE(ReadAllRows(50, Wanting(TextField::kNamespace), [&](const auto& batch) {
                dictionaries.push_back(batch.dictionaries[static_cast<size_t>(TextField::kNamespace)]);
              }).ok());
  ASSERT_EQ(dictionaries.size(), 10u);
  for (const auto& dictionary : dictionaries) EXPECT_EQ(dictionary, dictionaries[0]);
  EXPECT_EQ(dictionaries[0]->texts.size(), 21u) << "20 texts and null";
  column_.reset();
  decoder_.reset();
  group_.reset();
  file_.reset();
  std::vector<std::string> texts(dictionaries[0]->texts.begin(), dictionaries[0]->texts.end());
  EXPECT_THAT(texts, testing::Contains("text 29"));
}

// Label dictionaries can be tens of MiB.
TEST_F(ParquetColumnTest, ADictionaryPageIsInMemoryOnce) {
  constexpr int64_t kTextBytes = 10'000;
  std::vector<MaybeText> texts;
  for (int64_t row = 0; row < kRows; ++row) {
    texts.emplace_back(std::to_string(row) + std::string(kTextBytes, 'x'));
  }
  Save("namespace", Build(arrow::StringBuilder(), texts), {"Dictionary", {}, 16 << 20});
  const int64_t before = arrow::default_memory_pool()->bytes_allocated();
  int64_t most = 0;
  ASSERT_TRUE(ReadAllRows(50, Wanting(TextField::kNamespace), [&](const auto&) {
                most = std::max(most, arrow::default_memory_pool()->bytes_allocated() - before);
              }).ok());
  EXPECT_GE(most, kRows * kTextBytes);
  EXPECT_LT(most, kRows * kTextBytes * 3 / 2);
}

template <typename Builder>
void FillMeasure(Builder* builder, const std::function<bool(int64_t)>& null,
                 std::vector<MaybeNumber>* expected) {
  expected->clear();
  for (int64_t row = 0; row < kRows; ++row) {
    const int number = static_cast<int>(row * 7 % 30) - 3;
    EXPECT_TRUE((null(row) ? builder->AppendNull()
                           : builder->Append(static_cast<typename Builder::value_type>(number)))
                    .ok());
    expected->push_back(null(row) ? MaybeNumber() : MaybeNumber(number));
  }
}

class MeasureLayouts : public ColumnFileTest, public testing::WithParamInterface<Layout> {
 protected:
  template <typename Builder>
  void ExpectNumbers() {
    for (const auto& [nulls, null] : kNulls) {
      Builder builder;
      std::vector<MaybeNumber> expected;
      FillMeasure(&builder, null, &expected);
      Save(kMeasureName, builder.Finish().ValueOrDie(), GetParam());
      for (const int64_t batch_rows : {int64_t{7}, kRows}) {
        std::vector<MaybeNumber> numbers;
        const auto status = ReadAllRows(batch_rows, Wanting(Measure::kClaimUsage), [&](const auto& batch) {
          for (const auto& number : NumbersOf(batch, Measure::kClaimUsage)) numbers.push_back(number);
        });
        ASSERT_TRUE(status.ok()) << status;
        EXPECT_TRUE(numbers == expected) << *type_ << ", nulls: " << nulls;
      }
    }
  }
};

TEST_P(MeasureLayouts, GiveTheNumbersOfEveryType) {
  ExpectNumbers<arrow::DoubleBuilder>();
  ExpectNumbers<arrow::FloatBuilder>();
  ExpectNumbers<arrow::Int32Builder>();
  ExpectNumbers<arrow::Int64Builder>();
}

INSTANTIATE_TEST_SUITE_P(
    Pages, MeasureLayouts,
    testing::Values(Layout{"Dictionary", {}}, Layout{"Mixed", {}, 40}, Layout{"Plain", Encoding::PLAIN},
                    Layout{"Split", Encoding::BYTE_STREAM_SPLIT},
                    Layout{"PlainV2", Encoding::PLAIN, 0, parquet::ParquetDataPageVersion::V2}),
    [](const auto& test) { return test.param.name; });

TEST_F(ParquetColumnTest, ANotANumberIsInfiniteNotNull) {
  const std::vector<std::optional<double>> values = {1, std::nan(""), std::nullopt, -std::nan("")};
  Save(kMeasureName, Build(arrow::DoubleBuilder(), values), {"Plain", Encoding::PLAIN});
  std::vector<MaybeNumber> numbers;
  ASSERT_TRUE(ReadAllRows(4, Wanting(Measure::kClaimUsage), [&](const auto& batch) {
                numbers = NumbersOf(batch, Measure::kClaimUsage);
              }).ok());
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  EXPECT_THAT(numbers, ElementsAre(1.0, kInfinity, std::nullopt, kInfinity));
}

// Of timestamps in that unit.
std::shared_ptr<arrow::Array> Times(arrow::TimeUnit::type unit,
                                    const std::vector<std::optional<int64_t>>& values) {
  arrow::TimestampBuilder builder(arrow::timestamp(unit, "UTC"), arrow::default_memory_pool());
  for (const auto& value : values) {
    EXPECT_TRUE((value ? builder.Append(*value) : builder.AppendNull()).ok());
  }
  return builder.Finish().ValueOrDie();
}

TEST_F(ParquetColumnTest, TimesOfEveryUnitBecomeMicroseconds) {
  for (const auto& [unit, per_micro, micros_per] :
       {std::tuple(arrow::TimeUnit::MILLI, 1, 1000), std::tuple(arrow::TimeUnit::MICRO, 1, 1),
        std::tuple(arrow::TimeUnit::NANO, 1000, 1)}) {
    std::vector<std::optional<int64_t>> values;
    std::vector<int64_t> expected, micros;
    for (int64_t row = 0; row < 100; ++row) {
      values.emplace_back((row / 20 - 2) * per_micro);  // before the epoch too, and repeated
      expected.push_back((row / 20 - 2) * micros_per);
    }
    Save("interval_start", Times(unit, values), {"Dictionary", {}});
    ASSERT_TRUE(ReadAllRows(30, Wanting(), [&](const auto& batch) {
                  micros.insert(micros.end(), batch.time_micros.begin(), batch.time_micros.end());
                }).ok());
    EXPECT_EQ(micros, expected) << *type_;
  }
}

TEST_F(ParquetColumnTest, ATimeThatCannotBeIsNamedByItsRow) {
  std::vector<std::optional<int64_t>> values(100, 5);
  values[47] = std::numeric_limits<int64_t>::max();
  Save("interval_start", Times(arrow::TimeUnit::MICRO, values), {"Plain", Encoding::PLAIN});
  EXPECT_THAT(ReadAllRows(30, Wanting(), [](const auto&) {}).message(),
              HasSubstr("row 47: column 'interval_start': is outside the years 1 to 9999"));
  values[47] = 5;
  values[33] = std::nullopt;
  Save("interval_start", Times(arrow::TimeUnit::MICRO, values), {"Plain", Encoding::PLAIN});
  EXPECT_THAT(ReadAllRows(30, Wanting(), [](const auto&) {}).message(),
              HasSubstr("row 33: column 'interval_start': is null"));
}

TEST_F(ParquetColumnTest, TypesThatNeedArrowAreLeftToIt) {
  const auto array = [](const std::shared_ptr<arrow::DataType>& type) {
    return arrow::MakeArrayOfNull(type, 3).ValueOrDie();
  };
  const DecodeOptions options = Wanting(TextField::kNamespace, Measure::kClaimUsage);
  for (const auto& type : {arrow::utf8(), arrow::decimal128(9, 2), arrow::uint32(), arrow::int8()}) {
    Save(kMeasureName, array(type), {"Dictionary", {}});
    EXPECT_EQ(Open(options), nullptr) << *type;
  }
  for (const auto& type : {arrow::date32(), arrow::utf8()}) {
    Save("interval_start", array(type), {"Dictionary", {}});
    EXPECT_EQ(Open(options), nullptr) << *type;
  }
  Save("namespace", array(arrow::utf8()), {"Dictionary", {}});
  type_ = arrow::dictionary(arrow::int32(), arrow::utf8());  // as a stored Arrow schema may say
  EXPECT_EQ(Open(options), nullptr);
  type_ = arrow::utf8();
  EXPECT_NE(Open(options), nullptr);
}

TEST_F(ParquetColumnTest, AColumnThatEndsBeforeTheRowGroupIsAnError) {
  for (const Layout& layout : {Layout{"Dictionary", {}}, Layout{"Plain", Encoding::PLAIN}}) {
    Save("namespace", Build(arrow::StringBuilder(), Texts(kNulls[1].second)), layout);
    ParquetColumn* column = Open(Wanting(TextField::kNamespace));
    decoder_->Begin(kRows + 1, 0, &batch_);
    EXPECT_THAT(column->Read(kRows + 1, &batch_).message(),
                HasSubstr("column 'namespace' ends before the row group"));
  }
}

// Flips bits of each byte of the pages in turn: among others, pages have fewer values than their levels tell.
class DamagedColumn : public ColumnFileTest, public testing::WithParamInterface<Layout> {
 protected:
  template <typename Rows>
  void ExpectAnErrorOrRows(const DecodeOptions& options, Rows rows_of) {
    const std::string bytes = Contents(Path("x.parquet"));
    const auto end = static_cast<size_t>(EndOfPages());
    for (size_t at = 4; at < end; ++at) {
      for (const int mask : {0x01, 0x02, 0x06, 0x80, 0xFF}) {
        std::string damaged = bytes;
        damaged[at] = static_cast<char>(damaged[at] ^ mask);
        Write("x.parquet", damaged);
        size_t rows = 0;
        try {
          const auto status =
              ReadAllRows(40, options, [&](const UsageBatch& batch) { rows = rows_of(batch).size(); });
          EXPECT_EQ(rows, status.ok() ? 40u : 0u) << at;
        } catch (const parquet::ParquetException&) {
          EXPECT_EQ(rows, 0u) << at;
        }
      }
    }
  }
};

class DamagedNumbers : public DamagedColumn {};
class DamagedTexts : public DamagedColumn {};

TEST_P(DamagedNumbers, AreAnErrorOrRowsAndReachNoOtherMemory) {
  std::vector<std::optional<int64_t>> values;
  values.reserve(40);
  for (int64_t row = 0; row < 40; ++row) values.push_back(row % 2 ? std::optional(row) : std::nullopt);
  Save(kMeasureName, Build(arrow::Int64Builder(), values), GetParam());
  ExpectAnErrorOrRows(Wanting(Measure::kClaimUsage),
                      [](const auto& batch) { return NumbersOf(batch, Measure::kClaimUsage); });
}

TEST_P(DamagedTexts, AreAnErrorOrRowsAndReachNoOtherMemory) {
  auto texts = Texts(kNulls[1].second);
  texts.resize(40);
  Save("namespace", Build(arrow::StringBuilder(), texts), GetParam());
  ExpectAnErrorOrRows(Wanting(TextField::kNamespace),
                      [](const auto& batch) { return TextsOf(batch, TextField::kNamespace); });
}

INSTANTIATE_TEST_SUITE_P(Pages, DamagedNumbers,
                         testing::Values(Layout{"Dictionary", {}}, Layout{"Plain", Encoding::PLAIN},
                                         Layout{"Delta", Encoding::DELTA_BINARY_PACKED},
                                         Layout{"Split", Encoding::BYTE_STREAM_SPLIT}),
                         [](const auto& test) { return test.param.name; });
INSTANTIATE_TEST_SUITE_P(
    Pages, DamagedTexts,
    testing::Values(Layout{"Dictionary", {}},
                    Layout{"DictionaryV2", {}, 1 << 20, parquet::ParquetDataPageVersion::V2},
                    Layout{"Plain", Encoding::PLAIN},
                    Layout{"DeltaLength", Encoding::DELTA_LENGTH_BYTE_ARRAY},
                    Layout{"DeltaBytes", Encoding::DELTA_BYTE_ARRAY}),
    [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace costream
