#include "decode/day_scan.h"

#include <limits>

#include "base/error.h"

namespace costream {

arrow::Result<std::map<Day, DayRows>> ScanDays(
    const std::function<arrow::Result<std::unique_ptr<BatchReader>>(const DecodeOptions&)>& open,
    Day first_day, Day last_day, bool with_times, const std::function<bool()>& cancelled) {
  DecodeOptions options;
  options.first_day = first_day;
  options.last_day = last_day;
  ARROW_ASSIGN_OR_RAISE(const auto reader, open(options));
  std::map<Day, DayRows> days;
  UsageBatch batch;
  for (;;) {
    if (cancelled && cancelled()) return MakeError(ErrorKind::kCancelled, "stopped");
    ARROW_ASSIGN_OR_RAISE(const bool more, reader->Next(&batch));
    if (!more) return days;
    int64_t last = std::numeric_limits<int64_t>::min();
    DayRows* day = nullptr;
    for (const int64_t time : batch.time_micros) {
      if (time != last) {
        last = time;
        day = &days[DayOfMicros(time)];
        if (with_times) day->times.insert(time);
      }
      ++day->rows;
    }
  }
}

}  // namespace costream
