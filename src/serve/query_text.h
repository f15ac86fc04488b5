// The parameters of a URL.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace costream {

// Of "path?a=b&c=d%3De": what follows the first = of a part is its value, so that filter=namespace=web needs
// no escape. Percent escapes and + are decoded; what is no escape stays as it is.
std::multimap<std::string, std::string> QueryParameters(std::string_view target);

}  // namespace costream
