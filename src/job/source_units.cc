#include "job/source_units.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <map>
#include <set>

#include "source/reference_json.h"

namespace costream {
namespace {

// By day, which of the plan's units have rows that count; days without any are not there.
using UnitsOfDays = std::map<Day, std::vector<const Unit*>>;

int64_t BytesOf(const Unit& unit) {
  return unit.bytes_of_columns ? unit.bytes_of_columns(unit.columns) : unit.bytes;
}

int64_t BytesOf(const std::vector<const Unit*>& units) {
  int64_t bytes = 0;
  for (const Unit* unit : units) bytes += BytesOf(*unit);
  return bytes;
}

UnitsOfDays ByDay(const Plan& plan) {
  UnitsOfDays days;
  for (const Unit& unit : plan.units) {
    for (Day day = unit.first_day; day <= unit.last_day; ++day) {
      if (!unit.columns_of_day[day - unit.first_day].Empty()) days[day].push_back(&unit);
    }
  }
  return days;
}

class UnitMaker {
 public:
  UnitMaker(const RunOptions& options, const PlannedRun& planned) : options_(options) {
    const Plan& plan = planned.plan;
    const RunIdentity& identity = plan.identity;
    common_ =
        fmt::format("{}|{}|{}|{}|{:d}{:d}{:d}|{}|{}", ReferenceText(planned.reference),
                    identity.cluster_id.value_or(""), identity.cluster_alias.value_or(""),
                    identity.report_period_id.value_or(-1), options.rows.pod, options.rows.storage,
                    options.rows.unallocated, static_cast<int>(options.usage_from), options.cost_categories);
  }

  SourceUnit Make(Day first, Day last, std::vector<const Unit*> units) const {
    std::ranges::sort(units);  // in the plan's order, each once
    units.erase(std::unique(units.begin(), units.end()), units.end());
    SourceUnit made{first, last, {}, BytesOf(units), 0, std::ssize(units), common_};
    std::set<std::string> files;
    const bool payloads =
        std::ranges::any_of(units, [](const Unit* unit) { return unit->manifest != nullptr; });
    for (const Unit* unit : units) {
      made.rows += unit->rows;
      if (!files.insert(unit->file->name()).second) continue;
      made.version += fmt::format("|{} {}", unit->file->name(), unit->file->version());
    }
    made.inputs = payloads ? options_.inputs : std::vector<std::string>(files.begin(), files.end());
    const XXH128_hash_t hash = XXH3_128bits(made.version.data(), made.version.size());
    made.version = fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
    return made;
  }

 private:
  const RunOptions& options_;
  std::string common_;  // what the rows of all units depend on
};

}  // namespace

arrow::Result<SourceUnits> PlanSourceUnits(const RunOptions& options) {
  ARROW_ASSIGN_OR_RAISE(PlannedRun planned, PlanRun(options));
  const Plan& plan = planned.plan;
  SourceUnits found;
  found.scope = {plan.identity, plan.first_day, plan.last_day, options.rows};
  found.notes = plan.notes;
  found.warnings = plan.warnings;
  const UnitMaker maker(options, planned);
  const UnitsOfDays days = ByDay(plan);
  for (auto at = days.begin(); at != days.end();) {
    const Day first = at->first;
    Day last = first;
    std::vector<const Unit*> units = at->second;
    for (++at; at != days.end() && at->first == last + 1; ++at) {
      std::vector<const Unit*> again;
      std::ranges::copy_if(at->second, std::back_inserter(again),
                           [&](const Unit* unit) { return std::ranges::find(units, unit) != units.end(); });
      if (2 * BytesOf(again) <= BytesOf(at->second)) break;
      units.insert(units.end(), at->second.begin(), at->second.end());
      last = at->first;
    }
    found.units.push_back(maker.Make(first, last, std::move(units)));
  }
  found.reference = std::move(planned.reference);
  return found;
}

}  // namespace costream
