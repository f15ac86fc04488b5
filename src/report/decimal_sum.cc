#include "report/decimal_sum.h"

#include "base/error.h"

namespace costream {
namespace {

int128 PowerOfTen(int exponent) {
  int128 power = 1;
  while (exponent-- > 0) power *= 10;
  return power;
}

}  // namespace

double DecimalSum::ToDouble() const { return static_cast<double>(units_) / 1e15; }

std::string DecimalSum::Text() const {
  const int128 one = PowerOfTen(kDecimalScale);
  const int128 absolute = units_ < 0 ? -units_ : units_;
  std::string text = fmt::format("{}{}", units_ < 0 ? "-" : "", absolute / one);
  std::string fraction = fmt::format("{:015}", static_cast<int64_t>(absolute % one));
  fraction.erase(fraction.find_last_not_of('0') + 1);
  return fraction.empty() ? text : text + '.' + fraction;
}

arrow::Result<int64_t> DecimalSum::Rounded(int places) const {
  const int128 unit = PowerOfTen(kDecimalScale - places);
  const int128 half = units_ < 0 ? -unit / 2 : unit / 2;
  const int128 rounded = (units_ + half) / unit;
  constexpr int128 kExact = int128{1} << 53;
  if (rounded >= kExact || rounded <= -kExact) {
    return InputError("a sum of {} is too large to be shown exactly; the summary holds a wrong measure",
                      Text());
  }
  return static_cast<int64_t>(rounded);
}

}  // namespace costream
