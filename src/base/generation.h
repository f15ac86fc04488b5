// Numbers that tell apart everything of this process whose ids end: a dictionary, a pool of texts.
#pragma once

#include <atomic>
#include <cstdint>

namespace costream {

// Never 0, never twice.
inline uint64_t NextGeneration() {
  static std::atomic<uint64_t> last{0};
  return ++last;
}

}  // namespace costream
