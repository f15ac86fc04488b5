#include "job/partial.h"

#include <arrow/io/memory.h>
#include <arrow/ipc/reader.h>
#include <arrow/ipc/writer.h>
#include <arrow/util/key_value_metadata.h>

#include <algorithm>
#include <chrono>
#include <set>

#include "base/error.h"
#include "base/machine.h"
#include "base/process_memory.h"
#include "base/utf8.h"
#include "job/aggregator.h"
#include "merge/day_partial.h"

namespace costream {
namespace {

constexpr const char* kVersion = "1";

// What partial states are of. All but `have` is the same in the states of one run.
struct Facts {
  std::string source, month, start, end, kinds;
  std::string cluster_id, cluster_alias, report_period_id;  // empty: none
  int parts = 1;
  std::set<int> have;

  bool SameRun(const Facts& other) const {
    Facts mine = *this, others = other;
    mine.have = others.have = {};
    return mine.ToMetadata()->Equals(*others.ToMetadata());
  }

  std::shared_ptr<arrow::KeyValueMetadata> ToMetadata() const {
    return arrow::key_value_metadata(
        {"version", "source", "month", "start", "end", "kinds", "cluster_id", "cluster_alias",
         "report_period_id", "parts", "have"},
        {kVersion, source, month, start, end, kinds, cluster_id, cluster_alias, report_period_id,
         std::to_string(parts), fmt::format("{}", fmt::join(have, ","))});
  }
};

struct Partial {
  Facts facts;
  DayStates states;
};

arrow::Status NotPartial(const std::string& what) {
  return InputError("these bytes are no partial state of this version of costream: {}", what);
}

arrow::Result<Facts> FactsOf(const std::shared_ptr<const arrow::KeyValueMetadata>& metadata) {
  Facts facts;
  if (!metadata || metadata->Get("version").ValueOr("") != kVersion) return NotPartial("no version");
  std::string parts, have;
  for (const auto& [name, text] :
       {std::pair("source", &facts.source), std::pair("month", &facts.month),
        std::pair("start", &facts.start), std::pair("end", &facts.end), std::pair("kinds", &facts.kinds),
        std::pair("cluster_id", &facts.cluster_id), std::pair("cluster_alias", &facts.cluster_alias),
        std::pair("report_period_id", &facts.report_period_id), std::pair("parts", &parts),
        std::pair("have", &have)}) {
    const auto value = metadata->Get(name);
    if (!value.ok()) return NotPartial(fmt::format("no '{}'", name));
    if (!IsCleanUtf8(*value)) return NotPartial(fmt::format("'{}' is no text", name));
    *text = *value;
  }
  try {
    facts.parts = std::stoi(parts);
    for (size_t at = 0; at < have.size();) {
      size_t end = have.find(',', at);
      if (end == have.npos) end = have.size();
      facts.have.insert(std::stoi(have.substr(at, end - at)));
      at = end + 1;
    }
  } catch (const std::exception&) {
    return NotPartial("its parts are no numbers");
  }
  const auto is_part = [&](int part) { return part >= 0 && part < facts.parts; };
  if (facts.parts < 1 || !std::ranges::all_of(facts.have, is_part))
    return NotPartial("it has a part that there is not");
  return facts;
}

arrow::Result<PartialBytes> Write(const Facts& facts, const arrow::RecordBatchVector& batches) {
  ARROW_ASSIGN_OR_RAISE(const auto out, arrow::io::BufferOutputStream::Create());
  ARROW_ASSIGN_OR_RAISE(const auto writer,
                        arrow::ipc::MakeStreamWriter(out, PartialSchema()->WithMetadata(facts.ToMetadata())));
  for (const auto& batch : batches) ARROW_RETURN_NOT_OK(writer->WriteRecordBatch(*batch));
  ARROW_RETURN_NOT_OK(writer->Close());
  return out->Finish();
}

// Adds the bytes' states; the first say of which run they must be.
arrow::Status Read(const PartialBytes& bytes, bool first, Partial* partial) {
  const auto opened =
      arrow::ipc::RecordBatchStreamReader::Open(std::make_shared<arrow::io::BufferReader>(bytes));
  if (!opened.ok()) return NotPartial(opened.status().message());
  ARROW_ASSIGN_OR_RAISE(const Facts facts, FactsOf((*opened)->schema()->metadata()));
  if (first) {
    partial->facts = facts;
    partial->facts.have = {};
  }
  if (!facts.SameRun(partial->facts)) {
    return UsageError(
        "partial states of different runs: {} {} to {} in {} parts, and {} {} to {} in {} parts",
        partial->facts.source, partial->facts.start, partial->facts.end, partial->facts.parts, facts.source,
        facts.start, facts.end, facts.parts);
  }
  for (const int part : facts.have) {
    if (!partial->facts.have.insert(part).second) return UsageError("part {} is given twice", part);
  }
  for (;;) {
    const auto batch = (*opened)->Next();
    if (!batch.ok()) return NotPartial(batch.status().message());
    if (!*batch) return arrow::Status::OK();
    ARROW_RETURN_NOT_OK(AddPartial(**batch, &partial->states));
  }
}

arrow::Result<Partial> ReadAll(const std::vector<PartialBytes>& partials) {
  if (partials.empty()) return UsageError("no partial state is given");
  Partial all;
  for (const PartialBytes& bytes : partials)
    ARROW_RETURN_NOT_OK(Read(bytes, &bytes == &partials.front(), &all));
  return all;
}

Facts FactsOf(const Plan& plan, const RowKindSet& kinds, int part, int parts) {
  const RunIdentity& identity = plan.identity;
  return {identity.source,
          FormatMonth(plan.month),
          FormatDay(plan.first_day),
          FormatDay(plan.last_day),
          fmt::format("{:d}{:d}{:d}", kinds.pod, kinds.storage, kinds.unallocated),
          identity.cluster_id.value_or(""),
          identity.cluster_alias.value_or(""),
          identity.report_period_id ? std::to_string(*identity.report_period_id) : "",
          parts,
          {part}};
}

// Source and days are those of the states; what else the caller says beats what they say.
arrow::Status Complete(const Facts& facts, RunOptions* options) {
  options->source = facts.source;
  options->month = ParseMonth(facts.month);
  options->start = ParseDay(facts.start);
  options->end = ParseDay(facts.end);
  if (!options->month || !options->start || !options->end || facts.kinds.size() != 3)
    return NotPartial("no days");
  options->rows = {facts.kinds[0] == '1', facts.kinds[1] == '1', facts.kinds[2] == '1'};
  if (!options->cluster_id && !facts.cluster_id.empty()) options->cluster_id = facts.cluster_id;
  if (!options->cluster_alias && !facts.cluster_alias.empty()) options->cluster_alias = facts.cluster_alias;
  if (!options->report_period_id && !facts.report_period_id.empty()) {
    options->report_period_id = std::strtoll(facts.report_period_id.c_str(), nullptr, 10);
  }
  return arrow::Status::OK();
}

}  // namespace

arrow::Result<PartialBytes> MakePartial(const RunOptions& options, int part, int parts) {
  if (parts < 1 || part < 0 || part >= parts)
    return UsageError("part {} of {}: parts are counted from 0", part, parts);
  ARROW_ASSIGN_OR_RAISE(PlannedRun planned, PlanRun(options));
  Plan& plan = planned.plan;
  const bool has_storage =
      std::ranges::find(plan.units, ReportKind::kStorage, &Unit::kind) != plan.units.end();
  size_t index = 0;
  std::erase_if(plan.units, [&](const Unit&) {
    return index++ % static_cast<size_t>(parts) != static_cast<size_t>(part);
  });
  ARROW_ASSIGN_OR_RAISE(const MemoryLimit memory,
                        MemoryLimit::Make(options.memory_limit_bytes, options.spill_folder));
  const FinalizeOptions finalize = FinalizeOptionsOf(options, planned);
  const LabelFilter filter(planned.reference.enabled_tag_keys);
  RowBuilder rows(&finalize.identity, [](const auto&) { return arrow::Status::OK(); });
  Aggregator aggregator(&plan, &options, &finalize, &filter, &memory, &rows);
  arrow::RecordBatchVector batches;
  aggregator.KeepStates(
      [&](const DayState& state) { return WritePartial(state).Value(&batches.emplace_back()); }, has_storage);
  const int wanted = options.threads > 0 ? options.threads : AvailableProcessors();
  ARROW_RETURN_NOT_OK(aggregator.Run(/*in_memory=*/false, memory.Threads(wanted, plan.row_group_bytes)));
  return Write(FactsOf(plan, options.rows, part, parts), batches);
}

arrow::Result<PartialBytes> MergePartials(const std::vector<PartialBytes>& partials) {
  ARROW_ASSIGN_OR_RAISE(const Partial all, ReadAll(partials));
  arrow::RecordBatchVector batches;
  for (const auto& [day, state] : all.states) {
    ARROW_ASSIGN_OR_RAISE(batches.emplace_back(), WritePartial(*state));
  }
  return Write(all.facts, batches);
}

arrow::Result<RunResult> FinalizePartials(const RunOptions& given, const std::vector<PartialBytes>& partials,
                                          Sink* sink) {
  const auto begin = std::chrono::steady_clock::now();
  ARROW_ASSIGN_OR_RAISE(Partial all, ReadAll(partials));
  for (int part = 0; part < all.facts.parts; ++part) {
    if (!all.facts.have.contains(part)) return UsageError("part {} of {} is missing", part, all.facts.parts);
  }
  RunOptions options = given;
  ARROW_RETURN_NOT_OK(Complete(all.facts, &options));
  ARROW_ASSIGN_OR_RAISE(const PlannedRun planned, PlanStreams(options, {}));
  const Plan& plan = planned.plan;
  const FinalizeOptions finalize = FinalizeOptionsOf(options, planned);
  ARROW_ASSIGN_OR_RAISE(const MemoryLimit memory,
                        MemoryLimit::Make(options.memory_limit_bytes, options.spill_folder));
  SpillSpace space(memory.spill_folder(), options.spill_limit_bytes);
  RunResult result;
  std::vector<Day> days;
  ARROW_RETURN_NOT_OK(sink->Begin({plan.identity, plan.first_day, plan.last_day, options.rows}));
  RowBuilder rows(&finalize.identity, [&](const auto& batch) { return sink->Write(batch); });
  for (auto& [day, state] : all.states) {
    if (options.cancelled && options.cancelled()) return MakeError(ErrorKind::kCancelled, "stopped");
    if (day < plan.first_day || day > plan.last_day) return NotPartial("it has rows of other days");
    SpilledDay spilled(&space, memory.SortBytes());
    ARROW_RETURN_NOT_OK(spilled.TakeStorage(state.get()));
    ARROW_RETURN_NOT_OK(FinalizeDay(*state, &spilled, finalize, &rows, &result.totals));
    state.reset();
    days.push_back(day);
  }
  ARROW_RETURN_NOT_OK(rows.Flush());
  ARROW_RETURN_NOT_OK(sink->Commit(days));
  result.source = plan.identity.source;
  result.cluster_id = plan.identity.cluster_id;
  result.month = plan.month;
  result.start = plan.first_day;
  result.end = plan.last_day;
  result.mode_reason = "from partial states";
  result.days_with_rows = static_cast<int64_t>(days.size());
  result.peak_resident_bytes = PeakResidentBytes();
  result.memory_limit_bytes = memory.bytes();
  result.spilled_bytes = space.bytes();
  result.seconds.total = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return result;
}

}  // namespace costream
