#include "decode/text_column.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace costream {
namespace {

using testing::ElementsAre;

std::vector<uint32_t> Codes(TextColumn* column, const std::vector<std::string_view>& texts) {
  std::vector<uint32_t> codes(texts.size());
  column->InternAll(texts, codes.data());
  return codes;
}

uint32_t CodeOf(TextColumn* column, std::string_view text) { return Codes(column, {text})[0]; }

TEST(TextColumn, EqualTextsHaveOneCodeAndNullIsZero) {
  TextColumn column(TextField::kNode);
  const auto codes = Codes(&column, {"a", "", "a", "b"});
  EXPECT_EQ(codes[0], codes[2]);
  EXPECT_EQ(CodeOf(&column, "b"), codes[3]);
  for (const uint32_t code : codes) EXPECT_NE(code, StringPool::kNull) << "the empty text is not null";
  const TextDictionary& dictionary = *column.dictionary();
  EXPECT_EQ(dictionary.texts.size(), 4u);
  EXPECT_EQ(dictionary.texts[codes[1]], "");
  EXPECT_EQ(dictionary.texts[codes[3]], "b");
  EXPECT_TRUE(dictionary.repaired.empty());
}

// What a batch holds keeps its meaning while later batches are read.
TEST(TextColumn, ADictionaryGrowsWithoutChangingItsCodes) {
  TextColumn column(TextField::kNode);
  const auto dictionary = column.dictionary();
  const uint32_t a = CodeOf(&column, "a");
  for (int i = 0; i < 10'000; ++i) CodeOf(&column, "text-" + std::to_string(i));
  column.Renew();
  EXPECT_EQ(CodeOf(&column, "a"), a);
  EXPECT_EQ(column.dictionary(), dictionary) << "not yet too large";
  EXPECT_EQ(dictionary->texts[a], "a");
}

TEST(TextColumn, PastABoundANewDictionaryBegins) {
  TextColumn many(TextField::kNode), large(TextField::kPodLabels);
  for (int i = 0; i < 70'000; ++i) CodeOf(&many, std::to_string(i));
  for (int i = 0; i < 5; ++i) CodeOf(&large, std::string(1 << 20, static_cast<char>('a' + i)));
  for (TextColumn* column : {&many, &large}) {
    const auto before = column->dictionary();
    const std::string first(before->texts[1]);
    column->Renew();
    EXPECT_NE(column->dictionary()->generation, before->generation);
    EXPECT_EQ(column->dictionary()->texts.size(), 1u);
    EXPECT_EQ(column->dictionary()->texts[CodeOf(column, "new")], "new");
    EXPECT_EQ(before->texts[1], first) << "the former holds as long as a batch has it";
  }
}

TEST(TextColumn, EveryDictionaryHasAGenerationOfItsOwn) {
  TextColumn a(TextField::kNode), b(TextField::kNode);
  EXPECT_NE(a.dictionary()->generation, b.dictionary()->generation);
  const uint64_t before = a.dictionary()->generation;
  a.Adopt(std::vector<std::string_view>{"x"}, nullptr);
  EXPECT_NE(a.dictionary()->generation, before);
}

TEST(TextColumn, AnAdoptedDictionaryKeepsItsOrderAndItsBytes) {
  auto page = std::make_shared<std::vector<std::string>>(
      std::vector<std::string>{"b", "", "a", "b", "a text too long to stand inside the string"});
  TextColumn column(TextField::kNode);
  column.Adopt(std::vector<std::string_view>(page->begin(), page->end()), page);
  const std::weak_ptr<std::vector<std::string>> bytes = page;
  page.reset();
  auto dictionary = column.dictionary();
  column.Adopt({}, nullptr);
  EXPECT_THAT(dictionary->texts,
              ElementsAre("", "b", "", "a", "b", "a text too long to stand inside the string"));
  dictionary.reset();
  EXPECT_TRUE(bytes.expired());
}

TEST(TextColumn, TextThatIsNoUtf8IsRepairedAndMarked) {
  TextColumn interned(TextField::kNode), adopted(TextField::kNode);
  Codes(&interned, {"fine", "n\xFF", "also fine", std::string_view("\0", 1)});
  CodeOf(&interned, "fine too");
  adopted.Adopt(
      std::vector<std::string_view>{"fine", "n\xFF", "also fine", std::string_view("\0", 1), "fine too"},
      nullptr);
  for (const TextColumn* column : {&interned, &adopted}) {
    const TextDictionary& dictionary = *column->dictionary();
    EXPECT_THAT(dictionary.texts, ElementsAre("", "fine", "n\uFFFD", "also fine", "\uFFFD", "fine too"));
    EXPECT_THAT(dictionary.repaired, ElementsAre(0, 0, 1, 0, 1, 0));
  }
}

TEST(TextColumn, LabelsStayAsTheyAreButTellWhetherTheyNeedRepair) {
  TextColumn column(TextField::kPodLabels);
  Codes(&column, {"label_a:b", "label_a:\xFF", R"({"a":"\ud800"})", R"({"a":"\u00e9"})"});
  const TextDictionary& dictionary = *column.dictionary();
  EXPECT_THAT(dictionary.texts,
              ElementsAre("", "label_a:b", "label_a:\xFF", R"({"a":"\ud800"})", R"({"a":"\u00e9"})"));
  EXPECT_THAT(dictionary.repaired, ElementsAre(0, 0, 1, 1, 0));
}

}  // namespace
}  // namespace costream
