#include "sink/table_sink.h"

#include <arrow/array.h>
#include <gtest/gtest.h>

#include "sink/columns.h"
#include "sink/test_rows.h"

namespace costream {
namespace {

// Batches whose nodes differ and whose other columns repeat.
std::shared_ptr<arrow::RecordBatch> Rows(const std::string& node, int count) {
  return RowsOf(
      std::vector<TestRow>(count, {{{kNodeColumn, node}, {kNamespaceColumn, "shop"}}, {{kClaimGib, 0.5}}}));
}

TEST(TableSink, GivesTheRowsOfAllBatches) {
  TableSink sink;
  const std::vector<std::shared_ptr<arrow::RecordBatch>> batches = {Rows("n1", 100), Rows("n2", 100),
                                                                    Rows("n2", 7), Rows("n3", 200)};
  arrow::RecordBatchVector expected;
  for (const auto& batch : batches) {
    ASSERT_TRUE(sink.Write(batch).ok());
    expected.push_back(WithPlainTexts(*batch).ValueOrDie());
  }
  const auto table = sink.Finish().ValueOrDie();
  ASSERT_TRUE(table->Validate().ok());
  EXPECT_TRUE(table->Equals(*arrow::Table::FromRecordBatches(SummarySchema(), expected).ValueOrDie()));
}

TEST(TableSink, HoldsColumnsThatRepeatOnce) {
  TableSink sink;
  ASSERT_TRUE(sink.Write(Rows("n1", 4000)).ok());
  const int64_t first = sink.HeldBytes();
  EXPECT_GT(first, 4000 * 8);
  ASSERT_TRUE(sink.Write(Rows("n1", 4000)).ok());
  EXPECT_EQ(sink.HeldBytes(), first);
  ASSERT_TRUE(sink.Write(Rows("n2", 4000)).ok());
  EXPECT_LT(sink.HeldBytes(), first + 4001 * 10);  // the nodes: two bytes and an offset each
}

}  // namespace
}  // namespace costream
