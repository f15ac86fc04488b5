#include "aggregate/day_state.h"

namespace costream {

bool UsageTotals::Merge(const UsageTotals& other) {
  rows += other.rows;
  rows_left_out += other.rows_left_out;
  const bool cpu_in_range = cpu.Add(other.cpu) && cpu_left_out.Add(other.cpu_left_out);
  return memory.Add(other.memory) && memory_left_out.Add(other.memory_left_out) && cpu_in_range;
}

}  // namespace costream
