// A set of labels: made once, compared and interned as text, printed as canonical JSON (spec: "Labels").
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace costream {

// A set is its own canonical encoding: the labels sorted by key (UTF-8 bytes), each as two 32-bit
// lengths, the key and the value; a bit of the first length tells that JSON takes both as they are. Equal
// sets are equal strings, so that a set can be interned like any other text. The empty set is the empty
// string.
using LabelSet = std::string;
using Label = std::pair<std::string_view, std::string_view>;  // key, value

// The set of labels in order of arrival, of which the last one of a key counts. Sorts the list.
LabelSet MakeLabelSet(std::vector<Label>* labels);

// Whether the bytes are a set: what comes from outside may hold anything. All else here takes sets only.
bool IsLabelSet(std::string_view bytes);

// Compact JSON with sorted keys: {"app":"echo"}; the empty set is {}.
std::string LabelJson(std::string_view set);
// The JSON of the sets merged, appended: where several have a key, the last one wins.
// REQUIRES: at most kMostMerged sets.
void AppendMergedJson(std::span<const std::string_view> sets, std::string* out);
inline constexpr size_t kMostMerged = 4;

// The text as a JSON string, quoted and escaped, appended.
void AppendJsonString(std::string_view text, std::string* out);

}  // namespace costream
