#include "job/superseding.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <thread>
#include <tuple>

#include "base/error.h"
#include "base/machine.h"
#include "decode/day_scan.h"
#include "source/superseded.h"

namespace costream {
namespace {

using RowsOfDays = std::map<Day, DayRows>;

class Superseding {
 public:
  Superseding(const RunOptions& options, Plan* plan) : options_(options), plan_(plan) {}

  arrow::Status LeaveOut() {
    ARROW_RETURN_NOT_OK(ReadReports());
    OfferReports();
    OfferParquet();
    const std::vector<bool> counts = Counting(offers_);
    std::map<std::string, int64_t> superseded;
    for (size_t i = 0; i < offers_.size(); ++i) {
      if (counts[i]) continue;
      Unit& unit = plan_->units[sources_[i].unit];
      superseded[unit.file->name()] += sources_[i].rows;
      if (unit.delivery) {
        dropped_.insert(&unit);
      } else {
        unit.superseded.insert(offers_[i].day);
      }
    }
    std::vector<Unit> left;
    for (Unit& unit : plan_->units) {
      if (!dropped_.contains(&unit)) left.push_back(std::move(unit));
    }
    plan_->units = std::move(left);
    for (const auto& [file, rows] : superseded) plan_->superseded.push_back({file, rows});
    return arrow::Status::OK();
  }

 private:
  struct Source {
    size_t unit;
    int64_t rows;
  };

  static Table TableOf(const Unit& unit) { return {unit.kind, unit.granularity}; }

  // Days can come again only where there are several payloads, and one of them holds whole days.
  std::vector<size_t> ReportsToRead() const {
    std::map<ReportKind, std::set<std::string>> payloads;
    std::set<ReportKind> whole;
    for (const Unit& unit : plan_->units) {
      if (!unit.manifest) continue;
      payloads[unit.kind].insert(unit.manifest->uuid);
      if (unit.manifest->daily_reports) whole.insert(unit.kind);
    }
    std::vector<size_t> units;
    for (size_t i = 0; i < plan_->units.size(); ++i) {
      const Unit& unit = plan_->units[i];
      if (unit.manifest && whole.contains(unit.kind) && payloads[unit.kind].size() > 1) units.push_back(i);
    }
    return units;
  }

  arrow::Status ReadReports() {
    const std::vector<size_t> units = ReportsToRead();
    for (const size_t unit : units) days_[unit];  // no insertion while threads are at it
    const auto threads = std::min<size_t>(
        options_.threads > 0 ? static_cast<size_t>(options_.threads) : AvailableProcessors(), units.size());
    std::atomic<size_t> next = 0;
    std::mutex mutex;
    arrow::Status status;
    const auto work = [&] {
      for (size_t i = next++; i < units.size(); i = next++) {
        const arrow::Status read = ReadReport(plan_->units[units[i]], &days_.at(units[i]));
        if (read.ok()) continue;
        next = units.size();
        const std::lock_guard lock(mutex);
        if (status.ok()) status = read;
      }
    };
    {
      std::vector<std::jthread> workers;
      for (size_t i = 1; i < threads; ++i) workers.emplace_back(work);
      work();
    }
    return status;
  }

  arrow::Status ReadReport(const Unit& unit, RowsOfDays* days) const {
    const bool told = unit.manifest->start_micros.has_value();
    return ScanDays(unit.open, plan_->first_day, plan_->last_day, !told, options_.cancelled).Value(days);
  }

  void OfferReports() {
    std::map<std::tuple<std::string, ReportKind, Day>, std::set<int64_t>>
        times;  // of a payload in all its files
    for (auto& [index, days] : days_) {
      for (auto& [day, rows] : days) {
        times[{plan_->units[index].manifest->uuid, plan_->units[index].kind, day}].merge(rows.times);
      }
    }
    for (const auto& [index, days] : days_) {
      Unit& unit = plan_->units[index];
      const Manifest& manifest = *unit.manifest;
      for (const auto& [day, rows] : days) {
        const int hours = manifest.start_micros
                              ? HoursOf(*manifest.start_micros, *manifest.end_micros, day)
                              : static_cast<int>(times[{manifest.uuid, unit.kind, day}].size());
        offers_.push_back(
            {TableOf(unit), day, manifest.uuid, manifest.daily_reports, hours, manifest.date_micros});
        sources_.push_back({index, rows.rows});
      }
      if (days.empty()) {
        dropped_.insert(&unit);
      } else {
        unit.first_day = days.begin()->first;
        unit.last_day = days.rbegin()->first;
      }
    }
  }

  void OfferParquet() {
    for (size_t i = 0; i < plan_->units.size(); ++i) {
      const Unit& unit = plan_->units[i];
      if (!unit.delivery) continue;
      offers_.push_back({TableOf(unit), unit.delivery->day, unit.delivery->id, true, unit.delivery->hours,
                         unit.delivery->date_micros});
      sources_.push_back({i, unit.rows});
    }
  }

  const RunOptions& options_;
  Plan* const plan_;
  std::map<size_t, RowsOfDays> days_;  // by unit, of those that were read
  std::vector<Offer> offers_;
  std::vector<Source> sources_;  // by offer
  std::set<const Unit*> dropped_;
};

}  // namespace

arrow::Status LeaveOutSuperseded(const RunOptions& options, Plan* plan) {
  return Superseding(options, plan).LeaveOut();
}

}  // namespace costream
