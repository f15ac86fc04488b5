// The page: one HTML file with all that it needs inside.
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace costream {

// Before and after the data.
std::array<std::string_view, 2> PageParts();

// JSON as it may stand inside a page: no text of it can end the script element that holds it.
std::string EmbeddableJson(std::string_view json);

}  // namespace costream
