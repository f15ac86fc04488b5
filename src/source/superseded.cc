#include "source/superseded.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <tuple>

#include "base/units.h"

namespace costream {
namespace {

// The digits of a whole number from its first that is no zero; nothing for other text.
std::optional<std::string_view> Digits(std::string_view text) {
  if (text.empty() || text.find_first_not_of("0123456789") != text.npos) return std::nullopt;
  text.remove_prefix(std::min(text.find_first_not_of('0'), text.size()));
  return text;
}

struct Delivery {
  int hours = 0;
  std::optional<int64_t> date_micros;
};

bool Less(const std::pair<const std::string, Delivery>& a, const std::pair<const std::string, Delivery>& b) {
  const auto rank = [](const Delivery& delivery) { return std::tuple(delivery.hours, delivery.date_micros); };
  if (rank(a.second) != rank(b.second)) return rank(a.second) < rank(b.second);
  return IdLess(a.first, b.first);
}

}  // namespace

std::vector<bool> Counting(const std::vector<Offer>& offers) {
  using Key = std::tuple<ReportKind, Granularity, Day>;
  const auto key_of = [](const Offer& offer) {
    return Key(offer.table.kind, offer.table.granularity, offer.day);
  };
  std::map<Key, std::map<std::string, Delivery>> whole;  // by id
  for (const Offer& offer : offers) {
    if (!offer.whole) continue;
    Delivery& delivery = whole[key_of(offer)][offer.id];
    delivery.hours = std::max(delivery.hours, offer.hours);
    delivery.date_micros = std::max(delivery.date_micros, offer.date_micros);
  }
  std::map<Key, std::string> winners;
  for (const auto& [key, deliveries] : whole)
    winners[key] = std::ranges::max_element(deliveries, Less)->first;
  std::vector<bool> counts;
  for (const Offer& offer : offers) {
    const auto winner = winners.find(key_of(offer));
    counts.push_back(winner == winners.end() || (offer.whole && offer.id == winner->second));
  }
  return counts;
}

int HoursOf(int64_t start_micros, int64_t end_micros, Day day) {
  const int64_t begin = std::max(start_micros, day * kMicrosPerDay);
  const int64_t end = std::min(end_micros, (int64_t{day} + 1) * kMicrosPerDay);
  return end <= begin ? 0 : static_cast<int>((end - begin + kMicrosPerHour - 1) / kMicrosPerHour);
}

bool IdLess(std::string_view a, std::string_view b) {
  const auto x = Digits(a), y = Digits(b);
  if (x.has_value() != y.has_value()) return x.has_value();
  if (x && *x != *y) return std::tuple(x->size(), *x) < std::tuple(y->size(), *y);
  return a < b;
}

std::optional<DeliveryFacts> ReadDelivery(
    const std::function<std::optional<std::string>(std::string_view key)>& value_of) {
  const auto id = value_of(kManifestIdKey), date = value_of(kReportDateKey),
             hours = value_of(kReportHoursKey);
  if (!id || id->empty() || !date || !hours) return std::nullopt;
  DeliveryFacts facts;
  facts.id = *id;
  const auto begin = ParseTimestamp(*date);
  const auto [end, error] = std::from_chars(hours->data(), hours->data() + hours->size(), facts.hours);
  if (!begin || error != std::errc() || end != hours->data() + hours->size()) return std::nullopt;
  facts.day = DayOfMicros(*begin);
  if (const auto of_manifest = value_of(kManifestDateKey)) facts.date_micros = ParseTimestamp(*of_manifest);
  return facts;
}

}  // namespace costream
