#include "decode/text_column.h"

#include "base/generation.h"
#include "base/utf8.h"
#include "model/labels.h"

namespace costream {
namespace {

constexpr uint32_t kDictionaryEntries = 1u << 16;  // a dictionary past either bound is replaced by a new one
constexpr int64_t kDictionaryBytes = int64_t{4} << 20;

bool IsLabels(TextField field) {
  return field == TextField::kPodLabels || field == TextField::kVolumeLabels ||
         field == TextField::kClaimLabels || field == TextField::kNodeLabels ||
         field == TextField::kNamespaceLabels;
}

// Label texts stay as they are here (their parser cleans keys and values); this tells whether they count as
// repaired.
bool LabelsNeedRepair(std::string_view text) {
  if (!IsCleanUtf8(text)) return true;
  if (text.find("\\u") == std::string_view::npos) return false;
  const auto parsed = ParseLabels(text, LabelFilter());
  return parsed.ok() && parsed->repaired;
}

}  // namespace

// A dictionary with what holds its bytes.
struct TextColumn::Texts {
  TextDictionary dictionary;
  StringPool pool;                      // of interned texts
  std::deque<std::string> cleaned;      // repaired texts
  std::shared_ptr<const void> adopted;  // what adopted texts lie in
};

TextColumn::TextColumn(TextField field) : labels_(IsLabels(field)) { Begin(); }

void TextColumn::Begin() {
  texts_ = std::make_shared<Texts>();
  texts_->dictionary.generation = NextGeneration();
  shared_ = std::shared_ptr<const TextDictionary>(texts_, &texts_->dictionary);
}

void TextColumn::Renew() {
  if (texts_->pool.size() > kDictionaryEntries || texts_->pool.bytes() > kDictionaryBytes) Begin();
}

void TextColumn::Add(std::string_view text) {
  TextDictionary& dictionary = texts_->dictionary;
  const bool clean = labels_ ? !LabelsNeedRepair(text) : IsCleanUtf8(text);
  if (!clean && !labels_) text = texts_->cleaned.emplace_back(CleanUtf8(text));
  dictionary.texts.push_back(text);
  if (!clean || !dictionary.repaired.empty()) dictionary.repaired.resize(dictionary.texts.size());
  if (!clean) dictionary.repaired.back() = 1;
}

void TextColumn::AddNewTexts() {
  for (uint32_t id = static_cast<uint32_t>(texts_->dictionary.texts.size()); id < texts_->pool.size(); ++id) {
    Add(texts_->pool.View(id));
  }
}

void TextColumn::InternAll(std::span<const std::string_view> texts, uint32_t* codes) {
  texts_->pool.InternAll(texts, codes);
  AddNewTexts();
}

void TextColumn::Adopt(std::span<const std::string_view> texts, std::shared_ptr<const void> bytes) {
  Begin();
  texts_->adopted = std::move(bytes);
  texts_->dictionary.texts.reserve(texts.size() + 1);
  for (const std::string_view text : texts) Add(text);
}

}  // namespace costream
