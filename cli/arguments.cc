#include "arguments.h"

#include <algorithm>
#include <cstring>

#include "source/postgres_target.h"

namespace costream {
namespace {

// From the first character after "user:" to the last @, and all parameters.
void CrossOut(char* uri) {
  char* const end = uri + std::strlen(uri);
  char* const slashes = std::strstr(uri, "://");
  if (!slashes) return;
  char* const authority = slashes + 3;
  char* const query = std::find(authority, end, '?');
  std::fill(query == end ? end : query + 1, end, 'x');
  char* at = query;
  while (at > authority && *at != '@') --at;
  char* const colon = std::find(authority, at, ':');
  if (colon < at) std::fill(colon + 1, at, 'x');
}

}  // namespace

std::vector<std::string> TakeArguments(int argc, char** argv) {
  std::vector<std::string> arguments(argv, argv + argc);
  for (int i = 1; i < argc; ++i) {
    // The URI is a word of its own, or follows the flag's =.
    char* const value = std::strncmp(argv[i], "--", 2) == 0 && std::strchr(argv[i], '=')
                            ? std::strchr(argv[i], '=') + 1
                            : argv[i];
    if (IsPostgresTarget(value)) CrossOut(value);
  }
  return arguments;
}

}  // namespace costream
