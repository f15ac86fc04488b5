#include "job/plan.h"

#include <arrow/io/interfaces.h>
#include <arrow/util/thread_pool.h>

#include <algorithm>
#include <deque>

#include "base/error.h"
#include "decode/csv_reader.h"
#include "decode/parquet_reader.h"
#include "job/scope.h"
#include "job/superseding.h"

namespace costream {
namespace {

constexpr int64_t kCsvBytesPerRow = 300;
constexpr int kHourly = 0, kDaily = 1;

int Index(Granularity granularity) { return granularity == Granularity::kHourly ? kHourly : kDaily; }

// Only the daily pod table has effective usage; files of other reports look alike, and are hourly if their
// path says nothing.
Granularity TellGranularity(const std::vector<std::string>& columns) {
  const bool daily = std::ranges::any_of(
      columns, [](const std::string& name) { return name.starts_with("pod_effective_usage_"); });
  return daily ? Granularity::kDaily : Granularity::kHourly;
}

constexpr size_t kFootersAtOnce = 8;

// Read in the background: each costs a store two round trips.
arrow::Future<std::shared_ptr<ParquetFile>> Footer(const ParquetInput& input) {
  return arrow::DeferNotOk(arrow::io::default_io_context().executor()->Submit(
      [input] { return ParquetFile::Open(input.file, input.table->kind, input.table->granularity); }));
}

class Planner {
 public:
  Planner(const RunOptions& options, const ReferenceData& reference)
      : options_(options), reference_(reference) {}

  arrow::Result<Plan> Make() {
    S3Settings s3 = options_.s3;
    s3.cancelled = options_.cancelled;
    ARROW_ASSIGN_OR_RAISE(inputs_, FindInputs(options_.inputs, options_.layout, s3, options_.payload_limits));
    plan_.notes = inputs_.notes;
    plan_.warnings = inputs_.warnings;
    if (inputs_.repeated > 0) {
      plan_.warnings.push_back(
          fmt::format("{} files are in the input more than once; each was read once", inputs_.repeated));
    }
    ARROW_RETURN_NOT_OK(TellTables());
    ARROW_RETURN_NOT_OK(ChooseScope(options_, reference_, &inputs_, &plan_));
    ARROW_RETURN_NOT_OK(AddCsvUnits());
    ARROW_RETURN_NOT_OK(AddParquetUnits());
    ARROW_RETURN_NOT_OK(LeaveOutSuperseded(options_, &plan_));
    return Finish();
  }

  arrow::Result<Plan> Make(const std::vector<StreamInput>& streams) {
    ARROW_RETURN_NOT_OK(ChooseScope(options_, reference_, &inputs_, &plan_));
    for (const StreamInput& stream : streams) {
      if (!Wanted(stream.kind)) continue;
      Unit unit;
      unit.kind = stream.kind;
      unit.granularity = stream.granularity;
      unit.first_day = plan_.first_day;
      unit.last_day = plan_.last_day;
      unit.open = stream.open;
      unit.reopens = false;
      plan_.units.push_back(std::move(unit));
    }
    return Finish();
  }

 private:
  arrow::Result<Plan> Finish() {
    ARROW_RETURN_NOT_OK(AssignRoles());
    Arrange();
    return std::move(plan_);
  }

  bool Wanted(ReportKind kind) const { return kind != ReportKind::kStorage || options_.rows.storage; }

  // Of the Parquet files that no folder names a table for: by their columns.
  arrow::Status TellTables() {
    for (ParquetInput& input : inputs_.parquet) {
      if (input.table) continue;
      ARROW_ASSIGN_OR_RAISE(const auto columns, ReadParquetColumns(*input.file));
      if (const auto kind = TellReport(columns)) {
        input.table = {*kind, input.facts.granularity.value_or(TellGranularity(columns))};
      }
      if (!input.table) inputs_.ignored.push_back(input.file->name());
    }
    std::erase_if(inputs_.parquet, [](const ParquetInput& input) { return !input.table; });
    if (inputs_.parquet.empty() && inputs_.csv.empty()) {
      return InputError("{}: none of the reports; a report of pods, say, has the columns {} and {}",
                        fmt::format("{}", fmt::join(inputs_.ignored, ", ")), kIntervalStart,
                        SpecOf(ReportKind::kPod).telling_column);
    }
    return arrow::Status::OK();
  }

  arrow::Status AddCsvUnits() {
    int64_t ignored = 0;
    for (const CsvInput& input : inputs_.csv) {
      ARROW_ASSIGN_OR_RAISE(const auto header, ReadCsvHeader(*input.file));
      const auto kind = TellReport(header.names);
      if (!kind) {
        ++ignored;
        continue;
      }
      ++plan_.files;
      if (!Wanted(*kind)) continue;
      Unit unit;
      unit.kind = *kind;
      unit.file = input.file;
      unit.manifest = input.manifest;
      unit.first_day = plan_.first_day;
      unit.last_day = plan_.last_day;
      unit.bytes = input.file->bytes();
      unit.rows = unit.bytes * (input.file->name().ends_with(".gz") ? 20 : 1) / kCsvBytesPerRow;
      unit.open = [file = input.file, kind = *kind](const DecodeOptions& decode) {
        return OpenCsv(file, kind, decode);
      };
      plan_.units.push_back(std::move(unit));
    }
    if (ignored > 0)
      plan_.notes.push_back(fmt::format("{} CSV files are none of the reports and were ignored", ignored));
    return arrow::Status::OK();
  }

  // Whether the path says that the file holds no day of the run.
  bool PathRulesOut(const PathFacts& facts) const {
    if (!facts.year || !facts.month || *facts.month < 1 || *facts.month > 12) return false;
    const Month month{*facts.year, *facts.month};
    if (!facts.day || *facts.day < 1 || *facts.day > DaysIn(month)) return !(month == plan_.month);
    const Day day = DayOf(month.year, month.month, *facts.day);
    return day < plan_.first_day || day > plan_.last_day;
  }

  arrow::Status AddParquetUnits() {
    std::vector<ParquetInput> inputs;
    std::ranges::copy_if(inputs_.parquet, std::back_inserter(inputs), [&](const ParquetInput& input) {
      return Wanted(input.table->kind) && !(options_.trust_paths && PathRulesOut(input.facts));
    });
    // Whatever happens, none is left in the background.
    struct Opening : std::deque<arrow::Future<std::shared_ptr<ParquetFile>>> {
      ~Opening() {
        for (const auto& file : *this) file.Wait();
      }
    } opening;
    for (size_t i = 0; i < inputs.size(); ++i) {
      const auto [kind, granularity] = *inputs[i].table;
      while (opening.size() < kFootersAtOnce && i + opening.size() < inputs.size()) {
        opening.push_back(Footer(inputs[i + opening.size()]));
      }
      ARROW_ASSIGN_OR_RAISE(const auto file, opening.front().result());
      opening.pop_front();
      ++plan_.files;
      for (const RowGroupInfo& group : file->row_groups()) {
        Unit unit;
        unit.kind = kind;
        unit.granularity = granularity;
        unit.remote = inputs[i].file->remote();
        unit.first_day = std::max(plan_.first_day, group.first_day.value_or(plan_.first_day));
        unit.last_day = std::min(plan_.last_day, group.last_day.value_or(plan_.last_day));
        if (unit.first_day > unit.last_day || group.rows == 0) continue;
        unit.file = inputs[i].file;
        unit.layout = inputs[i].layout;
        unit.delivery = file->delivery();
        unit.bytes = group.bytes;
        plan_.row_group_bytes = std::max(plan_.row_group_bytes, group.bytes);
        unit.rows = group.rows;
        unit.open = [file, index = group.index](const DecodeOptions& decode) {
          return file->OpenRowGroup(index, decode);
        };
        unit.bytes_of_columns = [file, index = group.index](const ColumnSet& columns) {
          return file->BytesOfColumns(index, columns);
        };
        plan_.units.push_back(std::move(unit));
      }
    }
    if (!inputs_.ignored.empty()) {
      plan_.notes.push_back(
          fmt::format("{} Parquet files are none of the reports and were ignored", inputs_.ignored.size()));
    }
    return arrow::Status::OK();
  }

  // Days of which the table has at least one row. Rows are read only where a row group may hold several days.
  arrow::Result<std::vector<bool>> DaysPresent(ReportKind kind, Granularity granularity) const {
    std::vector<bool> present(plan_.last_day - plan_.first_day + 1);
    for (const Unit& unit : plan_.units) {
      if (unit.kind != kind || unit.granularity != granularity) continue;
      if (unit.first_day == unit.last_day && plan_.first_day != plan_.last_day) {
        present[unit.first_day - plan_.first_day] = true;
        continue;
      }
      DecodeOptions decode;
      decode.first_day = plan_.first_day;
      decode.last_day = plan_.last_day;
      ARROW_ASSIGN_OR_RAISE(const auto reader, unit.open(decode));
      UsageBatch batch;
      for (;;) {
        ARROW_ASSIGN_OR_RAISE(const bool more, reader->Next(&batch));
        if (!more) break;
        for (const int64_t time : batch.time_micros) present[DayOfMicros(time) - plan_.first_day] = true;
      }
    }
    return present;
  }

  bool HasTable(ReportKind kind, Granularity granularity) const {
    return std::ranges::any_of(
        plan_.units, [&](const Unit& unit) { return unit.kind == kind && unit.granularity == granularity; });
  }

  // By day: which granularity has rows, {hourly, daily}. Where only one table exists it stands for every day.
  arrow::Result<std::vector<std::array<bool, 2>>> Presence(ReportKind kind) const {
    const bool hourly = HasTable(kind, Granularity::kHourly), daily = HasTable(kind, Granularity::kDaily);
    std::vector<std::array<bool, 2>> presence(plan_.last_day - plan_.first_day + 1, {hourly, daily});
    const bool streams = std::ranges::any_of(plan_.units, [](const Unit& unit) { return !unit.reopens; });
    if (!hourly || !daily || streams) return presence;
    ARROW_ASSIGN_OR_RAISE(const auto hourly_days, DaysPresent(kind, Granularity::kHourly));
    ARROW_ASSIGN_OR_RAISE(const auto daily_days, DaysPresent(kind, Granularity::kDaily));
    for (size_t i = 0; i < presence.size(); ++i) presence[i] = {hourly_days[i], daily_days[i]};
    return presence;
  }

  int UsageTable(const std::array<bool, 2>& present) const {
    if (options_.usage_from == UsageFrom::kHourly) return kHourly;
    if (options_.usage_from == UsageFrom::kDaily) return kDaily;
    return present[kDaily] ? kDaily : kHourly;
  }

  arrow::Status AssignRoles() {
    ARROW_ASSIGN_OR_RAISE(const auto pods, Presence(ReportKind::kPod));
    ARROW_ASSIGN_OR_RAISE(const auto storage, Presence(ReportKind::kStorage));
    ARROW_ASSIGN_OR_RAISE(const auto nodes, Presence(ReportKind::kNodeLabels));
    ARROW_ASSIGN_OR_RAISE(const auto namespaces, Presence(ReportKind::kNamespaceLabels));
    const bool usage = options_.rows.pod || options_.rows.unallocated;
    std::vector<std::string> daily_capacity;
    for (size_t i = 0; i < pods.size(); ++i) {
      DayRoles roles;
      const int from = UsageTable(pods[i]), capacity_from = pods[i][kHourly] ? kHourly : kDaily;
      roles.pod_usage[from] = usage;
      roles.pod_mounts[from] = options_.rows.storage;
      roles.pod_capacity[capacity_from] = usage;
      if (usage && capacity_from == kDaily && pods[i][kDaily]) {
        daily_capacity.push_back(FormatDay(plan_.first_day + static_cast<Day>(i)));
      }
      roles.storage[UsageTable(storage[i])] = true;
      roles.node_labels[nodes[i][kHourly] ? kHourly : kDaily] = true;
      roles.namespace_labels[namespaces[i][kHourly] ? kHourly : kDaily] = true;
      plan_.roles.push_back(roles);
    }
    if (!daily_capacity.empty()) {
      plan_.warnings.push_back(fmt::format(
          "capacity of {} days comes from the daily pod table, since the hourly one has no rows of them "
          "({}{})",
          daily_capacity.size(), daily_capacity.front(),
          daily_capacity.size() > 1 ? " to " + daily_capacity.back() : ""));
    }
    return arrow::Status::OK();
  }

  // The columns that a unit's rows of a day are needed for.
  ColumnSet ColumnsOf(const Unit& unit, Day day) const {
    ColumnSet columns;
    const auto add = [&](std::initializer_list<TextField> text, std::initializer_list<Measure> measures) {
      for (const TextField field : text) columns.Add(field);
      for (const Measure measure : measures) columns.Add(measure);
    };
    if (unit.superseded.contains(day)) return columns;
    const int table = Index(unit.granularity);
    using enum TextField;
    using enum Measure;
    const DayRoles& roles = plan_.RolesOf(day);
    switch (unit.kind) {
      case ReportKind::kPod:
        if (roles.pod_usage[table]) {
          add({kNamespace, kNode, kResourceId, kNodeRole, kPodLabels},
              {kUsageCpu, kRequestCpu, kLimitCpu, kUsageMemory, kRequestMemory, kLimitMemory, kEffectiveCpu,
               kEffectiveMemory, kNodeCores, kNodeBytes});
        }
        if (roles.pod_capacity[table]) add({kNode}, {kNodeCoreSeconds, kNodeByteSeconds});
        if (roles.pod_capacity[table] && table == kDaily) add({kNamespace, kPod, kPodLabels}, {});
        if (roles.pod_mounts[table] && HasTable(ReportKind::kStorage))
          add({kNamespace, kPod, kNode, kResourceId}, {});
        break;
      case ReportKind::kStorage:
        if (roles.storage[table]) {
          add({kNamespace, kPod, kClaim, kVolume, kStorageClass, kVolumeHandle, kVolumeLabels, kClaimLabels},
              {kClaimBytes, kClaimByteSeconds, kVolumeRequest, kClaimUsage});
        }
        break;
      case ReportKind::kNodeLabels:
        if (roles.node_labels[table]) add({kNode, kNodeLabels}, {});
        break;
      case ReportKind::kNamespaceLabels:
        if (roles.namespace_labels[table]) add({kNamespace, kNamespaceLabels}, {});
        break;
    }
    return columns;
  }

  bool HasTable(ReportKind kind) const {
    return HasTable(kind, Granularity::kHourly) || HasTable(kind, Granularity::kDaily);
  }

  void NoteUnread() {
    for (const ReportKind kind : kAllReports) {
      for (const Granularity granularity : {Granularity::kHourly, Granularity::kDaily}) {
        UnreadTable table{{kind, granularity}};
        std::set<const InputFile*> files;
        for (const Unit& unit : plan_.units) {
          if (unit.kind != kind || unit.granularity != granularity || !unit.file) continue;
          if (!unit.columns.Empty() || !unit.superseded.empty()) continue;
          files.insert(unit.file.get());
          table.rows += unit.rows;
        }
        table.files = static_cast<int64_t>(files.size());
        if (table.files > 0) plan_.unread.push_back(table);
      }
    }
  }

  void Arrange() {
    for (Unit& unit : plan_.units) {
      for (Day day = unit.first_day; day <= unit.last_day; ++day) {
        unit.columns_of_day.push_back(ColumnsOf(unit, day));
        unit.columns |= unit.columns_of_day.back();
      }
    }
    NoteUnread();
    std::erase_if(plan_.units, [](const Unit& unit) { return unit.columns.Empty(); });
    const auto order = [](const Unit& unit) {
      const bool pod = unit.kind == ReportKind::kPod;
      return std::tuple(pod ? unit.last_day : unit.first_day, pod, unit.first_day);
    };
    std::stable_sort(plan_.units.begin(), plan_.units.end(),
                     [&](const Unit& a, const Unit& b) { return order(a) < order(b); });
    for (const Unit& unit : plan_.units) plan_.rows += unit.rows;
    for (const ReportKind kind : kAllReports) {
      if (Wanted(kind) && !HasTable(kind)) {
        plan_.notes.push_back(
            fmt::format("no rows of the {} report in the input for these days", SpecOf(kind).name));
      }
    }
  }

  const RunOptions& options_;
  const ReferenceData& reference_;
  Inputs inputs_;
  Plan plan_;
};

}  // namespace

arrow::Result<Plan> MakePlan(const RunOptions& options, const ReferenceData& reference) {
  return Planner(options, reference).Make();
}

arrow::Result<Plan> MakeStreamPlan(const RunOptions& options, const ReferenceData& reference,
                                   const std::vector<StreamInput>& streams) {
  return Planner(options, reference).Make(streams);
}

}  // namespace costream
