// A summary on disk, made by hand. For tests only.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "base/test_folder.h"
#include "sink/sink.h"
#include "sink/test_rows.h"
#include "summary/summary_reader.h"

namespace costream {

class SummaryFileTest : public FolderTest {
 protected:
  // A node of 10 cores for a day, of a cluster of 300 core-hours: what pods and its Unallocated row say.
  static TestRow Pod(Day day, const std::string& name, double used, double requested, double effective,
                     const std::string& labels = "{}") {
    TestRow row = Node(day, used, requested, effective);
    row.texts[kNamespaceColumn] = name;
    row.texts[kPodLabelsColumn] = row.texts[kAllLabelsColumn] = labels;
    return row;
  }
  static TestRow Unallocated(Day day, double used, double requested, double effective) {
    TestRow row = Node(day, used, requested, effective);
    row.texts[kNamespaceColumn] = "Worker unallocated";
    return row;
  }
  static TestRow Claim(Day day, const std::string& name, double gib_months) {
    TestRow row;
    row.day = day;
    row.texts = {{kDataSource, "Storage"}, {kSourceUuid, "s"},     {kClusterId, "c"},
                 {kNamespaceColumn, name}, {kClaimColumn, "data"}, {kStorageClassColumn, "fast"}};
    row.measures = {{kClaimGibMonths, gib_months}};
    return row;
  }

  std::string Written(const std::vector<TestRow>& rows, const std::string& name = "s.parquet") const {
    const auto sink = MakeSink(Path(name), {}).ValueOrDie();
    RunScope scope;
    scope.identity.source = "s";
    EXPECT_TRUE(sink->Begin(scope).ok());
    EXPECT_TRUE(sink->Write(RowsOf(rows)).ok());
    EXPECT_TRUE(sink->Commit({}).ok());
    return Path(name);
  }
  std::unique_ptr<SummaryReader> Opened(const std::vector<TestRow>& rows) const {
    return OpenSummary(Written(rows)).ValueOrDie();
  }

 private:
  static TestRow Node(Day day, double used, double requested, double effective) {
    TestRow row;
    row.day = day;
    row.texts = {{kDataSource, "Pod"}, {kSourceUuid, "s"}, {kClusterId, "c"}, {kNodeColumn, "n1"}};
    row.measures = {{kPodUsageCpuHours, used},
                    {kPodRequestCpuHours, requested},
                    {kPodEffectiveCpuHours, effective},
                    {kNodeCoresMax, 10},
                    {kNodeCpuHours, 240},
                    {kClusterCpuHours, 300}};
    return row;
  }
};

}  // namespace costream
