#pragma once

#include <arrow/status.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <string>

#include "generate/cluster.h"
#include "generate/generate.h"
#include "generate/table_writer.h"

namespace costream {

inline constexpr const char* kGeneratedClusterId = "generated-cluster";

// Runs a cluster through a month and writes its reports: hourly rows as the hours pass, a pod's daily row
// when it ends or the day does. Not thread-safe.
class MonthWriter {
 public:
  MonthWriter(const GenerateOptions& options, std::chrono::year_month month);

  // Call once. REQUIRES: options.rows >= 1, and the directory can be written to.
  arrow::Status Run();

  const Cluster& cluster() const { return cluster_; }
  GenerateResult result() const;

 private:
  static constexpr size_t kReports = 4;  // in the order of kReportNames

  arrow::Status OpenDay(int day);
  arrow::Status WriteHour(int hour, int64_t rows);
  arrow::Status WritePodHour(const Times& times, int hour, Pod& pod);
  arrow::Status WriteClaimHour(const Times& times, int hour, Pod& pod);
  arrow::Status WriteLabelHour(const Times& times, int hour);
  // Ends the day of `pod` so far, if it had one.
  arrow::Status WriteDaily(int day, Pod& pod);
  arrow::Status WriteDailyLabels(int day);
  arrow::Status CloseDay(int day);

  Times HourTimes(int hour) const;
  Times DayTimes(int day, int last_hour) const;
  Texts PodTexts(const Pod& pod) const;
  Texts ClaimTexts(const Pod& pod) const;

  const GenerateOptions options_;
  const std::chrono::year_month month_;
  const int hours_;
  const bool daily_;  // whether daily tables are written
  Cluster cluster_;
  std::array<ReportTable, kReports> hourly_;
  std::array<ReportTable, kReports> daily_tables_;
  std::array<bool, kMaxNumbers> pod_summed_;
  std::array<bool, kMaxNumbers> claim_summed_;
};

}  // namespace costream
