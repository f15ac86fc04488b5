#include "merge/pod_run.h"

#include <cstring>

#include "base/error.h"

namespace costream {
namespace {

constexpr uint32_t kNull = ~uint32_t{0};  // as the length of a text

// What stands before the texts of a group.
struct Header {
  uint32_t name_space, resource_id, labels;  // lengths
  StringPool::Id node;
  PodSums sums;
};
static_assert(std::is_trivially_copyable_v<Header>);

uint32_t LengthOf(const std::optional<std::string_view>& text) {
  return text ? static_cast<uint32_t>(text->size()) : kNull;
}

size_t SizeOf(uint32_t length) { return length == kNull ? 0 : length; }

}  // namespace

arrow::Result<std::unique_ptr<PodRun>> PodRun::Write(PodStream* pods, const NodeNames* names,
                                                     SpillSpace* space) {
  ARROW_ASSIGN_OR_RAISE(auto file, SpillFile::Make(space));
  FinalPod pod;
  for (;;) {
    ARROW_ASSIGN_OR_RAISE(const bool more, pods->Next(&pod));
    if (!more) break;
    if (!pod.in_range) return InputError("a sum of cpu or memory leaves the range of the accumulators");
    Header header{};
    header.name_space = LengthOf(pod.name_space);
    header.resource_id = LengthOf(pod.resource_id);
    header.labels = static_cast<uint32_t>(pod.labels.size());
    header.node = pod.node;
    header.sums = pod.sums;
    ARROW_RETURN_NOT_OK(file->Append({reinterpret_cast<const char*>(&header), sizeof header}));
    ARROW_RETURN_NOT_OK(file->Append(pod.name_space.value_or("")));
    ARROW_RETURN_NOT_OK(file->Append(pod.resource_id.value_or("")));
    ARROW_RETURN_NOT_OK(file->Append(pod.labels));
  }
  ARROW_RETURN_NOT_OK(file->Flush());
  return std::unique_ptr<PodRun>(new PodRun(std::move(file), names));
}

arrow::Result<bool> PodRun::Next(FinalPod* pod) {
  reader_->Skip(size_);
  size_ = 0;
  if (reader_->AtEnd()) return false;
  Header header;
  ARROW_ASSIGN_OR_RAISE(const char* group, reader_->Peek(sizeof header));
  std::memcpy(&header, group, sizeof header);
  size_ = sizeof header + SizeOf(header.name_space) + SizeOf(header.resource_id) + header.labels;
  ARROW_ASSIGN_OR_RAISE(group, reader_->Peek(size_));
  const char* text = group + sizeof header;
  const auto take = [&](uint32_t length) {
    const std::string_view taken(text, SizeOf(length));
    text += taken.size();
    return length == kNull ? std::nullopt : std::optional<std::string_view>(taken);
  };
  pod->name_space = take(header.name_space);
  pod->resource_id = take(header.resource_id);
  pod->labels = {text, header.labels};
  pod->node = header.node;
  pod->node_name = names_.pool().View(header.node);
  pod->sums = header.sums;
  pod->in_range = true;
  return true;
}

}  // namespace costream
