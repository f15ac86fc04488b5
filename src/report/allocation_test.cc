#include "report/allocation.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/units.h"
#include "report/test_repeated_row.h"
#include "report/test_summary_file.h"

namespace costream {
namespace {

using nlohmann::json;

const Day kFirst = DayOf(2025, 11, 1);

class Allocations : public SummaryFileTest {
 protected:
  json Of(const AllocationQuery& query) const {
    const auto summary =
        Opened({Pod(kFirst, "a", 10, 60, 60), Pod(kFirst, "b", 20, 0, 20), Unallocated(kFirst, 210, 180, 160),
                Pod(kFirst + 1, "a", 1, 1, 1), Claim(kFirst, "a", 3)});
    return json::parse(AllocationJson(summary.get(), query).ValueOrDie())["data"];
  }
};

TEST_F(Allocations, AreEffectiveUsageAndIdleTheRest) {
  const json data = Of({.sets = InSteps({kFirst, kFirst + 2}, 1),
                        .aggregate = *ParseAggregate("namespace"),
                        .include_idle = true});
  ASSERT_EQ(data.size(), 2);
  const json& a = data[0]["a"];
  EXPECT_EQ(a["cpuCoreHours"], 60);
  EXPECT_EQ(a["cpuCores"], 2.5);
  EXPECT_DOUBLE_EQ(a["cpuCoreUsageAverage"].get<double>() * 24, 10);
  EXPECT_DOUBLE_EQ(a["cpuEfficiency"].get<double>(), 10.0 / 60);
  EXPECT_EQ(a["pvByteHours"], 3 * kBytesPerGiB * 24 * 30);
  EXPECT_EQ(a["properties"], json({{"namespace", "a"}}));
  EXPECT_EQ(data[0]["__idle__"]["cpuCoreHours"], 160);
  EXPECT_EQ(data[1].size(), 1);
}

TEST_F(Allocations, ShareIdleByTheirHours) {
  const json data =
      Of({.sets = {{kFirst, kFirst + 1}}, .aggregate = *ParseAggregate("namespace"), .share_idle = true});
  EXPECT_DOUBLE_EQ(data[0]["a"]["cpuCoreHours"].get<double>(), 60 + 160 * 0.75);
  EXPECT_DOUBLE_EQ(data[0]["b"]["cpuCoreHours"].get<double>(), 20 + 160 * 0.25);
  EXPECT_FALSE(data[0].contains("__idle__"));
}

TEST_F(Allocations, NameIdleOfNodes) {
  const json data = Of({.sets = {{kFirst, kFirst + 1}},
                        .aggregate = *ParseAggregate(""),
                        .include_idle = true,
                        .idle_by_node = true});
  EXPECT_TRUE(data[0].contains("c/n1/a"));
  EXPECT_TRUE(data[0].contains("c/__unallocated__/a"));  // the claim, on no node
  EXPECT_EQ(data[0]["c/n1/__idle__"]["properties"], json({{"cluster", "c"}, {"node", "n1"}}));
}

TEST(AllocationJson, ASumThatNoDecimalHoldsIsAnInputError) {
  for (const bool share : {false, true}) {
    const AllocationQuery query{
        .sets = {{kFirst, kFirst + 1}}, .aggregate = {}, .include_idle = true, .share_idle = share};
    for (const StoredRow& row : {PodOf(9.9e17), IdleOf(9.9e17)}) {
      RepeatedRow rows(kFirst, row, kTooManyRows);
      EXPECT_EQ(KindOf(AllocationJson(&rows, query).status()), ErrorKind::kInput) << share;
    }
  }
}

TEST(AllocationJson, TooManyAllocationsAreAUsageError) {
  std::string name, node;
  const auto error_of = [&](int64_t rows, int64_t names, size_t sets, bool share) {
    RepeatedRow summary(kFirst, PodOf(1), rows, [&](int64_t i, StoredRow* row) {
      row->texts[kNamespaceColumn] = name = std::to_string(i % names);
      row->texts[kNodeColumn] = node = std::to_string(i / names);
    });
    const AllocationQuery query{.sets = std::vector<Window>(sets, {kFirst, kFirst + 1}),
                                .aggregate = *ParseAggregate("namespace"),
                                .share_idle = share,
                                .idle_by_node = share};
    const arrow::Status status = AllocationJson(&summary, query).status();
    EXPECT_EQ(KindOf(status), ErrorKind::kUsage) << status;
    return Message(status);
  };
  EXPECT_NE(error_of(10'001, 10'001, 1, false).find("take a shorter window"), std::string::npos);
  EXPECT_NE(error_of(4'000, 4'000, 3, false).find("take longer steps"), std::string::npos);
  EXPECT_NE(error_of(100'001, 100, 1, true).find("too many allocations to share idle"), std::string::npos);
}

TEST(Aggregate, KnowsWhatADailySummaryTells) {
  EXPECT_EQ(ParseAggregate("namespace,label:app")->size(), 2);
  for (const char* text : {"pod", "namespace,controller", "label:", "usage_start"}) {
    EXPECT_FALSE(ParseAggregate(text).ok()) << text;
  }
}

}  // namespace
}  // namespace costream
