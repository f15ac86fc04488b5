// Parsing and filtering label texts: each distinct text once, then from the memo.
#include <benchmark/benchmark.h>

#include <string>
#include <string_view>
#include <vector>

#include "aggregate/label_memo.h"
#include "aggregate/pod_usage.h"

namespace costream {
namespace {

void BM_LabelMemo(benchmark::State& state) {
  const LabelFilter filter(std::vector<std::string>{"app", "env", "team", "tier", "version"});
  std::vector<std::string> texts;
  for (int i = 0; i < 1000; ++i) {
    texts.push_back("label_app:cart-gateway-" + std::to_string(i) +
                    "|label_env:stage|label_team:borealis|label_version:2.7.7|label_helm_sh_chart:cart-3.14.9"
                    "|label_pod_template_hash:7d9f8b6c5d");
  }
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  std::vector<StringPool::Id> ids(texts.size());
  std::string_view bad;
  const auto repeats = static_cast<int>(state.range(0));
  for (auto _ : state) {
    LabelMemo memo(&filter, int64_t{8} << 20);
    PodUsage owner(1);
    for (int repeat = 0; repeat < repeats; ++repeat) {
      benchmark::DoNotOptimize(memo.Map(views, &owner, ids.data(), &bad).ok());
    }
  }
  state.SetItemsProcessed(state.iterations() * repeats * static_cast<int64_t>(texts.size()));
}
BENCHMARK(BM_LabelMemo)->ArgName("times_each_text")->Arg(1)->Arg(14);

}  // namespace
}  // namespace costream
