#include "job/source_units.h"

#include <gmock/gmock.h>

#include "job/test_report_files.h"

namespace costream {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

class SourceUnitsTest : public ReportFiles {
 protected:
  SourceUnits Plan(const std::vector<std::string>& inputs) const {
    RunOptions options;
    options.inputs = inputs;
    options.source = "s";
    options.month = Month{2025, 11};
    auto found = PlanSourceUnits(options);
    EXPECT_TRUE(found.ok()) << found.status();
    return found.ok() ? *std::move(found) : SourceUnits();
  }

  static std::vector<std::string> DaysOf(const SourceUnits& found) {
    std::vector<std::string> days;
    for (const SourceUnit& unit : found.units)
      days.push_back(FormatDay(unit.first_day) + " " + FormatDay(unit.last_day));
    return days;
  }
};

TEST_F(SourceUnitsTest, EachDayHasItsFiles) {
  WritePods("1", Granularity::kHourly, {At(11, 1, 0), At(11, 1, 1)});
  const std::string tree = WritePods("3", Granularity::kHourly, {At(11, 3, 0)});
  const SourceUnits found = Plan({tree});
  EXPECT_THAT(DaysOf(found), ElementsAre("2025-11-01 2025-11-01", "2025-11-03 2025-11-03"));
  EXPECT_EQ(FormatDay(found.scope.first_day), "2025-11-01");
  EXPECT_EQ(FormatDay(found.scope.last_day), "2025-11-30")
      << "all days are the run's, also those without input";
  EXPECT_THAT(found.units[0].inputs, ElementsAre(testing::HasSubstr("/1/")));
  EXPECT_EQ(found.units[0].rows, 2);
  EXPECT_EQ(found.units[0].pieces, 1);
}

TEST_F(SourceUnitsTest, DaysOfOneRowGroupStayTogether) {
  const std::string tree =
      WritePods("1", Granularity::kHourly, {At(11, 1, 0), At(11, 2, 0), At(11, 3, 0), At(11, 4, 0)}, 3600, 2);
  EXPECT_THAT(DaysOf(Plan({tree})), ElementsAre("2025-11-01 2025-11-02", "2025-11-03 2025-11-04"));
}

TEST_F(SourceUnitsTest, ACsvIsReadOnce) {
  const std::string file =
      Write("pods.csv", std::string(kPodHeader) + PodLine("2025-11-01 00:00:00", "n", 1));
  const SourceUnits found = Plan({file});
  EXPECT_THAT(DaysOf(found), ElementsAre("2025-11-01 2025-11-30"));
  EXPECT_THAT(found.units[0].inputs, ElementsAre(file));
}

TEST_F(SourceUnitsTest, TheVersionTellsChangedInputs) {
  WritePods("1", Granularity::kHourly, {At(11, 1, 0)});
  const std::string tree = WritePods("2", Granularity::kHourly, {At(11, 2, 0)});
  const SourceUnits before = Plan({tree});
  WritePods("2", Granularity::kHourly, {At(11, 2, 0), At(11, 2, 1)});
  const SourceUnits after = Plan({tree});
  ASSERT_THAT(after.units, SizeIs(2));
  EXPECT_EQ(after.units[0].version, before.units[0].version);
  EXPECT_NE(after.units[1].version, before.units[1].version);
}

}  // namespace
}  // namespace costream
