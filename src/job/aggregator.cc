#include "job/aggregator.h"

#include <thread>

#include "base/error.h"
#include "base/process_memory.h"
#include "job/log.h"
#include "job/no_throw.h"

namespace costream {
namespace {

constexpr int64_t kLargeDayRows = 1'000'000;
constexpr int64_t kLeastSpill = int64_t{2} << 20;  // less does not help
constexpr size_t kManyRuns = 16;                   // of a day: from so many on they become larger

}  // namespace

// A day in work.
struct Aggregator::DaySlot {
  DaySlot(SpillSpace* space, const MemoryLimit& memory) : spilled(space, memory.SortBytes()) {}

  std::unique_ptr<DayState> state;
  SpilledDay spilled;
  bool spilling = false;
  std::vector<std::unique_ptr<DayWorker>> idle;  // that no thread holds
  size_t units_left = 0;
  int workers = 0;  // that have a unit which begins with the day
};

// The batches of a unit, in in-memory mode.
struct Aggregator::Loaded {
  std::shared_ptr<BatchReader> reader;
  std::vector<UsageBatch> batches;
};

Aggregator::Aggregator(const Plan* plan, const RunOptions* options, const FinalizeOptions* finalize,
                       const LabelFilter* filter, const MemoryLimit* memory, RowBuilder* rows)
    : plan_(*plan),
      options_(*options),
      finalize_(*finalize),
      filter_(*filter),
      memory_(*memory),
      rows_(*rows),
      space_(memory->spill_folder(), options->spill_limit_bytes),
      units_ahead_(plan, [this](const Unit& unit) { return DecodeOptionsOf(unit); }),
      next_day_(plan->first_day) {
  for (Day day = plan_.first_day; day <= plan_.last_day; ++day) {
    slots_.push_back(std::make_unique<DaySlot>(&space_, memory_));
  }
  hours_seen_.resize(slots_.size());
  taken_.resize(plan_.units.size());
  std::map<Day, int64_t> rows_of_day;
  for (size_t i = 0; i < plan_.units.size(); ++i) {
    const Unit& unit = plan_.units[i];
    if (unit.kind != ReportKind::kPod) feeding_.insert(i);
    share_days_ |= (rows_of_day[unit.first_day] += unit.rows) > kLargeDayRows;
    progress_.bytes_total += unit.bytes;
    for (Day day = unit.first_day; day <= unit.last_day; ++day) ++slots_[day - plan_.first_day]->units_left;
  }
}

Aggregator::~Aggregator() = default;

arrow::Status Aggregator::Run(bool in_memory, int threads) {
  threads_ = threads;
  if (threads > 1) partitions_ = std::min(64, 4 * threads);
  if (in_memory) ARROW_RETURN_NOT_OK(LoadAll());
  std::vector<std::jthread> workers;
  try {
    for (int i = 1; i < threads; ++i) workers.emplace_back([this] { Work(); });
  } catch (const std::exception& error) {
    Log()->warn("only {} of {} threads can be started: {}", workers.size() + 1, threads, error.what());
  }
  Work();
  workers.clear();                              // joins
  if (status_.ok()) status_ = EmitReadyDays();  // days without any unit at the end
  return status_;
}

arrow::Status Aggregator::LoadAll() {
  loaded_.resize(plan_.units.size());
  for (size_t i = 0; i < plan_.units.size(); ++i) {
    if (options_.mode == Mode::kAuto && memory_.Near()) break;  // the rest is streamed
    ARROW_ASSIGN_OR_RAISE(loaded_[i].reader, units_ahead_.Open(i));
    for (;;) {
      if (options_.cancelled && options_.cancelled()) return MakeError(ErrorKind::kCancelled, "stopped");
      UsageBatch batch;
      ARROW_ASSIGN_OR_RAISE(const bool more, loaded_[i].reader->Next(&batch));
      if (!more) break;
      loaded_[i].batches.push_back(std::move(batch));
      if (options_.mode != Mode::kAuto && memory_.Near()) {
        return UsageError("--mode in-memory needs more than the memory limit of {} MiB; use --mode streaming",
                          memory_.bytes() >> 20);
      }
    }
  }
  return arrow::Status::OK();
}

void Aggregator::Work() {
  const arrow::Status status = NoThrow([&]() -> arrow::Status {
    LabelMemo memo(&filter_, memory_.LabelMemoBytes(threads_, plan_.row_group_bytes));
    Day own_day = plan_.first_day - 1;
    while (const auto index = TakeUnit(own_day)) {
      own_day = plan_.units[*index].first_day;
      const arrow::Status run = NoThrow([&] { return RunUnit(*index, &memo); });
      FinishUnit(*index);
      ARROW_RETURN_NOT_OK(run);
      ARROW_RETURN_NOT_OK(EmitReadyDays());
    }
    return arrow::Status::OK();
  });
  if (!status.ok()) Fail(status);
}

// A worker stays with its day, or begins one that nobody is at: that way it reads most of a day's texts, and
// has its groups for itself. Days so large that two at a time may not fit are shared instead.
std::optional<size_t> Aggregator::ChooseUnit(Day own_day) const {
  constexpr size_t kLooksAt = 256;
  std::optional<size_t> best;
  int best_rank = 3;
  size_t looked = 0;
  for (size_t i = first_left_; i < plan_.units.size() && looked < kLooksAt && best_rank > 0; ++i) {
    if (taken_[i]) continue;
    ++looked;
    const Unit& unit = plan_.units[i];
    // Do not run ahead of the writer.
    if (unit.first_day > next_day_ + 1 && (emitting_ || i != first_left_)) break;
    if (unit.kind == ReportKind::kPod && !feeding_.empty() && *feeding_.begin() < i) continue;
    const int rank = share_days_ || unit.first_day == own_day                 ? 0
                     : slots_[unit.first_day - plan_.first_day]->workers == 0 ? 1
                                                                              : 2;
    if (rank >= best_rank) continue;
    best = i;
    best_rank = rank;
  }
  return best;
}

std::optional<size_t> Aggregator::TakeUnit(Day own_day) {
  std::unique_lock lock(mutex_);
  std::optional<size_t> unit;
  changed_.wait(lock, [&] {
    if (!status_.ok() || first_left_ == plan_.units.size()) return true;
    unit = ChooseUnit(own_day);
    return unit.has_value();
  });
  if (!status_.ok() || !unit) return std::nullopt;
  taken_[*unit] = true;
  while (first_left_ < plan_.units.size() && taken_[first_left_]) ++first_left_;
  if (first_left_ == plan_.units.size()) changed_.notify_all();
  ++slots_[plan_.units[*unit].first_day - plan_.first_day]->workers;
  return unit;
}

arrow::Status Aggregator::RunUnit(size_t index, LabelMemo* memo) {
  const Unit& unit = plan_.units[index];
  std::map<Day, std::unique_ptr<DayWorker>> days;
  const auto run = [&]() -> arrow::Status {
    DecodeCounts before;
    if (!loaded_.empty() && loaded_[index].reader) {
      const Loaded& loaded = loaded_[index];
      for (const UsageBatch& batch : loaded.batches) {
        ARROW_RETURN_NOT_OK(AddBatch(unit, batch, *loaded.reader, memo, &days));
      }
      Report(loaded.reader->counts(), unit.bytes, before);
      return arrow::Status::OK();
    }
    // The dictionaries of a row group come all at once.
    const int64_t needed = std::min(2 * unit.bytes, memory_.bytes() / 4);
    opening_bytes_ += needed;
    const arrow::Status room = KeepToLimit(unit.first_day);
    auto opened = room.ok() ? units_ahead_.Open(index) : room;
    opening_bytes_ -= needed;
    ARROW_ASSIGN_OR_RAISE(const auto reader, std::move(opened));
    UsageBatch batch;
    for (;;) {
      if (options_.cancelled && options_.cancelled()) return MakeError(ErrorKind::kCancelled, "stopped");
      ARROW_ASSIGN_OR_RAISE(const bool more, reader->Next(&batch));
      if (!more) break;
      ARROW_RETURN_NOT_OK(AddBatch(unit, batch, *reader, memo, &days));
      Report(reader->counts(), 0, before);
      before = reader->counts();
    }
    Report(reader->counts(), unit.bytes, before);
    return arrow::Status::OK();
  };
  const arrow::Status status = run();
  if (unit.kind != ReportKind::kPod) {
    // Merged at once: storage need not be in memory twice until the day ends.
    for (auto& [day, worker] : days) worker->Finish();
    return status;
  }
  const std::lock_guard lock(mutex_);
  for (auto& [day, worker] : days) slots_[day - plan_.first_day]->idle.push_back(std::move(worker));
  return status;
}

void Aggregator::Report(const DecodeCounts& counts, int64_t bytes, const DecodeCounts& before) {
  const std::lock_guard lock(mutex_);
  DecodeCounts grown = counts;
  grown.rows_read -= before.rows_read;
  grown.rows_outside -= before.rows_outside;
  grown.rows_anomalous -= before.rows_anomalous;
  grown.rows_repaired -= before.rows_repaired;
  grown.bytes_read = bytes;
  counts_ += grown;
  progress_.bytes_done = counts_.bytes_read;
  progress_.rows = counts_.rows_read;
  if (!options_.on_progress) return;
  progress_.resident_bytes = ResidentBytes();
  options_.on_progress(progress_);
}

arrow::Status Aggregator::AddBatch(const Unit& unit, const UsageBatch& batch, const BatchReader& reader,
                                   LabelMemo* memo, std::map<Day, std::unique_ptr<DayWorker>>* days) {
  for (int64_t begin = 0; begin < batch.rows;) {
    const Day day = DayOfMicros(batch.time_micros[begin]);
    int64_t end = begin + 1;
    while (end < batch.rows && DayOfMicros(batch.time_micros[end]) == day) ++end;
    if (day < unit.first_day || day > unit.last_day) {
      return InputErrorAt(reader.Where(batch.SourceRowOf(begin)),
                          "a row of {} lies outside the statistics of its row group; the file is damaged",
                          FormatDay(day));
    }
    auto& worker = (*days)[day];
    if (!worker) worker = TakeWorker(day);
    int64_t bad_row = begin;
    const arrow::Status added = AddRun(unit, batch, begin, end, day, memo, worker.get(), &bad_row);
    if (!added.ok()) return WithPlace(added, reader.Where(batch.SourceRowOf(bad_row)));
    begin = end;
    if (worker->own_bytes() > memory_.OwnBytes()) {
      worker->Finish();
      worker = TakeWorker(day);
    }
    ARROW_RETURN_NOT_OK(KeepToLimit(day));
  }
  return arrow::Status::OK();
}

std::unique_ptr<DayWorker> Aggregator::TakeWorker(Day day) {
  const std::lock_guard lock(mutex_);
  DaySlot& slot = *slots_[day - plan_.first_day];
  if (!slot.state) {
    slot.state = std::make_unique<DayState>(day, partitions_);
    slot.state->claimed.SetMost(memory_.OwnBytes());
    if (takes_all_pods_) slot.state->claimed.TakeAll();
  }
  if (slot.idle.empty()) return std::make_unique<DayWorker>(slot.state.get());
  auto worker = std::move(slot.idle.back());
  slot.idle.pop_back();
  return worker;
}

// What finalizing needs beside the state: a place per pod group, rows of claims being sorted.
int64_t Aggregator::OutputBytes(const DayState& state) const {
  constexpr int64_t kPlace = 24;
  const auto sorted = static_cast<int64_t>(2 * memory_.SortBytes());
  return static_cast<int64_t>(state.pods.size()) * kPlace + std::min(sorted, 2 * state.storage.bytes());
}

// Of the days in work, where that is what counts.
int64_t Aggregator::StateBytes() {
  if (memory_.of() == MemoryOf::kProcess) return 0;
  const std::lock_guard lock(mutex_);
  int64_t bytes = 0;
  for (const auto& slot : slots_) {
    if (slot && slot->state) bytes += slot->state->pods.bytes() + slot->state->StorageBytes();
  }
  return bytes;
}

// Near the limit, free memory goes back; then days behind the one being written wait for it; what still
// remains is spilled.
arrow::Status Aggregator::KeepToLimit(Day day) {
  const auto near = [&] { return memory_.Near(StateBytes(), output_bytes_ + opening_bytes_); };
  if (!near()) return arrow::Status::OK();
  std::unique_lock lock(mutex_);
  const bool helps = ResidentBytes() > released_bytes_ + kLeastSpill || ChooseSpill().slot;
  if (!helps) return arrow::Status::OK();
  lock.unlock();
  MemoryLimit::ReleaseFree();
  if (near()) MemoryLimit::Release();
  released_bytes_ = ResidentBytes();
  if (!near()) return arrow::Status::OK();
  lock.lock();
  if (emitting_ && day > next_day_) {
    changed_.wait(lock, [&] { return !emitting_ || !status_.ok(); });
    lock.unlock();
    MemoryLimit::Release();
    if (!near()) return arrow::Status::OK();
    lock.lock();
  }
  if (keep_) {
    lock.unlock();
    if (!memory_.Near(StateBytes(), output_bytes_)) return arrow::Status::OK();  // not there yet
    return UsageError(
        "the partial states need more than the memory limit of {} MiB; make more parts, or raise "
        "--memory-limit",
        memory_.bytes() >> 20);
  }
  const Spill spill = ChooseSpill();
  if (!spill.slot) return arrow::Status::OK();
  spill.slot->spilling = true;
  lock.unlock();
  const arrow::Status spilled = spill.storage ? SpillStorage(spill.slot) : SpillPods(spill.slot);
  MemoryLimit::Release();
  released_bytes_ = ResidentBytes();
  lock.lock();
  spill.slot->spilling = false;
  changed_.notify_all();
  return spilled;
}

// Of the days that nobody writes or spills, the one with most in memory, where that is worth a run.
// REQUIRES: mutex_ held.
Aggregator::Spill Aggregator::ChooseSpill() const {
  Spill spill;
  int64_t most = 0;
  for (const auto& slot : slots_) {
    if (!slot || !slot->state || slot->spilling) continue;
    const int64_t pods = slot->state->pods.bytes(), claims = slot->state->StorageBytes();
    const int64_t least = kLeastSpill * static_cast<int64_t>(1 + slot->spilled.pods.size() / kManyRuns);
    if (std::max(pods, claims) <= most || std::max(pods, claims) < least) continue;
    spill = {slot.get(), claims > pods};
    most = std::max(pods, claims);
  }
  return spill;
}

arrow::Status Aggregator::SpillPods(DaySlot* slot) {
  DayState& state = *slot->state;
  const std::unique_lock gate(state.pods.gate());
  OrderedPods pods(state);
  ARROW_ASSIGN_OR_RAISE(auto run, PodRun::Write(&pods, &state.names, &space_));
  state.pods.Clear();
  slot->spilled.pods.push_back(std::move(run));
  return arrow::Status::OK();
}

arrow::Status Aggregator::SpillStorage(DaySlot* slot) {
  const std::lock_guard lock(slot->state->mutex);
  return slot->spilled.TakeStorage(slot->state.get());
}

DecodeOptions Aggregator::DecodeOptionsOf(const Unit& unit) const {
  return {unit.columns,
          plan_.first_day,
          plan_.last_day,
          std::min(options_.chunk_size, kLargestBatchRows),
          unit.columns_of_day,
          unit.first_day,
          options_.use_categorical,
          !options_.column_filtering};
}

arrow::Status Aggregator::AddRun(const Unit& unit, const UsageBatch& batch, int64_t begin, int64_t end,
                                 Day day, LabelMemo* memo, DayWorker* worker, int64_t* bad_row) {
  const DayRoles& roles = plan_.RolesOf(day);
  const int table = unit.granularity == Granularity::kHourly ? 0 : 1;
  switch (unit.kind) {
    case ReportKind::kPod:
      return worker->AddPods(batch, begin, end,
                             {roles.pod_usage[table], roles.pod_capacity[table], roles.pod_mounts[table]},
                             memo, bad_row);
    case ReportKind::kStorage:
      if (!roles.storage[table]) return arrow::Status::OK();
      return worker->AddStorage(batch, begin, end, memo, bad_row);
    case ReportKind::kNodeLabels:
      return roles.node_labels[table] ? worker->AddLabels(batch, begin, end, memo, bad_row)
                                      : arrow::Status::OK();
    case ReportKind::kNamespaceLabels:
      return roles.namespace_labels[table] ? worker->AddLabels(batch, begin, end, memo, bad_row)
                                           : arrow::Status::OK();
  }
  return arrow::Status::OK();
}

void Aggregator::FinishUnit(size_t index) {
  const std::lock_guard lock(mutex_);
  const Unit& unit = plan_.units[index];
  feeding_.erase(index);
  --slots_[unit.first_day - plan_.first_day]->workers;
  for (Day day = unit.first_day; day <= unit.last_day; ++day) --slots_[day - plan_.first_day]->units_left;
  if (!loaded_.empty()) loaded_[index] = Loaded{};
  changed_.notify_all();
}

arrow::Status Aggregator::EmitReadyDays() {
  std::unique_lock lock(mutex_);
  if (emitting_) return arrow::Status::OK();
  while (status_.ok() && next_day_ <= plan_.last_day &&
         slots_[next_day_ - plan_.first_day]->units_left == 0) {
    emitting_ = true;
    changed_.wait(lock, [&] { return !slots_[next_day_ - plan_.first_day]->spilling; });
    const auto slot = std::move(slots_[next_day_ - plan_.first_day]);
    const Day day = next_day_;
    lock.unlock();
    const arrow::Status status = EmitDay(slot.get(), day);
    lock.lock();
    emitting_ = false;
    output_bytes_ = 0;
    ++next_day_;
    changed_.notify_all();
    ARROW_RETURN_NOT_OK(status);
  }
  return arrow::Status::OK();
}

arrow::Status Aggregator::EmitDay(DaySlot* slot, Day day) {
  if (!slot->state) return arrow::Status::OK();
  for (auto& worker : slot->idle) {
    worker->Finish();
    worker.reset();
  }
  hours_seen_[day - plan_.first_day] = slot->state->hours_seen;
  days_with_rows_.push_back(day);
  if (keep_) return keep_(*slot->state);
  // What takes up much of the limit, or leaves too little of it, makes room for the output first.
  output_bytes_ = OutputBytes(*slot->state);
  ARROW_RETURN_NOT_OK(SpillStorage(slot));
  const int64_t pods = slot->state->pods.bytes();
  if (pods > memory_.bytes() / 6 || (pods >= kLeastSpill && memory_.Near(pods, output_bytes_))) {
    ARROW_RETURN_NOT_OK(SpillPods(slot));
    MemoryLimit::Release();
  }
  return FinalizeDay(*slot->state, &slot->spilled, finalize_, &rows_, &totals_);
}

void Aggregator::Fail(const arrow::Status& status) {
  const std::lock_guard lock(mutex_);
  if (status_.ok()) status_ = status;
  changed_.notify_all();
}

}  // namespace costream
