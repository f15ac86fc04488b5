#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace costream {

// SplitMix64 (Steele, Lea, Flood 2014). The same numbers on every platform, unlike the distributions of
// <random>.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  uint64_t Next() {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }

  // Uniform in [0, n). REQUIRES: 0 < n < 2^32. The bias of the multiplication is below 2^-32 * n.
  uint64_t Below(uint64_t n) { return ((Next() >> 32) * n) >> 32; }

  // Uniform in [0, 1).
  double Unit() { return static_cast<double>(Next() >> 11) * 0x1p-53; }

  bool Chance(double probability) { return Unit() < probability; }

  template <typename T, size_t N>
  const T& Pick(const T (&items)[N]) {
    return items[Below(N)];
  }

  // `length` characters of `alphabet`.
  std::string Text(std::string_view alphabet, size_t length) {
    std::string text(length, ' ');
    for (char& c : text) c = alphabet[Below(alphabet.size())];
    return text;
  }

 private:
  uint64_t state_;
};

}  // namespace costream
