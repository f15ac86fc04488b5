// The exact sum against plain doubles.
#include <benchmark/benchmark.h>

#include <vector>

#include "base/fixed_sum.h"

namespace costream {
namespace {

std::vector<double> Values() {
  std::vector<double> values(4096);
  for (size_t i = 0; i < values.size(); ++i) values[i] = 0.1 + static_cast<double>(i * 7919 % 3600) * 0.37;
  return values;
}

void BM_FixedSum(benchmark::State& state) {
  const auto values = Values();
  for (auto _ : state) {
    CpuSum sum;
    bool in_range = true;
    for (const double value : values) in_range &= sum.Add(value);
    benchmark::DoNotOptimize(sum);
    benchmark::DoNotOptimize(in_range);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(values.size()));
}
BENCHMARK(BM_FixedSum);

void BM_DoubleSum(benchmark::State& state) {
  const auto values = Values();
  for (auto _ : state) {
    double sum = 0;
    for (const double value : values) sum += value;
    benchmark::DoNotOptimize(sum);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(values.size()));
}
BENCHMARK(BM_DoubleSum);

}  // namespace
}  // namespace costream
