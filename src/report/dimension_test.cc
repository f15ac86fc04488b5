#include "report/dimension.h"

#include <gtest/gtest.h>

namespace costream {
namespace {

StoredRow PodRow() {
  StoredRow row;
  row.texts[kDataSource] = "Pod";
  row.texts[kPodLabelsColumn] = "{}";
  row.texts[kNamespaceColumn] = "web";
  return row;
}

bool Takes(std::initializer_list<const char*> conditions, const StoredRow& row) {
  RowFilter filter;
  for (const char* condition : conditions) EXPECT_TRUE(filter.Add(condition).ok()) << condition;
  return filter.Takes(row, {{"app", "shop"}});
}

TEST(Dimension, IsAColumnTheKindOrALabel) {
  const StoredRow row = PodRow();
  const RowLabels labels = {{"app", "shop"}};
  EXPECT_EQ(Dimension::Parse("namespace")->Of(row, labels), "web");
  EXPECT_EQ(Dimension::Parse("node")->Of(row, labels), std::nullopt);
  EXPECT_EQ(Dimension::Parse("kind")->Of(row, labels), "pod");
  EXPECT_EQ(Dimension::Parse("label:app")->Of(row, labels), "shop");
  EXPECT_EQ(Dimension::Parse("label:team")->Of(row, labels), std::nullopt);
  for (const char* name : {"", "label:", "uuid", "pod_usage_cpu_core_hours", "namespace;"}) {
    EXPECT_FALSE(Dimension::Parse(name).ok()) << name;
  }
}

TEST(RowFilter, TakesAnyOfEqualsAndAllOfTheRest) {
  const StoredRow row = PodRow();
  EXPECT_TRUE(Takes({}, row));
  EXPECT_TRUE(Takes({"namespace=web", "namespace=db"}, row));
  EXPECT_FALSE(Takes({"namespace=web", "label:app=none"}, row));
  EXPECT_FALSE(Takes({"namespace!=db", "namespace!=web"}, row));
  EXPECT_TRUE(Takes({"node!=n1", "label:app=shop"}, row));
  EXPECT_FALSE(Takes({"node="}, row));
}

TEST(RowFilter, RefusesWhatIsNoCondition) {
  RowFilter filter;
  for (const char* text : {"", "namespace", "=x", "nothing=x"}) EXPECT_FALSE(filter.Add(text).ok()) << text;
}

}  // namespace
}  // namespace costream
