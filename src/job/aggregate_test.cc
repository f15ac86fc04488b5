#include "costream/aggregate.h"

#include <arrow/array.h>
#include <arrow/builder.h>
#include <gtest/gtest.h>

namespace costream {
namespace {

// Hourly pod rows: `rows` of them over two days, two nodes and three namespaces.
std::shared_ptr<arrow::Table> PodTable(int64_t rows) {
  arrow::StringBuilder time, node, name_space, pod, labels;
  arrow::DoubleBuilder value;
  for (int64_t i = 0; i < rows; ++i) {
    EXPECT_TRUE(time.Append(i % 2 ? "2025-11-01 05:00:00 +0000 UTC" : "2025-11-02 06:00:00 +0000 UTC").ok());
    EXPECT_TRUE(node.Append("node-" + std::to_string(i % 2)).ok());
    EXPECT_TRUE(name_space.Append("shop-" + std::to_string(i % 3)).ok());
    EXPECT_TRUE(pod.Append("pod-" + std::to_string(i)).ok());
    EXPECT_TRUE(labels.Append("label_app:" + std::to_string(i % 5)).ok());
    EXPECT_TRUE(value.Append(0.1 * static_cast<double>(i)).ok());
  }
  const auto values = value.Finish().ValueOrDie();
  arrow::FieldVector fields;
  arrow::ArrayVector columns;
  const auto add = [&](const char* name, const std::shared_ptr<arrow::Array>& column) {
    fields.push_back(arrow::field(name, column->type()));
    columns.push_back(column);
  };
  add("pod_labels", labels.Finish().ValueOrDie());
  for (const char* name :
       {"pod_usage_cpu_core_seconds", "pod_request_cpu_core_seconds", "pod_usage_memory_byte_seconds",
        "pod_request_memory_byte_seconds", "node_capacity_cpu_core_seconds"}) {
    add(name, values);
  }
  add("interval_start", time.Finish().ValueOrDie());
  add("node", node.Finish().ValueOrDie());
  add("namespace", name_space.Finish().ValueOrDie());
  add("pod", pod.Finish().ValueOrDie());
  return arrow::Table::Make(arrow::schema(fields), columns);
}

AggregateOptions Options() {
  AggregateOptions options;
  options.source = "11111111-2222-4333-8444-555555555555";
  options.month = "2025-11";
  return options;
}

TEST(Aggregate, StreamingGivesTheRowsOfTheWholeTable) {
  const auto table = PodTable(1000);
  const auto whole = Aggregate({{Report::kPodUsage, false, table}}, Options());
  ASSERT_TRUE(whole.ok()) << whole.status();
  EXPECT_EQ((*whole)->num_rows(),
            15 * 2 + 2);  // 2 days: a node each, 3 namespaces, 5 labels; and Unallocated
  for (const int64_t chunk : {1, 13, 50'000}) {
    AggregateOptions options = Options();
    options.chunk_size = chunk;
    const auto streamed = AggregateStreaming(
        {{Report::kPodUsage, false, std::make_shared<arrow::TableBatchReader>(table)}}, options);
    ASSERT_TRUE(streamed.ok()) << streamed.status();
    EXPECT_TRUE((*streamed)->Equals(**whole)) << chunk;
  }
}

TEST(Aggregate, AMissingColumnIsNamed) {
  const auto table = PodTable(2)->RemoveColumn(7).ValueOrDie();
  const auto result = Aggregate({{Report::kPodUsage, false, table}}, Options());
  ASSERT_FALSE(result.ok());
  EXPECT_NE(result.status().message().find("'node'"), std::string::npos) << result.status();
}

TEST(Aggregate, WithoutAMonthTheErrorNamesIt) {
  AggregateOptions options = Options();
  options.month.clear();
  const auto result = Aggregate({{Report::kPodUsage, false, PodTable(1)}}, options);
  ASSERT_FALSE(result.ok());
  EXPECT_NE(result.status().message().find("month"), std::string::npos);
}

TEST(Aggregate, WhatCannotBeUsedIsNamed) {
  const auto error_of = [](const AggregateOptions& options) {
    return Aggregate({{Report::kPodUsage, false, PodTable(1)}}, options).status().message();
  };
  AggregateOptions options = Options();
  options.month = "11/2025";
  EXPECT_EQ(error_of(options), "month '11/2025': write it like 2025-11");
  options = Options();
  options.start = "2025-11";
  EXPECT_EQ(error_of(options), "start '2025-11': write it like 2025-11-01");
  options = Options();
  options.end = "2025-11-31";
  EXPECT_EQ(error_of(options), "end '2025-11-31': write it like 2025-11-30");
  options = Options();
  options.chunk_size = 0;
  EXPECT_EQ(error_of(options), "chunk_size 0: must be at least 1");
  EXPECT_EQ(Aggregate({{Report::kPodUsage, false, nullptr}}, Options()).status().message(),
            "a report has no table");
  EXPECT_EQ(AggregateStreaming({{Report::kPodUsage, false, nullptr}}, Options()).status().message(),
            "a report has no reader");
}

}  // namespace
}  // namespace costream
