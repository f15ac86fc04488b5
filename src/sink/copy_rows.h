// Summary rows in the binary form of PostgreSQL's COPY.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/status.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fixed_sum.h"

namespace costream {

// How a column of the table takes its values.
enum class CopyType : uint8_t { kUuid, kText, kJsonb, kDate, kInt4, kInt8, kNumeric };

void AppendCopyHeader(std::string* out);
void AppendCopyTrailer(std::string* out);

// Rows of SummaryBatchSchema(); `types` has one for each of its columns. Usage error where a value does not
// fit its column.
arrow::Status AppendCopyRows(const arrow::RecordBatch& batch, const std::vector<CopyType>& types,
                             std::string* out);

// The field of a numeric, length included: value / 10^15, with 15 places.
void AppendCopyNumeric(int128 value, std::string* out);

// Nothing where the text is no UUID.
std::optional<std::array<uint8_t, 16>> ParseUuid(std::string_view text);

}  // namespace costream
