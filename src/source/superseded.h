// Which rows of a day count where a day comes again and again (spec: "Superseded data"). Facts only: whether
// they are of a payload's manifest, a Parquet footer or the metadata of an object makes no difference.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/date.h"
#include "source/layout.h"

namespace costream {

// What one file holds of one day of a table. REQUIRES: at least one row of it.
struct Offer {
  Table table;
  Day day = 0;
  std::string id;     // of the payload or manifest; what has one id is one delivery
  bool whole = true;  // the whole day so far, so that one such delivery counts; else it adds to others
  int hours = 0;      // of the day that it covers; of a delivery the most that an offer of it says
  std::optional<int64_t> date_micros;  // of the manifest; none is before any other
};

// By offer: whether it counts. Of a table and day that is the whole delivery of the most hours, of equals the
// latest, then that of the greatest id; where there is none, all that add.
std::vector<bool> Counting(const std::vector<Offer>& offers);

// The hours of the day that lie in [start, end), begun ones as whole ones.
int HoursOf(int64_t start_micros, int64_t end_micros, Day day);

// Integers come first and compare as such, all else as text: a total order.
bool IdLess(std::string_view a, std::string_view b);

// What the key-value metadata of a Parquet footer or an object say of it.
struct DeliveryFacts {
  std::string id;
  Day day = 0;
  int hours = 0;
  std::optional<int64_t> date_micros;
};

inline constexpr std::string_view kManifestIdKey = "manifestid";
inline constexpr std::string_view kReportDateKey = "reportdatestart";
inline constexpr std::string_view kReportHoursKey = "reportnumhours";
inline constexpr std::string_view kManifestDateKey =
    "manifestdate";  // costream's own: decides between equal hours

// Nothing where one of the first three keys is missing or cannot be used: such a file counts whatever else
// there is.
std::optional<DeliveryFacts> ReadDelivery(
    const std::function<std::optional<std::string>(std::string_view key)>& value_of);

}  // namespace costream
