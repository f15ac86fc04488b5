// Look-ups of pod groups, by the number of groups of a day; about 14 rows a group, as in generated data.
#include <benchmark/benchmark.h>

#include <array>
#include <vector>

#include "aggregate/group_table.h"

namespace costream {
namespace {

struct Group {
  std::array<uint32_t, 3> key{};
  double sum = 0;
};

void BM_GroupTable(benchmark::State& state) {
  const auto groups = static_cast<uint32_t>(state.range(0));
  std::vector<std::array<uint32_t, 3>> keys;
  uint32_t random = 1;
  for (uint32_t i = 0; i < groups * 14; ++i) {
    random = random * 1664525 + 1013904223;
    const uint32_t group = static_cast<uint32_t>((uint64_t{random} * groups) >> 32);
    keys.push_back({group % 75, group % 51, group});
  }
  for (auto _ : state) {
    GroupTable<Group> table;
    for (const auto& key : keys) table.At(key).sum += 1;
    benchmark::DoNotOptimize(table.groups().size());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(keys.size()));
}
BENCHMARK(BM_GroupTable)->RangeMultiplier(8)->Range(1 << 9, 1 << 18)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace costream
