// Order-independent sums of doubles: fixed point in 128-bit integers (docs/decisions/0002).
//
// A FixedSum<kBits> holds a multiple of 2^-kBits. Adding rounds each addend to that grid (half to even),
// after which addition is exact and associative, so any order of addends gives the same bits. Every operation
// returns false where the sum leaves the range (|sum| >= 2^(127-kBits)); the owner remembers that and fails,
// so that it is never a wrong number.
#pragma once

#include <cmath>
#include <cstdint>

namespace costream {

using int128 = __int128;

template <int kBits>
class FixedSum {
 public:
  // REQUIRES: value is finite.
  [[nodiscard]] bool Add(double value) {
    const double scaled = value * kScale;
    if (std::fabs(scaled) < 9.0e18) [[likely]] {
      return AddRaw(std::llrint(scaled));
    }
    // At this size a double is an integer, so the conversion is exact.
    return std::fabs(scaled) < 0x1p127 && AddRaw(static_cast<int128>(scaled));
  }

  [[nodiscard]] bool Add(const FixedSum& other) { return AddRaw(other.raw_); }
  [[nodiscard]] bool Subtract(const FixedSum& other) {
    return !__builtin_sub_overflow(raw_, other.raw_, &raw_);
  }

  // In units of 2^-kBits, to be kept elsewhere meanwhile.
  int128 raw() const { return raw_; }
  static FixedSum FromRaw(int128 raw) {
    FixedSum sum;
    sum.raw_ = raw;
    return sum;
  }

  // The sum, rounded once to double.
  double ToDouble() const { return static_cast<double>(raw_) / kScale; }
  bool operator==(const FixedSum& other) const = default;

 private:
  static constexpr double kScale = static_cast<double>(int64_t{1} << kBits);

  bool AddRaw(int128 addend) { return !__builtin_add_overflow(raw_, addend, &raw_); }

  int128 raw_ = 0;
};

// Core-seconds on a grid of 2^-44 (range 9e24), byte-seconds on one of 2^-16 (range 2e33).
using CpuSum = FixedSum<44>;
using ByteSum = FixedSum<16>;

}  // namespace costream
