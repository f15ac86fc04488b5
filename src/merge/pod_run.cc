#include "merge/pod_run.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/error.h"
#include "base/fault_point.h"

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

arrow::Status DiskError(const std::string& folder, int error) {
  return UsageError("spilling to {}: {}; choose a folder with room by --spill-dir, or raise --memory-limit",
                    folder, std::strerror(error));
}

}  // namespace

arrow::Result<std::unique_ptr<PodRun>> PodRun::Write(PodStream* pods, const NodeNames* names,
                                                     const std::string& folder) {
  std::string name = folder + "/costream-spill-XXXXXX";
  const int file = mkostemp(name.data(), O_CLOEXEC);
  if (file < 0) return DiskError(folder, errno);
  unlink(name.c_str());
  std::unique_ptr<PodRun> run(new PodRun(file, names));
  FinalPod pod;
  for (;;) {
    ARROW_ASSIGN_OR_RAISE(const bool more, pods->Next(&pod));
    if (more) {
      if (!pod.in_range) return InputError("a sum of cpu or memory leaves the range of the accumulators");
      Header header{};
      header.name_space = LengthOf(pod.name_space);
      header.resource_id = LengthOf(pod.resource_id);
      header.labels = static_cast<uint32_t>(pod.labels.size());
      header.node = pod.node;
      header.sums = pod.sums;
      run->buffer_.append(reinterpret_cast<const char*>(&header), sizeof header);
      run->buffer_.append(pod.name_space.value_or(""))
          .append(pod.resource_id.value_or(""))
          .append(pod.labels);
    }
    if (more && run->buffer_.size() < run->buffer_bytes_) continue;
    ARROW_RETURN_NOT_OK(Pass(FaultPoint::kSpillWrite));
    for (size_t done = 0; done < run->buffer_.size();) {
      const ssize_t written = write(file, run->buffer_.data() + done, run->buffer_.size() - done);
      if (written < 0 && errno != EINTR) return DiskError(folder, errno);
      if (written > 0) done += static_cast<size_t>(written);
    }
    run->bytes_ += static_cast<int64_t>(run->buffer_.size());
    run->buffer_.clear();
    if (!more) break;
  }
  run->buffer_.shrink_to_fit();
  return run;
}

PodRun::~PodRun() { close(file_); }

arrow::Status PodRun::Load(size_t size) {
  if (buffer_.size() - next_ >= size) return arrow::Status::OK();
  ARROW_RETURN_NOT_OK(Pass(FaultPoint::kSpillRead));
  buffer_.erase(0, next_);
  next_ = 0;
  size_t have = buffer_.size();
  buffer_.resize(std::max(size, buffer_bytes_));
  while (have < size) {
    const ssize_t read = pread(file_, buffer_.data() + have, buffer_.size() - have, read_);
    if (read < 0 && errno == EINTR) continue;
    if (read <= 0) {
      return UsageError("spilled rows cannot be read back: {}; choose another folder by --spill-dir",
                        read < 0 ? std::strerror(errno) : "they end too early");
    }
    have += static_cast<size_t>(read);
    read_ += read;
  }
  buffer_.resize(have);
  return arrow::Status::OK();
}

arrow::Result<bool> PodRun::Next(FinalPod* pod) {
  if (read_ == bytes_ && next_ == buffer_.size()) return false;
  Header header;
  ARROW_RETURN_NOT_OK(Load(sizeof header));
  std::memcpy(&header, buffer_.data() + next_, sizeof header);
  const size_t size = sizeof header + SizeOf(header.name_space) + SizeOf(header.resource_id) + header.labels;
  ARROW_RETURN_NOT_OK(Load(size));
  const char* text = buffer_.data() + next_ + sizeof header;
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
  next_ += size;
  return true;
}

}  // namespace costream
