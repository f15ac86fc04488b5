#include "arguments.h"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <limits>

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

// The URI is a word of its own, or follows the flag's =.
void HideWord(char* word) {
  char* const value =
      std::strncmp(word, "--", 2) == 0 && std::strchr(word, '=') ? std::strchr(word, '=') + 1 : word;
  if (IsPostgresTarget(value)) CrossOut(value);
}

}  // namespace

std::vector<std::string> TakeArguments(int argc, char** argv) {
  std::vector<std::string> arguments(argv, argv + argc);
  for (int i = 1; i < argc; ++i) HideWord(argv[i]);
  return arguments;
}

// Linux tells where the words lie, one behind the other, each with its 0.
void HideArguments() {
  std::ifstream stat("/proc/self/stat");
  stat.ignore(std::numeric_limits<std::streamsize>::max(), ')');  // the program's name may hold anything
  std::string field;
  constexpr int kState = 3, kArgStart = 48;  // numbers of fields in proc(5)
  for (int i = kState; i < kArgStart; ++i) stat >> field;
  uintptr_t begin = 0, end = 0;
  if (!(stat >> begin >> end)) return;
  for (char* word = reinterpret_cast<char*>(begin); word < reinterpret_cast<char*>(end);
       word += std::strlen(word) + 1) {
    HideWord(word);
  }
}

}  // namespace costream
