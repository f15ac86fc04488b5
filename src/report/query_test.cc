#include "report/query.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "report/test_repeated_row.h"
#include "report/test_summary_file.h"

namespace costream {
namespace {

const Day kFirst = DayOf(2025, 11, 1);
class Query : public SummaryFileTest {};

TEST_F(Query, GroupsFiltersAndKeepsNullApart) {
  const auto summary =
      Opened({Pod(kFirst, "b", 0.1, 1, 1), Pod(kFirst, "a,", 0.2, 1, 1), Pod(kFirst + 1, "b", 0.2, 1, 1),
              Pod(kFirst + 2, "b", 9, 9, 9), Unallocated(kFirst, 5, 5, 5), Claim(kFirst, "b", 2)});
  SummaryQuery query;
  query.group_by = {*Dimension::Parse("namespace"), *Dimension::Parse("node")};
  ASSERT_TRUE(query.filter.Add("kind!=unallocated").ok());
  query.last_day = kFirst + 1;
  const auto groups = RunQuery(summary.get(), query).ValueOrDie();
  const std::string csv = QueryCsv(query, groups);
  EXPECT_EQ(csv.substr(csv.find('\n') + 1),
            "\"a,\",n1,1,0.2,1,1,,,,,,,,\n"
            "b,,1,,,,,,,,,2,,\n"
            "b,n1,2,0.3,2,2,,,,,,,,\n");
  EXPECT_NE(QueryJson(query, groups)
                .find(R"({"namespace":"b","node":null,"rows":1,"pod_usage_cpu_core_hours":null)"),
            std::string::npos);
}

TEST_F(Query, ASumThatNoDecimalHoldsIsAnInputError) {
  RepeatedRow rows(kFirst, PodOf(9.9e17), kTooManyRows);
  EXPECT_EQ(KindOf(RunQuery(&rows, {}).status()), ErrorKind::kInput);
}

}  // namespace
}  // namespace costream
