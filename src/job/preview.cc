#include "job/preview.h"

#include <algorithm>

namespace costream {
namespace {

std::string LayoutOf(const Unit& unit) {
  if (unit.manifest) return "payload";
  if (!unit.bytes_of_columns) return "csv";
  if (!unit.layout) return "parquet";
  return unit.layout == Layout::kFlat ? "flat" : "koku";
}

std::vector<TableRead> TablesRead(const Plan& plan, bool all_columns) {
  std::map<std::pair<ReportKind, Granularity>, TableRead> tables;
  std::map<std::pair<ReportKind, Granularity>, std::set<const InputFile*>> files;
  for (const Unit& unit : plan.units) {
    const std::pair key(unit.kind, unit.granularity);
    TableRead& read = tables[key];
    read.table = {unit.kind, unit.granularity};
    read.rows += unit.rows;
    files[key].insert(unit.file.get());
    read.files = static_cast<int64_t>(files[key].size());
    if (!unit.bytes_of_columns) {
      read.bytes += unit.bytes;
      read.rows_estimated = true;
      continue;
    }
    read.bytes += all_columns ? unit.bytes : unit.bytes_of_columns(unit.columns);
    ++read.row_groups;
  }
  std::vector<TableRead> found;
  for (const auto& [key, read] : tables) found.push_back(read);
  return found;
}

// By day and table: whether a unit may have rows of the day that are needed.
bool Reads(const Plan& plan, ReportKind kind, Granularity granularity, Day day) {
  return std::ranges::any_of(plan.units, [&](const Unit& unit) {
    return unit.kind == kind && unit.granularity == granularity && unit.first_day <= day &&
           day <= unit.last_day && !unit.columns_of_day[day - unit.first_day].Empty();
  });
}

TableOfServed TablesOf(const Plan& plan, Day day) {
  constexpr std::array kGranularities = {Granularity::kHourly, Granularity::kDaily};  // as roles count them
  const DayRoles& roles = plan.RolesOf(day);
  TableOfServed from;
  for (const int table : {0, 1}) {
    const auto serve = [&](Served what, bool role, ReportKind kind) {
      if (role && Reads(plan, kind, kGranularities[table], day)) from[what] = kGranularities[table];
    };
    serve(kServedUsage, roles.pod_usage[table], ReportKind::kPod);
    serve(kServedCapacity, roles.pod_capacity[table], ReportKind::kPod);
    serve(kServedStorage, roles.storage[table], ReportKind::kStorage);
    serve(kServedNodeLabels, roles.node_labels[table], ReportKind::kNodeLabels);
    serve(kServedNamespaceLabels, roles.namespace_labels[table], ReportKind::kNamespaceLabels);
  }
  return from;
}

std::vector<DaysServed> RangesOfDays(const Plan& plan) {
  std::vector<DaysServed> ranges;
  for (Day day = plan.first_day; day <= plan.last_day; ++day) {
    const TableOfServed from = TablesOf(plan, day);
    if (ranges.empty() || ranges.back().from != from) ranges.push_back({day, day, from});
    ranges.back().last = day;
  }
  return ranges;
}

}  // namespace

arrow::Result<Preview> DescribePlan(const RunOptions& options, const Plan& plan) {
  Preview preview;
  preview.scope = {plan.identity, plan.first_day, plan.last_day, options.rows};
  preview.month = plan.month;
  for (const Unit& unit : plan.units) preview.layouts.insert(LayoutOf(unit));
  preview.tables = TablesRead(plan, !options.column_filtering);
  preview.unread = plan.unread;
  preview.days = RangesOfDays(plan);
  preview.superseded = plan.superseded;
  preview.notes = plan.notes;
  preview.warnings = plan.warnings;
  return preview;
}

arrow::Result<Preview> PreviewRun(const RunOptions& options) {
  ARROW_ASSIGN_OR_RAISE(const auto sink, SinkOf(options));
  ARROW_ASSIGN_OR_RAISE(const PlannedRun planned, PlanRun(options));
  ARROW_ASSIGN_OR_RAISE(Preview preview, DescribePlan(options, planned.plan));
  ARROW_ASSIGN_OR_RAISE(preview.existing, sink->Existing(preview.scope));
  return preview;
}

}  // namespace costream
