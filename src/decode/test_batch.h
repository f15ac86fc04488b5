// What a reader gave, as plain rows, for the tests of readers.
#pragma once

#include <arrow/record_batch.h>
#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/units.h"
#include "decode/usage_batch.h"

namespace costream {

using MaybeText = std::optional<std::string>;
using MaybeNumber = std::optional<double>;

// All days, and the columns that are named.
template <typename... Columns>
DecodeOptions Wanting(Columns... columns) {
  DecodeOptions options;
  (options.columns.Add(columns), ...);
  options.first_day = DayOf(1, 1, 1);
  options.last_day = DayOf(9999, 12, 31);
  return options;
}

inline std::vector<MaybeText> TextsOf(const UsageBatch& batch, TextField field) {
  std::vector<MaybeText> texts;
  const TextDictionary& dictionary = batch.DictionaryOf(field);
  for (const uint32_t code : batch.CodesOf(field)) {
    texts.push_back(code == 0 ? MaybeText() : MaybeText(std::string(dictionary.texts.at(code))));
  }
  return texts;
}

inline std::vector<MaybeNumber> NumbersOf(const UsageBatch& batch, Measure measure) {
  std::vector<MaybeNumber> numbers;
  for (const double value : batch.ValuesOf(measure)) {
    numbers.push_back(std::isnan(value) ? MaybeNumber() : MaybeNumber(value));
  }
  return numbers;
}

// Everything of one stream. Columns that were not asked for are empty.
struct TestRows {
  std::vector<int64_t> time_micros, source_row, batch_rows;
  std::array<std::vector<MaybeText>, kTextFields> texts;
  std::array<std::vector<MaybeNumber>, kMeasures> numbers;
  DecodeCounts counts;

  const std::vector<MaybeText>& operator[](TextField field) const {
    return texts[static_cast<size_t>(field)];
  }
  const std::vector<MaybeNumber>& operator[](Measure measure) const {
    return numbers[static_cast<size_t>(measure)];
  }
};

inline arrow::Result<TestRows> ReadAll(arrow::Result<std::unique_ptr<BatchReader>> opened) {
  ARROW_ASSIGN_OR_RAISE(const auto reader, std::move(opened));
  TestRows all;
  UsageBatch batch;
  for (;;) {
    ARROW_ASSIGN_OR_RAISE(const bool more, reader->Next(&batch));
    if (!more) break;
    EXPECT_EQ(batch.rows, static_cast<int64_t>(batch.time_micros.size()));
    all.batch_rows.push_back(batch.rows);
    const auto append = [](const auto& from, auto* to) { to->insert(to->end(), from.begin(), from.end()); };
    append(batch.time_micros, &all.time_micros);
    for (int64_t row = 0; row < batch.rows; ++row) all.source_row.push_back(batch.SourceRowOf(row));
    for (int i = 0; i < kTextFields; ++i) {
      if (batch.columns.text.test(i)) append(TextsOf(batch, static_cast<TextField>(i)), &all.texts[i]);
    }
    for (int i = 0; i < kMeasures; ++i) {
      if (batch.columns.measures.test(i)) append(NumbersOf(batch, static_cast<Measure>(i)), &all.numbers[i]);
    }
  }
  all.counts = reader->counts();
  return all;
}

}  // namespace costream
