// What the server answers: reads of one summary, without anything of HTTP but words for it.
//
// Thread-safe. Answers that read the summary are made one after the other, so that the memory is that of one.
#pragma once

#include <arrow/status.h>

#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <string>

#include "report/cubes.h"

namespace costream {

struct ApiRequest {
  std::string path;
  std::multimap<std::string, std::string> parameters;
};

struct ApiAnswer {
  int status = 200;
  std::string type = "application/json", body;
};

class Api {
 public:
  // `summary`: as OpenSummary takes it; `shown` is its name on the page.
  Api(std::string summary, std::string shown, ReportScope scope)
      : summary_(std::move(summary)), shown_(std::move(shown)), scope_(std::move(scope)) {}

  // So many requests are answered, or wait for their turn, at once; to more the answer is to try again.
  static constexpr int kMostAtOnce = 7;

  // "/", "/api/summary", "/api/report", "/allocation", "/metrics", "/healthz"; 404 for other paths.
  ApiAnswer Answer(const ApiRequest& request);

 private:
  using Clock = std::chrono::steady_clock;

  arrow::Result<ApiAnswer> Make(const ApiRequest& request);
  arrow::Result<ApiAnswer> Report(const ApiRequest& request);
  arrow::Result<ApiAnswer> SummaryRows(const ApiRequest& request);
  arrow::Result<ApiAnswer> Allocations(const ApiRequest& request);
  arrow::Result<ApiAnswer> Metrics();
  arrow::Status Refresh(const ReportScope& scope, std::chrono::seconds age);
  void Count(const std::string& path, int status, double seconds);

  const std::string summary_, shown_;
  const ReportScope scope_;

  std::atomic<int> at_once_ = 0;
  std::mutex reading_;
  std::string report_, gauges_;        // the page's data and the clusters' metrics, as they were
  std::optional<Month> report_month_;  // of that month, as it was asked for,
  Clock::time_point read_at_;          // then; not read yet where report_ is empty

  std::mutex counting_;
  std::map<std::pair<std::string, int>, std::pair<int64_t, double>> answers_;  // by path and status
};

}  // namespace costream
