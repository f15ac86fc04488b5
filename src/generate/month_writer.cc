#include "generate/month_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace costream {
namespace {

// As Parquet writers do, labels fall back to plain text where the dictionary of a row group passes some MB.
constexpr int64_t kRowsOfSmallDictionaries = 30'000'000;

std::string PlainColumn(const GenerateOptions& options) {
  return options.plain_labels || options.rows > kRowsOfSmallDictionaries ? "pod_labels" : "";
}

using std::chrono::days;
using std::chrono::sys_days;

constexpr double kSecondsPerHour = 3600;
constexpr int kHoursPerDay = 24;
constexpr int64_t kMsPerHour = 3600 * 1000;
constexpr const char* kReportNames[] = {"pod_usage", "storage_usage", "node_labels", "namespace_labels"};
enum Report : size_t { kPods, kStorage, kNodeLabels, kNamespaceLabels };
// The first of the numbers that only the daily pod table has.
constexpr size_t kEffectiveCpu = 13;
constexpr size_t kEffectiveMemory = 14;

int HoursOf(std::chrono::year_month month) {
  const auto last = std::chrono::year_month_day(month / std::chrono::last);
  return static_cast<int>(static_cast<unsigned>(last.day())) * kHoursPerDay;
}

int64_t MsOf(sys_days day) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(day.time_since_epoch()).count();
}

// To what a report's six decimals hold, so that CSV and Parquet have the same values.
double SixDecimals(double value) { return std::round(value * 1e6) / 1e6; }

// Load follows the working day: 0.6 at night, 1.0 in the afternoon.
double DailyRhythm(int hour) {
  return 0.8 + 0.2 * std::sin((hour % kHoursPerDay - 8) * 3.14159265358979 / 12);
}

}  // namespace

MonthWriter::MonthWriter(const GenerateOptions& options, std::chrono::year_month month)
    : options_(options),
      month_(month),
      hours_(HoursOf(month)),
      daily_(options.format == GenerateFormat::kParquet),
      cluster_(options.seed, std::max<int64_t>(1, options.rows / hours_), hours_),
      hourly_{ReportTable(PodUsage(), options.format, PlainColumn(options)),
              ReportTable(StorageUsage(), options.format, ""),
              ReportTable(ObjectLabels("node"), options.format, ""),
              ReportTable(ObjectLabels("namespace"), options.format, "")},
      daily_tables_{ReportTable(DailyPodUsage(), options.format, PlainColumn(options)),
                    ReportTable(StorageUsage(), options.format, ""),
                    ReportTable(ObjectLabels("node"), options.format, ""),
                    ReportTable(ObjectLabels("namespace"), options.format, "")},
      pod_summed_(SummedNumbers(DailyPodUsage())),
      claim_summed_(SummedNumbers(StorageUsage())) {}

arrow::Status MonthWriter::Run() {
  // Hour h gets the rows up to floor(rows * (h + 1) / hours): exactly `rows` in all, with no product to
  // overflow.
  const auto rows_before = [this](int64_t hour) {
    return options_.rows / hours_ * hour + options_.rows % hours_ * hour / hours_;
  };
  for (int hour = 0; hour < hours_; ++hour) {
    const int day = hour / kHoursPerDay;
    if (hour % kHoursPerDay == 0) ARROW_RETURN_NOT_OK(OpenDay(day));
    const int64_t rows = rows_before(hour + 1) - rows_before(hour);
    cluster_.Advance(hour, rows);
    for (Pod& pod : cluster_.ended()) ARROW_RETURN_NOT_OK(WriteDaily(day, pod));
    ARROW_RETURN_NOT_OK(WriteHour(hour, rows));
    if (hour % kHoursPerDay == kHoursPerDay - 1) ARROW_RETURN_NOT_OK(CloseDay(day));
  }
  return arrow::Status::OK();
}

arrow::Status MonthWriter::OpenDay(int day) {
  const int year = static_cast<int>(month_.year());
  const unsigned month = static_cast<unsigned>(month_.month());
  for (size_t report = 0; report < kReports; ++report) {
    if (!daily_) {
      ARROW_RETURN_NOT_OK(hourly_[report].Open(
          fmt::format("{}/{}-{}-{:02}-{:02}.csv", options_.out, kReportNames[report], year, month, day + 1)));
      continue;
    }
    const std::string table =
        fmt::format("{}/data/{}/OCP/source={}/year={}/month={:02}/day={:02}/openshift_{}_line_items",
                    options_.out, options_.org, options_.source, year, month, day + 1, kReportNames[report]);
    ARROW_RETURN_NOT_OK(hourly_[report].Open(table + "/part-0.parquet"));
    ARROW_RETURN_NOT_OK(daily_tables_[report].Open(table + "_daily/part-0.parquet"));
  }
  return arrow::Status::OK();
}

arrow::Status MonthWriter::WriteHour(int hour, int64_t rows) {
  const Times times = HourTimes(hour);
  // There may be a pod more than rows, when the hour before had a row more.
  for (int64_t i = 0; i < rows; ++i) {
    Pod& pod = cluster_.pods()[i];
    ARROW_RETURN_NOT_OK(WritePodHour(times, hour, pod));
    if (pod.claim) ARROW_RETURN_NOT_OK(WriteClaimHour(times, hour, pod));
  }
  return WriteLabelHour(times, hour);
}

arrow::Status MonthWriter::WritePodHour(const Times& times, int hour, Pod& pod) {
  Random& random = cluster_.random();
  Numbers numbers{};
  numbers[1] = SixDecimals(pod.cpu_request_cores * kSecondsPerHour);
  numbers[2] = SixDecimals(pod.cpu_limit_cores * kSecondsPerHour);
  numbers[4] = pod.memory_request_bytes * kSecondsPerHour;
  numbers[5] = pod.memory_limit_bytes * kSecondsPerHour;
  numbers[10] = pod.containers;
  if (pod.node >= 0) {
    const Node& node = cluster_.nodes()[pod.node];
    // A few pods exceed their request for an hour: effective usage is then the usage.
    const double load = pod.load * DailyRhythm(hour) * (0.6 + 0.7 * random.Unit());
    numbers[0] = SixDecimals(numbers[1] * load);
    numbers[3] = std::floor(pod.memory_request_bytes * (0.3 + 0.8 * pod.load * random.Unit()) / 4096) * 4096 *
                 kSecondsPerHour;
    numbers[6] = node.cores;
    numbers[7] = node.cores * kSecondsPerHour;
    numbers[8] = node.memory_bytes;
    numbers[9] = node.memory_bytes * kSecondsPerHour;
    numbers[11] = random.Chance(0.002) ? 1 : 0;
    numbers[12] = std::floor(load * 1e7);
  }
  numbers[kEffectiveCpu] = std::max(numbers[0], numbers[1]);
  numbers[kEffectiveMemory] = std::max(numbers[3], numbers[4]);
  AddHour(pod_summed_, hour, numbers, pod.row);
  return hourly_[kPods].Append(times, pod.row, numbers, [&] { return PodTexts(pod); });
}

arrow::Status MonthWriter::WriteClaimHour(const Times& times, int hour, Pod& pod) {
  Claim& claim = *pod.claim;
  const double share = std::min(1.0, claim.used_share * (0.97 + 0.05 * cluster_.random().Unit()));
  Numbers numbers{};
  numbers[0] = claim.capacity_bytes;
  numbers[1] = claim.capacity_bytes * kSecondsPerHour;
  numbers[2] = claim.capacity_bytes * kSecondsPerHour;
  numbers[3] = std::floor(claim.capacity_bytes * share / 4096) * 4096 * kSecondsPerHour;
  AddHour(claim_summed_, hour, numbers, claim.row);
  return hourly_[kStorage].Append(times, claim.row, numbers, [&] { return ClaimTexts(pod); });
}

arrow::Status MonthWriter::WriteLabelHour(const Times& times, int hour) {
  const auto write = [&](const std::vector<Labelled>& objects, ReportTable& table) -> arrow::Status {
    for (const Labelled& object : objects) {
      RowState row;
      ARROW_RETURN_NOT_OK(table.Append(
          times, row, {}, [&] { return Texts{object.name, object.labels[hour >= object.change_hour]}; }));
    }
    return arrow::Status::OK();
  };
  ARROW_RETURN_NOT_OK(write(cluster_.node_labels(), hourly_[kNodeLabels]));
  return write(cluster_.namespace_labels(), hourly_[kNamespaceLabels]);
}

arrow::Status MonthWriter::WriteDaily(int day, Pod& pod) {
  if (pod.row.hours == 0) return arrow::Status::OK();
  const Times times = DayTimes(day, pod.row.last_hour);
  // A row state of its own: the pod's keeps the codes of the hourly table.
  RowState row;
  if (daily_) {
    ARROW_RETURN_NOT_OK(daily_tables_[kPods].Append(times, row, pod.row.day, [&] { return PodTexts(pod); }));
  }
  pod.row.hours = 0;
  if (!pod.claim) return arrow::Status::OK();
  if (daily_) {
    row = {};
    ARROW_RETURN_NOT_OK(
        daily_tables_[kStorage].Append(times, row, pod.claim->row.day, [&] { return ClaimTexts(pod); }));
  }
  pod.claim->row.hours = 0;
  return arrow::Status::OK();
}

arrow::Status MonthWriter::WriteDailyLabels(int day) {
  const int first_hour = day * kHoursPerDay;
  const int end_hour = first_hour + kHoursPerDay;
  const auto write = [&](const std::vector<Labelled>& objects, ReportTable& table) -> arrow::Status {
    for (const Labelled& object : objects) {
      for (size_t version = 0; version < object.labels.size(); ++version) {
        const int from_hour = version == 0 ? first_hour : std::max(first_hour, object.change_hour);
        const int to_hour = version == 0 ? std::min(end_hour, object.change_hour) : end_hour;
        if (from_hour >= to_hour) continue;
        RowState row;
        ARROW_RETURN_NOT_OK(table.Append(DayTimes(day, to_hour - 1), row, {},
                                         [&] { return Texts{object.name, object.labels[version]}; }));
      }
    }
    return arrow::Status::OK();
  };
  ARROW_RETURN_NOT_OK(write(cluster_.node_labels(), daily_tables_[kNodeLabels]));
  return write(cluster_.namespace_labels(), daily_tables_[kNamespaceLabels]);
}

arrow::Status MonthWriter::CloseDay(int day) {
  for (Pod& pod : cluster_.pods()) ARROW_RETURN_NOT_OK(WriteDaily(day, pod));
  for (ReportTable& table : hourly_) ARROW_RETURN_NOT_OK(table.Close());
  if (!daily_) return arrow::Status::OK();
  ARROW_RETURN_NOT_OK(WriteDailyLabels(day));
  for (ReportTable& table : daily_tables_) ARROW_RETURN_NOT_OK(table.Close());
  return arrow::Status::OK();
}

Times MonthWriter::HourTimes(int hour) const {
  const int64_t month_start = MsOf(sys_days(month_ / 1));
  const int64_t start = month_start + hour * kMsPerHour;
  return {month_start, month_start + hours_ * kMsPerHour, start, start + kMsPerHour - 1000};
}

Times MonthWriter::DayTimes(int day, int last_hour) const {
  Times times = HourTimes(day * kHoursPerDay);
  times[3] = HourTimes(last_hour)[3];
  return times;
}

Texts MonthWriter::PodTexts(const Pod& pod) const {
  static const Node kNoNode;
  const Node& node = pod.node < 0 ? kNoNode : cluster_.nodes()[pod.node];
  const Workload& workload = cluster_.workloads()[pod.workload];
  return {node.name,
          cluster_.namespace_labels()[workload.namespace_index].name,
          pod.name,
          pod.uid,
          pod.node < 0 ? "Pending" : "Running",
          pod.owner,
          pod.batch ? "Job" : "ReplicaSet",
          pod.cpu_limit_cores > 0 && pod.memory_limit_bytes > 0 ? "Guaranteed" : "Burstable",
          workload.platform ? "system-cluster-critical" : "",
          kGeneratedClusterId,
          node.role,
          node.resource_id,
          pod.labels};
}

Texts MonthWriter::ClaimTexts(const Pod& pod) const {
  const Claim& claim = *pod.claim;
  const Workload& workload = cluster_.workloads()[pod.workload];
  return {cluster_.namespace_labels()[workload.namespace_index].name,
          pod.name,
          cluster_.nodes()[pod.node].name,
          claim.name,
          claim.volume,
          claim.storage_class,
          claim.csi_driver,
          claim.handle,
          claim.volume_labels,
          claim.claim_labels};
}

GenerateResult MonthWriter::result() const {
  GenerateResult result;
  result.hourly_pod_rows = hourly_[kPods].rows();
  result.daily_pod_rows = daily_tables_[kPods].rows();
  result.hourly_storage_rows = hourly_[kStorage].rows();
  for (const auto* tables : {&hourly_, &daily_tables_}) {
    for (const ReportTable& table : *tables) {
      result.files += table.files();
      result.bytes += table.bytes();
    }
  }
  return result;
}

}  // namespace costream
