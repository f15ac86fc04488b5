#include "job/metrics.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <sstream>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/text_file.h"
#include "sink/atomic_file.h"
#include "source/http_post.h"

namespace costream {
namespace {

struct Family {
  std::string_view name, help;
};

constexpr std::array<Family, 11> kFamilies = {{
    {"costream_last_exit_code", "Exit code of the last run."},
    {"costream_last_run_timestamp_seconds", "When the last run ended."},
    {"costream_last_success_timestamp_seconds", "When the last run that succeeded ended."},
    {"costream_rows_read", "Rows read from the input."},
    {"costream_rows_written", "Rows written to the target, by kind."},
    {"costream_rows_dropped", "Rows of the input that do not count, by reason."},
    {"costream_bytes_read", "Bytes read from the input."},
    {"costream_phase_seconds", "Wall time of a phase."},
    {"costream_peak_resident_bytes", "Most memory of the process."},
    {"costream_spilled_bytes", "Bytes spilled to temporary files."},
    {"costream_warnings", "Warnings of the run."},
}};

std::string Escaped(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '\n') {
      escaped += "\\n";
      continue;
    }
    if (c == '\\' || c == '"') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

// Each sample starts with its name and these, so that a line tells whose it is.
std::string SourceLabel(const std::string& source) { return fmt::format("{{source=\"{}\"", Escaped(source)); }

class Samples {
 public:
  explicit Samples(const EndedRun& run)
      : labels_(fmt::format("{},cluster=\"{}\"", SourceLabel(run.source), Escaped(run.cluster_id))) {}

  template <typename Number>
  void Add(std::string_view name, Number value, std::string_view label = {}, std::string_view text = {}) {
    lines_.push_back(label.empty() ? fmt::format("{}{}}} {}", name, labels_, value)
                                   : fmt::format("{}{},{}=\"{}\"}} {}", name, labels_, label, text, value));
  }
  const std::vector<std::string>& lines() const { return lines_; }

 private:
  const std::string labels_;
  std::vector<std::string> lines_;
};

void AddResult(const EndedRun& run, Samples* samples) {
  const RunResult& result = *run.result;
  samples->Add("costream_last_success_timestamp_seconds", run.end_seconds);
  samples->Add("costream_rows_read", result.counts.rows_read);
  const auto& rows = result.totals.rows;
  for (const auto& [kind, name] : {std::pair{RowKind::kPod, "pod"},
                                   {RowKind::kStorage, "storage"},
                                   {RowKind::kUnallocated, "unallocated"}}) {
    samples->Add("costream_rows_written", rows[static_cast<size_t>(kind)], "kind", name);
  }
  int64_t superseded = 0;
  for (const auto& file : result.superseded) superseded += file.rows;
  for (const auto& [reason, count] : {std::pair{"other_days", result.counts.rows_outside},
                                      {"anomalous", result.counts.rows_anomalous},
                                      {"without_node", result.totals.input_rows_left_out},
                                      {"superseded", superseded}}) {
    samples->Add("costream_rows_dropped", count, "reason", reason);
  }
  samples->Add("costream_bytes_read", result.counts.bytes_read);
  for (const auto& [phase, seconds] : {std::pair{"plan", result.seconds.plan},
                                       {"aggregate", result.seconds.aggregate},
                                       {"commit", result.seconds.commit}}) {
    samples->Add("costream_phase_seconds", seconds, "phase", phase);
  }
  samples->Add("costream_peak_resident_bytes", result.peak_resident_bytes);
  samples->Add("costream_spilled_bytes", result.spilled_bytes);
  samples->Add("costream_warnings", result.warnings.size());
}

arrow::Status WriteFile(const std::string& path, const EndedRun& run) {
  const auto before = ReadTextFile(path);
  if (!before && errno != ENOENT)
    return UsageError("--metrics-file {}: cannot be read: {}", path, std::strerror(errno));
  const std::string text = MetricsText(run, before.value_or(""));
  ARROW_ASSIGN_OR_RAISE(const auto file, AtomicFile::Create(path, "--metrics-file"));
  ARROW_RETURN_NOT_OK(WriteError(path, file->stream()->Write(text), "--metrics-file"));
  return file->Commit();
}

// A POST replaces the metrics of the same names in its group.
arrow::Status Push(const std::string& url, const EndedRun& run) {
  std::string group = url + (url.ends_with('/') ? "" : "/") + "metrics/job/costream";
  if (!run.source.empty()) group += "/source/" + run.source;
  return HttpPost(group, "text/plain; version=0.0.4", MetricsText(run, ""));
}

}  // namespace

std::string MetricsText(const EndedRun& run, const std::string& before) {
  Samples samples(run);
  samples.Add("costream_last_exit_code", run.exit_code);
  samples.Add("costream_last_run_timestamp_seconds", run.end_seconds);
  if (run.result) AddResult(run, &samples);

  std::string text;
  for (const auto& [name, help] : kFamilies) {
    std::vector<std::string> lines, kept;
    const auto is_of = [&](const std::string& line, const std::string& source) {
      return line.starts_with(std::string(name) + SourceLabel(source) + ",");
    };
    for (const std::string& line : samples.lines()) {
      if (is_of(line, run.source)) lines.push_back(line);
    }
    std::istringstream old(before);
    for (std::string line; std::getline(old, line);) {
      const bool replaced = is_of(line, "") || (!lines.empty() && is_of(line, run.source));
      if (line.starts_with(std::string(name) + "{") && !replaced) kept.push_back(line);
    }
    lines.insert(lines.begin(), kept.begin(), kept.end());
    if (lines.empty()) continue;
    text += fmt::format("# HELP {} {}\n# TYPE {} gauge\n", name, help, name);
    for (const std::string& line : lines) text += line + "\n";
  }
  return text;
}

arrow::Status WriteMetrics(const MetricsTarget& target, const EndedRun& run) {
  arrow::Status status = target.file.empty() ? arrow::Status::OK() : WriteFile(target.file, run);
  if (!target.push_url.empty()) status &= Push(target.push_url, run);
  return status;
}

}  // namespace costream
