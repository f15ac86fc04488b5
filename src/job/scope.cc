#include "job/scope.h"

#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/utf8.h"

namespace costream {
namespace {

class ScopeChooser {
 public:
  ScopeChooser(const RunOptions& options, const ReferenceData& reference, Inputs* inputs, Plan* plan)
      : options_(options), reference_(reference), inputs_(inputs), plan_(plan) {}

  arrow::Status Choose() {
    ARROW_RETURN_NOT_OK(ChooseSource());
    return ChooseDays();
  }

 private:
  arrow::Status ChooseSource() {
    // The reference's organization only chooses where paths name several.
    std::optional<std::string> org = options_.org;
    std::set<std::string> orgs;
    for (const ParquetInput& input : inputs_->parquet) {
      if (input.facts.org) orgs.insert(*input.facts.org);
    }
    if (!org && orgs.size() > 1) org = reference_.org;
    if (!org && orgs.size() > 1) {
      return UsageError("the input holds several organizations: {}; choose one with --org",
                        fmt::format("{}", fmt::join(orgs, ", ")));
    }
    const size_t of_all = inputs_->parquet.size();
    std::erase_if(inputs_->parquet, [&](const ParquetInput& input) {
      return org && input.facts.org && input.facts.org != org;
    });
    if (inputs_->parquet.empty() && inputs_->csv.empty() && of_all > 0) {
      return InputError("no report of organization {} in the input: all its files are of other organizations",
                        *org);
    }
    std::set<std::string> sources;
    for (const ParquetInput& input : inputs_->parquet) {
      if (input.facts.source) sources.insert(*input.facts.source);
    }
    std::optional<std::string> source = options_.source ? options_.source : reference_.source;
    if (!source && sources.size() > 1) {
      return UsageError("the input holds several sources: {}; choose one with --source",
                        fmt::format("{}", fmt::join(sources, ", ")));
    }
    if (!source && sources.size() == 1) source = *sources.begin();
    if (!source || source->empty()) {
      return UsageError(
          "the source is not known: give --source UUID (the platform's id of this cluster; without a "
          "platform any uuid, always the same), or source_uuid in the --reference file");
    }
    // One source under another name than the reference file's: the file names the rows. A flag chooses
    // strictly.
    if (!options_.source && sources.size() == 1 && !sources.contains(*source)) {
      plan_->warnings.push_back(
          fmt::format("the paths name source {}, the reference file {}: rows carry the latter",
                      *sources.begin(), *source));
    } else {
      const size_t before = inputs_->parquet.size();
      std::erase_if(inputs_->parquet, [&](const ParquetInput& input) {
        return input.facts.source && input.facts.source != source;
      });
      if (inputs_->parquet.empty() && inputs_->csv.empty() && before > 0) {
        return InputError("no report of source {} in the input: all its files are of other sources", *source);
      }
    }
    plan_->identity.source = *source;
    ARROW_RETURN_NOT_OK(ChooseCluster());
    plan_->identity.cluster_alias =
        options_.cluster_alias ? options_.cluster_alias : reference_.cluster_alias;
    plan_->identity.report_period_id =
        options_.report_period_id ? options_.report_period_id : reference_.report_period_id;
    return CheckIdentity();
  }

  // A manifest names its cluster; the rows of two clusters are not added up.
  arrow::Status ChooseCluster() {
    std::optional<std::string>& cluster = plan_->identity.cluster_id;
    cluster = options_.cluster_id ? options_.cluster_id : reference_.cluster_id;
    std::set<std::string> clusters;
    for (const CsvInput& input : inputs_->csv) {
      if (input.manifest && input.manifest->cluster_id) clusters.insert(*input.manifest->cluster_id);
    }
    if (clusters.empty()) return arrow::Status::OK();
    if (clusters.size() > 1 && !(cluster && clusters.contains(*cluster))) {
      return UsageError("the input holds payloads of {} clusters: {}; choose one with --cluster-id",
                        clusters.size(), fmt::format("{}", fmt::join(clusters, ", ")));
    }
    if (!cluster) {
      plan_->manifest_cluster_id = *clusters.begin();
      return arrow::Status::OK();
    }
    if (!clusters.contains(*cluster)) {
      plan_->warnings.push_back(fmt::format("the payloads are of cluster {}: rows carry cluster id {}",
                                            *clusters.begin(), *cluster));
      return arrow::Status::OK();
    }
    std::erase_if(inputs_->csv, [&](const CsvInput& input) {
      return input.manifest && input.manifest->cluster_id && input.manifest->cluster_id != cluster;
    });
    return arrow::Status::OK();
  }

  // These stand in every row as they are.
  arrow::Status CheckIdentity() const {
    const RunIdentity& identity = plan_->identity;
    for (const auto& [name, text] :
         {std::pair("source", std::optional(identity.source)), std::pair("cluster id", identity.cluster_id),
          std::pair("cluster id", plan_->manifest_cluster_id),
          std::pair("cluster alias", identity.cluster_alias)}) {
      if (text && !IsCleanUtf8(*text)) {
        return UsageError("the {} '{}' is no valid UTF-8 text or has U+0000", name, CleanUtf8(*text));
      }
    }
    return arrow::Status::OK();
  }

  // The only month that paths and manifests name; usage error where they name several.
  arrow::Result<std::optional<Month>> MonthOfInputs() const {
    std::set<std::string> months;
    for (const ParquetInput& input : inputs_->parquet) {
      const PathFacts& facts = input.facts;
      if (!facts.year || !facts.month || *facts.month < 1 || *facts.month > 12) continue;
      months.insert(FormatMonth({*facts.year, *facts.month}));
    }
    for (const CsvInput& input : inputs_->csv) {
      if (!input.manifest || !input.manifest->start_micros) continue;
      months.insert(FormatMonth(MonthOf(DayOfMicros(*input.manifest->start_micros))));
      months.insert(FormatMonth(MonthOf(DayOfMicros(*input.manifest->end_micros - 1))));
    }
    if (months.empty()) return std::nullopt;
    if (months.size() > 1) {
      return UsageError("the input holds {} months: {}; choose one with --month", months.size(),
                        fmt::format("{}", fmt::join(months, ", ")));
    }
    return ParseMonth(*months.begin());
  }

  arrow::Status ChooseDays() {
    const std::optional<Day> start = options_.start   ? options_.start
                                     : options_.month ? std::nullopt
                                                      : reference_.start;
    const std::optional<Day> end = options_.end     ? options_.end
                                   : options_.month ? std::nullopt
                                                    : reference_.end;
    std::optional<Month> month = options_.month;
    if (!month && options_.start) month = MonthOf(*options_.start);
    if (!month && options_.end) month = MonthOf(*options_.end);
    if (!month) month = reference_.month;
    if (!month && start) month = MonthOf(*start);
    if (!month && end) month = MonthOf(*end);
    if (!month) {
      ARROW_ASSIGN_OR_RAISE(month, MonthOfInputs());
    }
    if (!month) return UsageError("the month is not known: give --month YYYY-MM (or --start and --end)");
    plan_->month = *month;
    plan_->first_day = start.value_or(FirstDay(*month));
    plan_->last_day = end.value_or(LastDay(*month));
    if (plan_->first_day > plan_->last_day) {
      return UsageError("--start {} is after --end {}", FormatDay(plan_->first_day),
                        FormatDay(plan_->last_day));
    }
    if (plan_->first_day < FirstDay(*month) || plan_->last_day > LastDay(*month)) {
      return UsageError("--start {} and --end {} must lie in the month {}", FormatDay(plan_->first_day),
                        FormatDay(plan_->last_day), FormatMonth(*month));
    }
    return arrow::Status::OK();
  }

  const RunOptions& options_;
  const ReferenceData& reference_;
  Inputs* const inputs_;
  Plan* const plan_;
};

}  // namespace

arrow::Status ChooseScope(const RunOptions& options, const ReferenceData& reference, Inputs* inputs,
                          Plan* plan) {
  return ScopeChooser(options, reference, inputs, plan).Choose();
}

}  // namespace costream
