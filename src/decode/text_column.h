// One text column on its way into batches: texts become codes of a TextDictionary.
//
// A dictionary comes about in two ways. Interned texts get a code each when they first come; past a bound a
// new dictionary begins. A dictionary of the input (a Parquet dictionary page) is adopted whole: code = index
// + 1.
#pragma once

#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/string_pool.h"
#include "decode/usage_batch.h"

namespace costream {

class TextColumn {
 public:
  explicit TextColumn(TextField field);

  // To be called at the start of a batch that interns: begins a new dictionary where the last has grown too
  // large.
  void Renew();
  // codes[i] = that of texts[i].
  void InternAll(std::span<const std::string_view> texts, uint32_t* codes);

  // A dictionary of these texts, which lie in `bytes` and are not copied.
  void Adopt(std::span<const std::string_view> texts, std::shared_ptr<const void> bytes);

  const std::shared_ptr<const TextDictionary>& dictionary() const { return shared_; }

 private:
  struct Texts;
  void Begin();
  void AddNewTexts();
  void Add(std::string_view text);

  const bool labels_;
  std::shared_ptr<Texts> texts_;
  std::shared_ptr<const TextDictionary> shared_;  // of texts_
};

}  // namespace costream
