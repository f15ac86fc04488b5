#include "job/units_ahead.h"

namespace costream {
namespace {

// Together. What is larger is read long enough for its blocks to come in time (source/read_ahead.h).
constexpr size_t kLargestCount = 6;
constexpr int64_t kLargestBytes = 6 << 20;

}  // namespace

UnitsAhead::UnitsAhead(const Plan* plan, std::function<DecodeOptions(const Unit&)> options)
    : plan_(*plan), options_(std::move(options)), begun_(plan_.units.size()) {}

UnitsAhead::~UnitsAhead() {
  for (const auto& [index, opened] : opening_) opened.Wait();
}

arrow::Result<UnitsAhead::Opened> UnitsAhead::Open(size_t index) {
  const Unit& unit = plan_.units[index];
  arrow::Future<Opened> opened;
  {
    const std::lock_guard lock(mutex_);
    begun_[index] = true;
    if (const auto found = opening_.find(index); found != opening_.end()) {
      opened = found->second;
      opening_.erase(found);
      opening_bytes_ -= unit.bytes;
    }
    if (unit.remote) ARROW_RETURN_NOT_OK(OpenNext(index));
  }
  if (opened.is_valid()) return opened.result();
  ARROW_ASSIGN_OR_RAISE(auto reader, unit.open(options_(unit)));
  return Opened(std::move(reader));
}

arrow::Status UnitsAhead::OpenNext(size_t index) {
  if (!threads_) {
    ARROW_ASSIGN_OR_RAISE(threads_, arrow::internal::ThreadPool::Make(static_cast<int>(kLargestCount)));
  }
  for (size_t i = index + 1; i < plan_.units.size() && opening_.size() < kLargestCount; ++i) {
    const Unit& unit = plan_.units[i];
    if (begun_[i] || !unit.remote) continue;
    if (opening_bytes_ + unit.bytes > kLargestBytes) break;
    begun_[i] = true;
    opening_bytes_ += unit.bytes;
    opening_[i] =
        arrow::DeferNotOk(threads_->Submit([&unit, options = options_(unit)]() -> arrow::Result<Opened> {
          ARROW_ASSIGN_OR_RAISE(auto reader, unit.open(options));
          return Opened(std::move(reader));
        }));
  }
  return arrow::Status::OK();
}

}  // namespace costream
