#include "convert/convert.h"

#include <arrow/util/key_value_metadata.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/error.h"
#include "base/row_group_writer.h"
#include "convert/converted_tree.h"
#include "convert/daily_rows.h"
#include "convert/report_rows.h"
#include "decode/csv_reader.h"
#include "decode/day_scan.h"
#include "sink/atomic_file.h"
#include "source/inputs.h"

namespace costream {
namespace {

// Rows in memory, of one day and of all days of a file. A file in order of time has one or two days at a
// time.
constexpr int64_t kRowsOfGroup = 32'768, kRowsOfAll = 65'536;

std::string Hash(std::string_view text) {
  return fmt::format("{:016x}", XXH3_64bits(text.data(), text.size()));
}

// Fit for a file name.
std::string NameOfId(const std::string& id) {
  const bool plain =
      id.size() <= 64 && std::ranges::all_of(id, [](unsigned char c) { return isalnum(c) || c == '-'; });
  return plain ? id : Hash(id);
}

struct Report {
  CsvInput input;
  CsvHeader header;
  ReportKind kind = ReportKind::kPod;
  std::map<Day, DayRows> days;  // of payloads only
  std::map<Day, int> hours;     // likewise
  std::set<Day> superseded;

  bool whole() const { return input.manifest && input.manifest->daily_reports; }
};

// Writes the tables of one report's days.
class ReportWriter {
 public:
  ReportWriter(const Report& report, ConvertedTree* tree, ConvertResult* result)
      : report_(report), tree_(*tree), result_(*result) {}

  arrow::Status Write(const std::function<bool()>& cancelled) {
    const InputFile& file = *report_.input.file;
    ARROW_ASSIGN_OR_RAISE(columns_, ReportColumnsOf(report_.kind, report_.header.names, file.name()));
    ARROW_ASSIGN_OR_RAISE(const auto text,
                          CsvText::Open(report_.input.file, report_.header, report_.header.names));
    ReportRows rows;
    for (int64_t first = 0;; first += rows.rows) {
      if (cancelled && cancelled()) return MakeError(ErrorKind::kCancelled, "stopped");
      ARROW_ASSIGN_OR_RAISE(const auto cells, text->Next());
      if (!cells) break;
      if (const auto bad = ReadReportRows(columns_, cells, &rows)) {
        return InputErrorAt(WhereInCsv(file, first + bad->row), "{}", bad->what);
      }
      result_.rows_repaired += rows.rows_repaired;
      ARROW_RETURN_NOT_OK(Add(rows));
    }
    for (auto& [day, files] : days_) {
      ARROW_RETURN_NOT_OK(Flush(day, &files));
      ARROW_RETURN_NOT_OK(Written(files.hourly->Close().status()));
      ARROW_RETURN_NOT_OK(Written(files.daily->Close().status()));
    }
    return arrow::Status::OK();
  }

 private:
  struct DayFiles {
    std::unique_ptr<DayBuffer> buffer;
    std::unique_ptr<RowGroupWriter> hourly, daily;
  };

  arrow::Status Add(const ReportRows& rows) {
    const std::vector<int64_t>& times = rows.times[columns_.interval_start];
    for (int64_t row = 0; row < rows.rows; ++row) {
      const Day day = DayOfMicros(times[row]);
      if (report_.superseded.contains(day)) continue;
      if (rows.anomalous[row]) {
        ++result_.rows_anomalous;
        continue;
      }
      DayFiles& files = days_[day];
      if (!files.buffer) files.buffer = std::make_unique<DayBuffer>(&columns_);
      ARROW_RETURN_NOT_OK(files.buffer->Append(rows, row));
      ++rows_;
      if (files.buffer->rows() >= kRowsOfGroup) ARROW_RETURN_NOT_OK(Flush(day, &files));
      while (rows_ >= kRowsOfAll) {
        const auto largest = std::ranges::max_element(
            days_, {}, [](const auto& entry) { return entry.second.buffer->rows(); });
        ARROW_RETURN_NOT_OK(Flush(largest->first, &largest->second));
      }
    }
    return arrow::Status::OK();
  }

  arrow::Status Flush(Day day, DayFiles* files) {
    if (files->buffer->rows() == 0) return arrow::Status::OK();
    rows_ -= files->buffer->rows();
    ARROW_ASSIGN_OR_RAISE(const auto hourly, files->buffer->Finish());
    ARROW_ASSIGN_OR_RAISE(const auto daily, DailyRows(report_.kind, *hourly));
    if (!files->hourly) {
      ARROW_ASSIGN_OR_RAISE(files->hourly, Open(day, Granularity::kHourly, hourly->schema()));
      ARROW_ASSIGN_OR_RAISE(files->daily, Open(day, Granularity::kDaily, daily->schema()));
    }
    result_.hourly_rows += hourly->num_rows();
    result_.daily_rows += daily->num_rows();
    ARROW_RETURN_NOT_OK(Written(files->hourly->Write(*hourly)));
    return Written(files->daily->Write(*daily));
  }

  arrow::Status Written(const arrow::Status& status) const {
    return WriteError(tree_.root(), status, "--out");
  }

  arrow::Result<std::unique_ptr<RowGroupWriter>> Open(Day day, Granularity granularity,
                                                      const std::shared_ptr<arrow::Schema>& schema) {
    const Manifest* manifest = report_.input.manifest.get();
    FileOrigin origin{day, Origin::kCsv, "file", Hash(report_.input.file->identity())};
    if (manifest) {
      const std::string& name = report_.input.file->name();
      origin = {day, report_.whole() ? Origin::kWhole : Origin::kAdds, NameOfId(manifest->uuid),
                Hash(std::string_view(name).substr(name.rfind(':') + 1))};
    }
    ARROW_ASSIGN_OR_RAISE(const std::string path, tree_.Stage({report_.kind, granularity}, origin));
    ++result_.files_written;
    auto file = RowGroupWriter::Open(path, schema->WithMetadata(Metadata(day)), columns_.Measures());
    ARROW_RETURN_NOT_OK(Written(file.status()));
    return file;
  }

  // Files of what adds have no hours: they count whatever else there is.
  std::shared_ptr<arrow::KeyValueMetadata> Metadata(Day day) const {
    auto metadata = std::make_shared<arrow::KeyValueMetadata>();
    const Manifest* manifest = report_.input.manifest.get();
    if (!manifest) return metadata;
    metadata->Append(std::string(kManifestIdKey), manifest->uuid);
    metadata->Append(std::string(kReportDateKey), FormatDay(day));
    if (!report_.whole()) return metadata;
    metadata->Append(std::string(kReportHoursKey), std::to_string(report_.hours.at(day)));
    if (manifest->date_micros) {
      metadata->Append(std::string(kManifestDateKey), FormatMicros(*manifest->date_micros));
    }
    return metadata;
  }

  const Report& report_;
  ConvertedTree& tree_;
  ConvertResult& result_;
  ReportColumns columns_;
  std::map<Day, DayFiles> days_;
  int64_t rows_ = 0;  // in all buffers
};

class Converter {
 public:
  explicit Converter(const ConvertOptions& options) : options_(options) {}

  arrow::Result<ConvertResult> Run() {
    ARROW_RETURN_NOT_OK(FindReports());
    ARROW_ASSIGN_OR_RAISE(
        tree_, ConvertedTree::Open({options_.out, options_.layout, options_.org, options_.source}));
    ARROW_RETURN_NOT_OK(ChooseDays());
    for (const Report& report : reports_) {
      ARROW_RETURN_NOT_OK(ReportWriter(report, tree_.get(), &result_).Write(options_.cancelled));
    }
    RemoveOldCsvs();
    ARROW_RETURN_NOT_OK(tree_->Commit());
    if (result_.rows_anomalous > 0) {
      result_.warnings.push_back(
          fmt::format("{} rows are anomalies (a measure not finite or above 1e18) and were dropped",
                      result_.rows_anomalous));
    }
    return std::move(result_);
  }

 private:
  arrow::Status FindReports() {
    ARROW_ASSIGN_OR_RAISE(Inputs inputs, FindInputs(options_.inputs, {}, {}, options_.payload_limits));
    if (!inputs.parquet.empty()) {
      return UsageError("{}: is Parquet already; convert takes payloads and CSV files",
                        inputs.parquet.front().file->name());
    }
    result_.notes = std::move(inputs.notes);
    result_.warnings = std::move(inputs.warnings);
    std::set<std::string> clusters;
    int64_t ignored = 0;
    for (CsvInput& input : inputs.csv) {
      if (input.manifest && input.manifest->cluster_id) clusters.insert(*input.manifest->cluster_id);
      ARROW_ASSIGN_OR_RAISE(CsvHeader header, ReadCsvHeader(*input.file));
      const auto kind = TellReport(header.names);
      if (kind) {
        reports_.push_back({std::move(input), std::move(header), *kind, {}, {}, {}});
      } else {
        ++ignored;
      }
    }
    if (clusters.size() > 1) {
      return UsageError(
          "the input holds payloads of {} clusters: {}; one source is one cluster: name its payloads only",
          clusters.size(), fmt::format("{}", fmt::join(clusters, ", ")));
    }
    if (ignored > 0) {
      result_.notes.push_back(fmt::format("{} CSV files are none of the reports and were ignored", ignored));
    }
    result_.reports = std::ssize(reports_);
    return arrow::Status::OK();
  }

  // Which days of the reports count, and which files of the tree no longer do.
  arrow::Status ChooseDays() {
    const Day first = DayOf(1, 1, 1), last = DayOf(9999, 12, 31);
    std::map<std::tuple<std::string, ReportKind, Day>, std::set<int64_t>> times;
    for (Report& report : reports_) {
      if (!report.input.manifest) continue;
      const auto open = [&](const DecodeOptions& decode) {
        return OpenCsv(report.input.file, report.kind, decode);
      };
      ARROW_ASSIGN_OR_RAISE(report.days, ScanDays(open, first, last, report.whole(), options_.cancelled));
      for (auto& [day, rows] : report.days) {
        times[{report.input.manifest->uuid, report.kind, day}].merge(rows.times);
      }
    }
    std::vector<Offer> offers;
    std::vector<std::function<void()>> leave_out;  // by offer
    std::map<std::string, int64_t> superseded;
    for (Report& report : reports_) {
      if (!report.input.manifest) continue;
      const Manifest& manifest = *report.input.manifest;
      for (const auto& [day, rows] : report.days) {
        report.hours[day] = manifest.start_micros
                                ? HoursOf(*manifest.start_micros, *manifest.end_micros, day)
                                : static_cast<int>(times[{manifest.uuid, report.kind, day}].size());
        // Its hourly and its daily table stand and fall together.
        offers.push_back({{report.kind, Granularity::kHourly},
                          day,
                          manifest.uuid,
                          report.whole(),
                          report.hours[day],
                          manifest.date_micros});
        leave_out.emplace_back([&report, &superseded, of = day, count = rows.rows] {
          report.superseded.insert(of);
          superseded[report.input.file->name()] += count;
        });
      }
    }
    for (const TreeFile& file : tree_->files()) {
      const auto offer = OfferOf(file);
      if (!offer) continue;
      offers.push_back(*offer);
      leave_out.emplace_back([this, &file, &superseded] {
        tree_->Remove(file);
        ++result_.files_removed;
        superseded[file.path] += file.rows;
      });
    }
    const std::vector<bool> counts = Counting(offers);
    for (size_t i = 0; i < offers.size(); ++i) {
      if (!counts[i]) leave_out[i]();
    }
    result_.superseded.assign(superseded.begin(), superseded.end());
    return arrow::Status::OK();
  }

  static std::optional<Offer> OfferOf(const TreeFile& file) {
    const Table table{file.table.kind, Granularity::kHourly};
    if (file.delivery) {
      return Offer{table, file.delivery->day,   file.delivery->id,
                   true,  file.delivery->hours, file.delivery->date_micros};
    }
    if (!file.origin || file.origin->origin != Origin::kAdds) return std::nullopt;
    return Offer{table, file.origin->day, file.origin->id, false, 0, {}};
  }

  // Days that a CSV file had when it was converted before, and has no longer.
  void RemoveOldCsvs() {
    std::set<std::string> hashes;
    for (const Report& report : reports_) {
      if (!report.input.manifest) hashes.insert(Hash(report.input.file->identity()));
    }
    for (const TreeFile& file : tree_->files()) {
      if (!file.origin || file.origin->origin != Origin::kCsv || !hashes.contains(file.origin->hash))
        continue;
      if (tree_->Stages(file.path)) continue;
      tree_->Remove(file);
      ++result_.files_removed;
    }
  }

  const ConvertOptions& options_;
  std::vector<Report> reports_;
  std::unique_ptr<ConvertedTree> tree_;
  ConvertResult result_;
};

}  // namespace

arrow::Result<ConvertResult> Convert(const ConvertOptions& options) { return Converter(options).Run(); }

}  // namespace costream
