#include "merge/day_partial.h"

#include <arrow/array.h>
#include <arrow/builder.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <shared_mutex>

#include "base/error.h"
#include "base/utf8.h"
#include "model/label_set.h"

namespace costream {
namespace {

using Id = StringPool::Id;
using Text = std::optional<std::string_view>;

enum Part : int8_t {
  kTotals,
  kNodeLabelSet,
  kNamespaceLabelSet,
  kPod,
  kCapacityCell,
  kDailyCapacity,
  kRole,
  kStorageGroup,
  kMount,
  kParts
};

enum Column : int {
  kDayColumn,
  kPartColumn,
  kTextsColumn,
  kTimeColumn,
  kValuesColumn,
  kSumsColumn,
  kBitsColumn
};

// What a row of a part has: its texts (t: one that may be null, n: one that is not, l: a label set, r: a raw
// cell of labels), and how many values and sums.
struct Shape {
  std::string_view texts;
  int64_t values, sums;
};
constexpr std::array<Shape, kParts> kShapes = {{{"", 0, 6},
                                                {"nl", 0, 0},
                                                {"nl", 0, 0},
                                                {"tnlt", 2, 8},
                                                {"t", 2, 0},
                                                {"tttr", 0, 2},
                                                {"nn", 0, 0},
                                                {"ttttttll", 1, 3},
                                                {"tttt", 0, 0}}};
constexpr int128 kMostRows = int128{1} << 53;  // that a day has

struct Row {
  Part part = kTotals;
  int64_t time_micros = 0, bits = 0;
  std::vector<Text> texts;
  std::vector<double> values;
  std::vector<int128> sums;
};

class Writer {
 public:
  explicit Writer(Day day) : day_(day) {}

  void Append(const Row& row) {
    if (!status_.ok()) return;
    status_ = Add(row);
  }

  arrow::Result<std::shared_ptr<arrow::RecordBatch>> Finish() {
    ARROW_RETURN_NOT_OK(status_);
    arrow::ArrayVector columns;
    for (arrow::ArrayBuilder* builder : std::initializer_list<arrow::ArrayBuilder*>{
             &days_, &parts_, &texts_, &times_, &values_, &sums_, &bits_}) {
      ARROW_ASSIGN_OR_RAISE(columns.emplace_back(), builder->Finish());
    }
    const int64_t rows = columns[0]->length();
    return arrow::RecordBatch::Make(PartialSchema(), rows, std::move(columns));
  }

 private:
  arrow::Status Add(const Row& row) {
    ARROW_RETURN_NOT_OK(days_.Append(day_));
    ARROW_RETURN_NOT_OK(parts_.Append(row.part));
    ARROW_RETURN_NOT_OK(times_.Append(row.time_micros));
    ARROW_RETURN_NOT_OK(bits_.Append(row.bits));
    ARROW_RETURN_NOT_OK(texts_.Append());
    for (const Text& text : row.texts) ARROW_RETURN_NOT_OK(text ? text_->Append(*text) : text_->AppendNull());
    ARROW_RETURN_NOT_OK(values_.Append());
    for (const double value : row.values) ARROW_RETURN_NOT_OK(value_->Append(value));
    ARROW_RETURN_NOT_OK(sums_.Append());
    for (const int128 sum : row.sums)
      ARROW_RETURN_NOT_OK(sum_->Append(reinterpret_cast<const uint8_t*>(&sum)));
    return arrow::Status::OK();
  }

  const Day day_;
  arrow::Status status_;
  arrow::Date32Builder days_;
  arrow::Int8Builder parts_;
  arrow::Int64Builder times_, bits_;
  std::shared_ptr<arrow::BinaryBuilder> text_ = std::make_shared<arrow::BinaryBuilder>();
  std::shared_ptr<arrow::DoubleBuilder> value_ = std::make_shared<arrow::DoubleBuilder>();
  std::shared_ptr<arrow::FixedSizeBinaryBuilder> sum_ =
      std::make_shared<arrow::FixedSizeBinaryBuilder>(arrow::fixed_size_binary(sizeof(int128)));
  arrow::ListBuilder texts_{arrow::default_memory_pool(), text_};
  arrow::ListBuilder values_{arrow::default_memory_pool(), value_};
  arrow::ListBuilder sums_{arrow::default_memory_pool(), sum_};
};

Text TextOf(const StringPool& pool, Id id) { return id ? Text(pool.View(id)) : std::nullopt; }

void WriteTotals(const DayState& state, Writer* writer) {
  const UsageTotals& totals = state.totals;
  writer->Append({kTotals,
                  0,
                  int64_t{state.hours_seen} | (int64_t{state.in_range} << 32),
                  {},
                  {},
                  {totals.cpu.raw(), totals.cpu_left_out.raw(), totals.memory.raw(),
                   totals.memory_left_out.raw(), totals.rows, totals.rows_left_out}});
}

void WritePods(const DayState& state, Writer* writer) {
  const StringPool &nodes = state.names.pool(), &texts = state.pods.texts();
  state.pods.ForEach([&](const PodGroup& group) {
    Row row{kPod, 0, group.sums.seen, {}, {group.sums.node_cores, group.sums.node_bytes}, {}};
    row.texts = {TextOf(texts, group.key[0]), TextOf(nodes, group.key[1]), TextOf(texts, group.key[2]),
                 TextOf(texts, group.resource_id)};
    for (const CpuSum& sum : group.sums.cpu) row.sums.push_back(sum.raw());
    for (const ByteSum& sum : group.sums.memory) row.sums.push_back(sum.raw());
    writer->Append(row);
  });
}

void WriteNodes(const DayState& state, Writer* writer) {
  const StringPool &names = state.names.pool(), &texts = state.nodes.texts();
  for (const CapacityCell& cell : state.nodes.capacity()) {
    writer->Append({kCapacityCell,
                    static_cast<int64_t>(cell.key[0]),
                    0,
                    {TextOf(names, static_cast<Id>(cell.key[1]))},
                    {cell.core_seconds, cell.byte_seconds},
                    {}});
  }
  for (const DailyCapacityGroup& group : state.nodes.daily_capacity()) {
    writer->Append({kDailyCapacity,
                    0,
                    group.any_cores | (group.any_bytes << 1),
                    {TextOf(names, group.key[0]), TextOf(texts, group.key[1]), TextOf(texts, group.key[2]),
                     TextOf(texts, group.key[3])},
                    {},
                    {group.core_seconds.raw(), group.byte_seconds.raw()}});
  }
  for (Id node = 1; node < names.size(); ++node) {
    if (const Id role = state.nodes.RoleOf(node)) {
      writer->Append({kRole, 0, 0, {names.View(node), names.View(role)}, {}, {}});
    }
  }
}

void WriteStorage(const DayState& state, Writer* writer) {
  const StringPool& texts = state.storage.texts();
  for (const StorageGroup& group : state.storage.groups()) {
    Row row{kStorageGroup, 0, group.seen, {}, {group.claim_bytes}, {}};
    for (const Id id : group.key) row.texts.push_back(TextOf(texts, id));
    for (const ByteSum& sum : group.sums) row.sums.push_back(sum.raw());
    writer->Append(row);
  }
  for (const Mount& mount : state.storage.mounts()) {
    writer->Append({kMount,
                    0,
                    0,
                    {TextOf(texts, mount.key[0]), TextOf(texts, mount.key[1]), TextOf(texts, mount.key[2]),
                     TextOf(texts, mount.resource_id)},
                    {},
                    {}});
  }
}

// The rows of a batch.
class Reader {
 public:
  arrow::Status Open(const arrow::RecordBatch& batch) {
    if (!batch.schema()->Equals(*PartialSchema(), /*check_metadata=*/false))
      return Damaged("has another schema");
    const arrow::Status valid = batch.ValidateFull();
    if (!valid.ok()) return Damaged(valid.message());
    for (int i = 0; i < batch.num_columns(); ++i) {
      if (batch.column(i)->null_count() > 0) return Damaged("has nulls");
    }
    const auto child = [&](Column column) {
      return static_cast<const arrow::ListArray&>(*batch.column(column)).values();
    };
    batch_ = &batch;
    text_ = std::static_pointer_cast<arrow::BinaryArray>(child(kTextsColumn));
    value_ = std::static_pointer_cast<arrow::DoubleArray>(child(kValuesColumn));
    sum_ = std::static_pointer_cast<arrow::FixedSizeBinaryArray>(child(kSumsColumn));
    return arrow::Status::OK();
  }

  Day DayAt(int64_t at) const {
    return static_cast<const arrow::Date32Array&>(*batch_->column(kDayColumn)).Value(at);
  }

  arrow::Status Read(int64_t at, Row* row) const {
    const int8_t part = static_cast<const arrow::Int8Array&>(*batch_->column(kPartColumn)).Value(at);
    if (part < 0 || part >= kParts) return Damaged("has a part that is not known");
    row->part = static_cast<Part>(part);
    row->time_micros = static_cast<const arrow::Int64Array&>(*batch_->column(kTimeColumn)).Value(at);
    row->bits = static_cast<const arrow::Int64Array&>(*batch_->column(kBitsColumn)).Value(at);
    row->texts.clear();
    row->values.clear();
    row->sums.clear();
    Each(kTextsColumn, at,
         [&](int64_t i) { row->texts.push_back(text_->IsNull(i) ? std::nullopt : Text(text_->GetView(i))); });
    Each(kValuesColumn, at, [&](int64_t i) { row->values.push_back(value_->Value(i)); });
    Each(kSumsColumn, at,
         [&](int64_t i) { std::memcpy(&row->sums.emplace_back(), sum_->GetValue(i), sizeof(int128)); });
    const Shape& shape = kShapes[part];
    if (row->texts.size() != shape.texts.size() || std::ssize(row->values) != shape.values ||
        std::ssize(row->sums) != shape.sums) {
      return Damaged("has a row of another shape");
    }
    for (size_t i = 0; i < shape.texts.size(); ++i) {
      if (!Fits(row->texts[i], shape.texts[i])) return Damaged("has a text that cannot be there");
    }
    if (std::ranges::any_of(row->values, [](double value) { return std::isinf(value); })) {
      return Damaged("has a value that is not finite");
    }
    const auto rows = [&](int128 count) { return count >= 0 && count < kMostRows; };
    if (row->part == kTotals && !(rows(row->sums[4]) && rows(row->sums[5]))) {
      return Damaged("counts rows that cannot be");
    }
    return arrow::Status::OK();
  }

 private:
  static arrow::Status Damaged(const std::string& what) {
    return InputError("a partial state {}: it is damaged, or of another version of costream", what);
  }

  static bool Fits(const Text& text, char kind) {
    if (kind == 'l') return text && IsLabelSet(*text);
    return kind == 'r' || (text ? IsCleanUtf8(*text) : kind == 't');
  }

  template <typename Visit>
  void Each(Column column, int64_t at, Visit visit) const {
    const auto& list = static_cast<const arrow::ListArray&>(*batch_->column(column));
    for (int64_t i = list.value_offset(at); i < list.value_offset(at + 1); ++i) visit(i);
  }

  const arrow::RecordBatch* batch_ = nullptr;
  std::shared_ptr<arrow::BinaryArray> text_;
  std::shared_ptr<arrow::DoubleArray> value_;
  std::shared_ptr<arrow::FixedSizeBinaryArray> sum_;
};

// The id of a text among an owner's.
template <typename Owner>
Id IdOf(const Text& text, Owner* owner) {
  Id id = StringPool::kNull;
  if (text) owner->InternAll({&*text, 1}, &id);
  return id;
}

bool AddTotals(const Row& row, DayState* state) {
  UsageTotals totals;
  totals.cpu = CpuSum::FromRaw(row.sums[0]);
  totals.cpu_left_out = CpuSum::FromRaw(row.sums[1]);
  totals.memory = ByteSum::FromRaw(row.sums[2]);
  totals.memory_left_out = ByteSum::FromRaw(row.sums[3]);
  totals.rows = static_cast<int64_t>(row.sums[4]);
  totals.rows_left_out = static_cast<int64_t>(row.sums[5]);
  state->hours_seen |= static_cast<uint32_t>(row.bits);
  return ((row.bits >> 32) & 1) != 0 && state->totals.Merge(totals);
}

void AddLabels(const Row& row, DayLabels::Object kind, DayState* state) {
  const Id object = IdOf(row.texts[0], &state->labels), set = IdOf(row.texts[1], &state->labels);
  state->labels.Add(kind, {&object, 1}, {&row.time_micros, 1}, {&set, 1});
}

bool AddPod(const Row& row, DayState* state) {
  PodUsage& pods = state->pods;
  const std::shared_lock gate(pods.gate());
  PodGroup group;
  group.key = {IdOf(row.texts[0], &pods), IdOf(row.texts[1], &state->names), IdOf(row.texts[2], &pods)};
  group.resource_id = IdOf(row.texts[3], &pods);
  group.sums.seen = static_cast<uint8_t>(row.bits);
  group.sums.node_cores = row.values[0];
  group.sums.node_bytes = row.values[1];
  for (int i = 0; i < kPodMeasures; ++i) {
    group.sums.cpu[i] = CpuSum::FromRaw(row.sums[i]);
    group.sums.memory[i] = ByteSum::FromRaw(row.sums[kPodMeasures + i]);
  }
  return pods.AddGroup(group);
}

bool AddDailyCapacity(const Row& row, DayState* state) {
  DailyCapacityGroup group;
  group.key = {IdOf(row.texts[0], &state->names), IdOf(row.texts[1], &state->nodes),
               IdOf(row.texts[2], &state->nodes), IdOf(row.texts[3], &state->nodes)};
  group.core_seconds = CpuSum::FromRaw(row.sums[0]);
  group.byte_seconds = ByteSum::FromRaw(row.sums[1]);
  group.any_cores = (row.bits & 1) != 0;
  group.any_bytes = (row.bits & 2) != 0;
  return state->nodes.AddDailyGroup(group);
}

bool AddStorage(const Row& row, DayState* state) {
  StorageGroup group;
  for (size_t i = 0; i < group.key.size(); ++i) group.key[i] = IdOf(row.texts[i], &state->storage);
  group.claim_bytes = row.values[0];
  for (size_t i = 0; i < group.sums.size(); ++i) group.sums[i] = ByteSum::FromRaw(row.sums[i]);
  group.seen = static_cast<uint8_t>(row.bits);
  return state->storage.AddGroup(group);
}

// False where a sum left its range.
bool AddRow(const Row& row, DayState* state) {
  switch (row.part) {
    case kTotals:
      return AddTotals(row, state);
    case kNodeLabelSet:
      AddLabels(row, DayLabels::kNode, state);
      return true;
    case kNamespaceLabelSet:
      AddLabels(row, DayLabels::kNamespace, state);
      return true;
    case kPod:
      return AddPod(row, state);
    case kCapacityCell: {
      const Id node = IdOf(row.texts[0], &state->names);
      state->nodes.AddCapacity({&node, 1}, {&row.time_micros, 1}, &row.values[0], &row.values[1]);
      return true;
    }
    case kDailyCapacity:
      return AddDailyCapacity(row, state);
    case kRole:
      state->nodes.AddRole(IdOf(row.texts[0], &state->names), IdOf(row.texts[1], &state->names));
      return true;
    case kStorageGroup:
      return AddStorage(row, state);
    case kMount:
      state->storage.AddMount({IdOf(row.texts[0], &state->storage), IdOf(row.texts[1], &state->storage),
                               IdOf(row.texts[2], &state->storage)},
                              IdOf(row.texts[3], &state->storage));
      return true;
    case kParts:
      break;
  }
  return false;
}

}  // namespace

std::shared_ptr<arrow::Schema> PartialSchema() {
  static const auto schema = arrow::schema(
      {arrow::field("day", arrow::date32()), arrow::field("part", arrow::int8()),
       arrow::field("texts", arrow::list(arrow::binary())), arrow::field("time_micros", arrow::int64()),
       arrow::field("values", arrow::list(arrow::float64())),
       arrow::field("sums", arrow::list(arrow::fixed_size_binary(sizeof(int128)))),
       arrow::field("bits", arrow::int64())});
  return schema;
}

arrow::Result<std::shared_ptr<arrow::RecordBatch>> WritePartial(const DayState& state) {
  Writer writer(state.day);
  WriteTotals(state, &writer);
  for (const auto& [kind, part] :
       {std::pair(DayLabels::kNode, kNodeLabelSet), std::pair(DayLabels::kNamespace, kNamespaceLabelSet)}) {
    state.labels.ForEach(kind, [&, of = part](std::string_view object, int64_t time, std::string_view set) {
      writer.Append({of, time, 0, {object, set}, {}, {}});
    });
  }
  WritePods(state, &writer);
  WriteNodes(state, &writer);
  WriteStorage(state, &writer);
  return writer.Finish();
}

arrow::Status AddPartial(const arrow::RecordBatch& rows, DayStates* states) {
  Reader reader;
  ARROW_RETURN_NOT_OK(reader.Open(rows));
  Row row;
  for (int64_t at = 0; at < rows.num_rows(); ++at) {
    ARROW_RETURN_NOT_OK(reader.Read(at, &row));
    auto& state = (*states)[reader.DayAt(at)];
    if (!state) state = std::make_unique<DayState>(reader.DayAt(at), /*partitions=*/1);
    state->in_range &= AddRow(row, state.get());
  }
  return arrow::Status::OK();
}

}  // namespace costream
