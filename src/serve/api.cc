#include "serve/api.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/process_memory.h"
#include "report/allocation.h"
#include "report/cubes_json.h"
#include "report/page.h"
#include "report/query.h"

namespace costream {
namespace {

using nlohmann::json;
using std::chrono::seconds;

// How old the page's data may be, and that of metrics, which are asked for again and again.
constexpr seconds kPageAge(60), kMetricsAge(300);
constexpr std::array kPaths = {
    "/", "/api/summary", "/api/report", "/allocation", "/allocation/compute", "/metrics", "/healthz"};

int StatusOf(const arrow::Status& status) {
  if (status.IsOutOfMemory()) return 503;
  switch (KindOf(status)) {
    case ErrorKind::kUsage:
      return 400;
    case ErrorKind::kTransient:
      return 503;
    default:
      return 500;
  }
}

ApiAnswer ErrorAnswer(int status, const std::string& message) {
  const json body = {{"code", status}, {"message", message}};
  return {status, "application/json", body.dump(-1, ' ', false, json::error_handler_t::replace) + "\n"};
}

// A request that is being answered or waits for it.
class Turn {
 public:
  explicit Turn(std::atomic<int>* at_once) : at_once_(at_once), number_(++*at_once) {}
  ~Turn() { --*at_once_; }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  int number() const { return number_; }

 private:
  std::atomic<int>* const at_once_;
  const int number_;
};

// The parameters of a request; what none of them is asked for is an error, so that no typo goes unseen.
class Parameters {
 public:
  Parameters(const ApiRequest& request, std::vector<std::string> known)
      : request_(request), known_(std::move(known)) {}

  arrow::Status Check() const {
    for (const auto& [name, value] : request_.parameters) {
      if (std::find(known_.begin(), known_.end(), name) == known_.end()) {
        return UsageError("parameter '{}': {} takes {}", name, request_.path, fmt::join(known_, ", "));
      }
    }
    return arrow::Status::OK();
  }
  std::vector<std::string> All(const std::string& name) const {
    std::vector<std::string> values;
    const auto [begin, end] = request_.parameters.equal_range(name);
    for (auto each = begin; each != end; ++each) values.push_back(each->second);
    return values;
  }
  std::string One(const std::string& name) const {
    const auto found = request_.parameters.find(name);
    return found == request_.parameters.end() ? "" : found->second;
  }
  arrow::Result<bool> Flag(const std::string& name) const {
    const std::string text = One(name);
    if (text.empty() || text == "false") return false;
    if (text == "true") return true;
    return UsageError("{}: write true or false", name);
  }
  arrow::Result<std::optional<Day>> OneDay(const std::string& name) const {
    const std::string text = One(name);
    if (text.empty()) return std::nullopt;
    if (const auto day = ParseDay(text)) return day;
    return UsageError("{} '{}': write it like 2025-11-01", name, text);
  }

 private:
  const ApiRequest& request_;
  const std::vector<std::string> known_;
};

std::vector<std::string> SplitWords(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const size_t comma = std::min(text.find(','), text.size());
    words.emplace_back(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return words;
}

std::string LabelText(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == '"') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

std::string ClusterGauges(const ReportCubes& cubes) {
  struct Gauge {
    const char *resource, *quantity;
    int measure;
  };
  constexpr std::array<Gauge, 8> kGauges = {{{"cpu", "capacity", kCpuCapacity},
                                             {"cpu", "requested", kPodRequestCpuHours},
                                             {"cpu", "used", kPodUsageCpuHours},
                                             {"cpu", "unallocated", kCpuUnallocated},
                                             {"memory", "capacity", kGibCapacity},
                                             {"memory", "requested", kPodRequestGibHours},
                                             {"memory", "used", kPodUsageGibHours},
                                             {"memory", "unallocated", kGibUnallocated}}};
  std::string out =
      "# HELP costream_month_hours Core-hours (cpu) or GiB-hours (memory) of the month so far.\n"
      "# TYPE costream_month_hours gauge\n";
  for (const auto& [source, cluster] : cubes.clusters) {
    for (const auto& [resource, quantity, measure] : kGauges) {
      out += fmt::format(
          "costream_month_hours{{source=\"{}\",cluster=\"{}\",month=\"{}\",resource=\"{}\",quantity=\"{}\"}} "
          "{}\n",
          LabelText(source), LabelText(cluster->cluster_id.value_or("")), FormatMonth(cubes.month), resource,
          quantity, cluster->total.slices().front().total[measure].Text());
    }
  }
  return out;
}

int64_t NowMicros() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

}  // namespace

ApiAnswer Api::Answer(const ApiRequest& request) {
  const auto begin = Clock::now();
  auto made = Make(request);
  ApiAnswer answer =
      made.ok() ? *std::move(made) : ErrorAnswer(StatusOf(made.status()), Message(made.status()));
  const bool known = std::find(kPaths.begin(), kPaths.end(), request.path) != kPaths.end();
  Count(known ? request.path : "other", answer.status,
        std::chrono::duration<double>(Clock::now() - begin).count());
  return answer;
}

arrow::Result<ApiAnswer> Api::Make(const ApiRequest& request) {
  if (request.path == "/healthz") return ApiAnswer{200, "text/plain", "ok\n"};
  if (std::find(kPaths.begin(), kPaths.end(), request.path) == kPaths.end()) {
    return ErrorAnswer(404,
                       fmt::format("there is no {}; there are {}", request.path, fmt::join(kPaths, ", ")));
  }
  const Turn turn(&at_once_);
  if (turn.number() > kMostAtOnce) return ErrorAnswer(503, "too many requests are waiting; try again");
  const std::lock_guard lock(reading_);
  if (request.path == "/api/summary") return SummaryRows(request);
  if (request.path.starts_with("/allocation")) return Allocations(request);
  if (request.path == "/metrics") return Metrics();
  return Report(request);
}

arrow::Status Api::Refresh(const ReportScope& scope, seconds age) {
  if (!report_.empty() && report_month_ == scope.month && Clock::now() - read_at_ < age) {
    return arrow::Status::OK();
  }
  ARROW_ASSIGN_OR_RAISE(const ReportCubes cubes, ReadCubes({summary_}, scope));
  report_ = CubesJson(cubes, {shown_}, {});
  report_month_ = scope.month;
  gauges_ = ClusterGauges(cubes);
  read_at_ = Clock::now();
  return arrow::Status::OK();
}

arrow::Result<ApiAnswer> Api::Report(const ApiRequest& request) {
  const Parameters parameters(request, {"month"});
  ARROW_RETURN_NOT_OK(parameters.Check());
  ReportScope scope = scope_;
  if (const std::string month = parameters.One("month"); !month.empty()) {
    scope.month = ParseMonth(month);
    if (!scope.month) return UsageError("month '{}': write it like 2025-11", month);
  }
  ARROW_RETURN_NOT_OK(Refresh(scope, kPageAge));
  if (request.path == "/api/report") return ApiAnswer{200, "application/json", report_};
  const auto [before, after] = PageParts();
  ApiAnswer answer{200, "text/html; charset=utf-8", std::string(before)};
  answer.body += EmbeddableJson(report_);
  answer.body += after;
  return answer;
}

arrow::Result<ApiAnswer> Api::SummaryRows(const ApiRequest& request) {
  const Parameters parameters(request, {"group_by", "filter", "start", "end", "format"});
  ARROW_RETURN_NOT_OK(parameters.Check());
  SummaryQuery query;
  for (const std::string& text : parameters.All("group_by")) {
    for (const std::string& word : SplitWords(text)) {
      ARROW_ASSIGN_OR_RAISE(Dimension dimension, Dimension::Parse(word));
      query.group_by.push_back(std::move(dimension));
    }
  }
  for (const std::string& condition : parameters.All("filter"))
    ARROW_RETURN_NOT_OK(query.filter.Add(condition));
  ARROW_ASSIGN_OR_RAISE(query.first_day, parameters.OneDay("start"));
  ARROW_ASSIGN_OR_RAISE(query.last_day, parameters.OneDay("end"));
  const std::string format = parameters.One("format");
  if (!format.empty() && format != "json" && format != "csv") return UsageError("format: take json or csv");
  ARROW_ASSIGN_OR_RAISE(const auto summary, OpenSummary(summary_, scope_.access));
  ARROW_ASSIGN_OR_RAISE(const QueryGroups groups, RunQuery(summary.get(), query));
  if (format == "csv") return ApiAnswer{200, "text/csv; charset=utf-8", QueryCsv(query, groups)};
  return ApiAnswer{200, "application/json", QueryJson(query, groups)};
}

arrow::Result<ApiAnswer> Api::Allocations(const ApiRequest& request) {
  const Parameters parameters(request, {"window", "aggregate", "step", "resolution", "accumulate",
                                        "includeIdle", "shareIdle", "idleByNode"});
  ARROW_RETURN_NOT_OK(parameters.Check());
  ARROW_ASSIGN_OR_RAISE(const Window window, ParseWindow(parameters.One("window"), NowMicros()));
  AllocationQuery query;
  ARROW_ASSIGN_OR_RAISE(query.aggregate, ParseAggregate(parameters.One("aggregate")));
  ARROW_ASSIGN_OR_RAISE(query.include_idle, parameters.Flag("includeIdle"));
  ARROW_ASSIGN_OR_RAISE(query.share_idle, parameters.Flag("shareIdle"));
  ARROW_ASSIGN_OR_RAISE(query.idle_by_node, parameters.Flag("idleByNode"));
  ARROW_ASSIGN_OR_RAISE(const bool accumulate, parameters.Flag("accumulate"));
  const std::string step = parameters.One("step");
  int days = window.end - window.first;
  if (!step.empty()) {
    ARROW_ASSIGN_OR_RAISE(const int asked, ParseStep(step));
    if (!accumulate) days = asked;
  }
  query.sets = InSteps(window, days);
  ARROW_ASSIGN_OR_RAISE(const auto summary, OpenSummary(summary_, scope_.access));
  ARROW_ASSIGN_OR_RAISE(std::string body, AllocationJson(summary.get(), query));
  return ApiAnswer{200, "application/json", std::move(body)};
}

arrow::Result<ApiAnswer> Api::Metrics() {
  ARROW_RETURN_NOT_OK(Refresh(scope_, kMetricsAge));
  std::string out = gauges_;
  out +=
      "# HELP costream_http_requests_total Requests answered.\n"
      "# TYPE costream_http_requests_total counter\n";
  const std::lock_guard lock(counting_);
  for (const auto& [key, value] : answers_) {
    out += fmt::format("costream_http_requests_total{{path=\"{}\",code=\"{}\"}} {}\n", key.first, key.second,
                       value.first);
  }
  out +=
      "# HELP costream_http_request_seconds_total Time taken to answer them.\n"
      "# TYPE costream_http_request_seconds_total counter\n";
  for (const auto& [key, value] : answers_) {
    out += fmt::format("costream_http_request_seconds_total{{path=\"{}\",code=\"{}\"}} {}\n", key.first,
                       key.second, value.second);
  }
  out += fmt::format(
      "# HELP process_resident_memory_bytes Resident memory.\n"
      "# TYPE process_resident_memory_bytes gauge\n"
      "process_resident_memory_bytes {}\n",
      ResidentBytes());
  return ApiAnswer{200, "text/plain; version=0.0.4; charset=utf-8", std::move(out)};
}

void Api::Count(const std::string& path, int status, double seconds_taken) {
  const std::lock_guard lock(counting_);
  auto& [count, sum] = answers_[{path, status}];
  ++count;
  sum += seconds_taken;
}

}  // namespace costream
