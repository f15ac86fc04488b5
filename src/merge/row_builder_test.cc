#include "merge/row_builder.h"

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <string>
#include <vector>

#include "merge/test_finalized_day.h"

namespace costream {
namespace {

SummaryRow PodRow() {
  SummaryRow row;
  row.day = DayOf(2025, 11, 1);
  row.name_space = "shop";
  row.node = "n1";
  row.all_labels = "{}";
  row.has_pod_labels = true;
  return row;
}

SummaryRow StorageRow() {
  SummaryRow row;
  row.kind = RowKind::kStorage;
  row.name_space = "shop";
  row.node = "n1";
  row.resource_id = "i-1";
  row.claim = "data";
  row.volume = "pv-1";
  row.storage_class = "gp3";
  row.volume_handle = "vol-1";
  row.all_labels = "{}";
  row.has_volume_labels = true;
  return row;
}

std::array<uint8_t, 16> Uuid(std::string_view source, const SummaryRow& row) {
  std::string key = "of an earlier row";
  return RowUuid(source, row, &key);
}

TEST(RowUuid, IsAVersion8Uuid) {
  const auto uuid = Uuid("source", PodRow());
  EXPECT_EQ(uuid[6] >> 4, 8);
  EXPECT_EQ(uuid[8] >> 6, 2);  // the variant of RFC 9562
}

TEST(RowUuid, IsTheSameForTheSameKeyWhateverTheMeasures) {
  SummaryRow row = PodRow();
  const auto first = Uuid("source", row);
  row.measures[kPodUsageCpuHours] = 5;
  row.cost_category_id = 7;
  row.resource_id = "a maximum, no part of the key";
  EXPECT_EQ(Uuid("source", row), first);
}

TEST(RowUuid, EveryPartOfAPodRowsKeyCounts) {
  std::set<std::array<uint8_t, 16>> uuids = {Uuid("source", PodRow()), Uuid("other", PodRow())};
  SummaryRow row = PodRow();
  row.day += 1;
  uuids.insert(Uuid("source", row));
  for (std::optional<std::string_view> SummaryRow::* part : {&SummaryRow::name_space, &SummaryRow::node}) {
    const std::array<std::optional<std::string_view>, 3> values = {"z", "", std::nullopt};
    for (const auto& value : values) {
      row = PodRow();
      row.*part = value;
      uuids.insert(Uuid("source", row));
    }
  }
  row = PodRow();
  row.all_labels = R"({"a":"b"})";
  uuids.insert(Uuid("source", row));
  row = PodRow();
  row.kind = RowKind::kUnallocated;
  uuids.insert(Uuid("source", row));
  EXPECT_EQ(uuids.size(), 11);  // null, the empty string and another text differ everywhere
}

// csi_volume_handle is no output column, but separates rows.
TEST(RowUuid, EveryPartOfAStorageRowsKeyCounts) {
  std::set<std::array<uint8_t, 16>> uuids = {Uuid("source", StorageRow())};
  for (std::optional<std::string_view> SummaryRow::* part :
       {&SummaryRow::name_space, &SummaryRow::node, &SummaryRow::resource_id, &SummaryRow::claim,
        &SummaryRow::volume, &SummaryRow::storage_class, &SummaryRow::volume_handle}) {
    SummaryRow row = StorageRow();
    row.*part = std::nullopt;
    uuids.insert(Uuid("source", row));
  }
  SummaryRow row = StorageRow();
  row.all_labels = R"({"a":"b"})";
  uuids.insert(Uuid("source", row));
  EXPECT_EQ(uuids.size(), 9);
}

TEST(RowUuid, TextsCannotRunIntoEachOther) {
  SummaryRow a = PodRow(), b = PodRow();
  a.name_space = "shop-n";
  a.node = "1";
  b.name_space = "shop-";
  b.node = "n1";
  EXPECT_NE(Uuid("source", a), Uuid("source", b));
}

class RowBuilderTest : public testing::Test {
 protected:
  RowBuilder Builder() {
    return RowBuilder(&identity_, [this](const std::shared_ptr<arrow::RecordBatch>& batch) {
      batches_.push_back(batch);
      return sink_status_;
    });
  }
  std::string Cell(int64_t row, int column) const { return CellText(*batches_.at(0)->column(column), row); }

  std::string MeasureCell(int64_t row, int measure) const { return Cell(row, kFirstMeasure + measure); }

  RunIdentity identity_{"the-source", 12, "the-cluster", std::nullopt};
  arrow::Status sink_status_;
  arrow::RecordBatchVector batches_;
};

TEST_F(RowBuilderTest, APodRowHasItsCellsAndTheRunsIdentity) {
  RowBuilder builder = Builder();
  SummaryRow row = PodRow();
  row.cost_category_id = 3;
  row.measures[kPodUsageCpuHours] = 1.5;
  row.measures[kClusterGibHours] = 0;
  ASSERT_TRUE(builder.Append(row).ok());
  ASSERT_TRUE(builder.Flush().ok());
  ASSERT_EQ(batches_.size(), 1);
  EXPECT_TRUE(batches_[0]->Validate().ok());
  EXPECT_EQ(Cell(0, kDataSource), "Pod");
  EXPECT_EQ(Cell(0, kUsageStart), "2025-11-01");
  EXPECT_EQ(Cell(0, kUsageEnd), "2025-11-01");
  EXPECT_EQ(Cell(0, kNamespaceColumn), "shop");
  EXPECT_EQ(Cell(0, kClaimColumn), "(null)");
  EXPECT_EQ(Cell(0, kVolumeLabelsColumn), "(null)");
  EXPECT_EQ(Cell(0, kCostCategoryId), "3");
  EXPECT_EQ(Cell(0, kReportPeriodId), "12");
  EXPECT_EQ(Cell(0, kClusterId), "the-cluster");
  EXPECT_EQ(Cell(0, kClusterAlias), "(null)");
  EXPECT_EQ(Cell(0, kSourceUuid), "the-source");
  EXPECT_EQ(Cell(0, kInfrastructureUsageCostColumn), kInfrastructureUsageCost);
  EXPECT_EQ(MeasureCell(0, kPodUsageCpuHours), "1.5");
  EXPECT_EQ(MeasureCell(0, kPodLimitCpuHours), "(null)");
  EXPECT_EQ(MeasureCell(0, kClusterGibHours), "0");
}

TEST_F(RowBuilderTest, PodAndVolumeLabelsAreAllLabelsOrNull) {
  RowBuilder builder = Builder();
  SummaryRow pod = PodRow(), storage = StorageRow(), neither = PodRow();
  pod.all_labels = R"({"a":"1"})";
  neither.has_pod_labels = false;
  for (const SummaryRow& row : {pod, storage, neither, pod}) ASSERT_TRUE(builder.Append(row).ok());
  ASSERT_TRUE(builder.Flush().ok());
  const auto labels = [&](int64_t row) {
    return Cell(row, kPodLabelsColumn) + " " + Cell(row, kVolumeLabelsColumn) + " " +
           Cell(row, kAllLabelsColumn);
  };
  EXPECT_EQ(labels(0), R"({"a":"1"} (null) {"a":"1"})");
  EXPECT_EQ(labels(1), "(null) {} {}");
  EXPECT_EQ(labels(2), "(null) (null) {}");
  EXPECT_EQ(labels(3), labels(0));
}

TEST_F(RowBuilderTest, ABatchHasDictionariesOfItsOwnTexts) {
  RowBuilder builder = Builder();
  SummaryRow row = PodRow();
  for (const char* node : {"n1", "n2", "", "n1"}) {
    row.node = node;
    ASSERT_TRUE(builder.Append(row).ok());
  }
  row.node.reset();
  ASSERT_TRUE(builder.Append(row).ok() && builder.Flush().ok());
  row.node = "n3";
  ASSERT_TRUE(builder.Append(row).ok() && builder.Flush().ok());
  ASSERT_EQ(batches_.size(), 2u);
  const auto texts = [&](size_t batch) {
    EXPECT_TRUE(batches_[batch]->schema()->Equals(*SummaryBatchSchema()));
    EXPECT_TRUE(batches_[batch]->ValidateFull().ok());
    return static_cast<const arrow::DictionaryArray&>(*batches_[batch]->column(kNodeColumn)).dictionary();
  };
  EXPECT_EQ(texts(0)->length(), 3);
  EXPECT_EQ(texts(1)->length(), 1);
  EXPECT_EQ(CellText(*batches_[0]->column(kNodeColumn), 2), "");
  EXPECT_EQ(CellText(*batches_[0]->column(kNodeColumn), 3), "n1");
  EXPECT_EQ(CellText(*batches_[0]->column(kNodeColumn), 4), "(null)");
  EXPECT_EQ(CellText(*batches_[1]->column(kNodeColumn), 0), "n3");
}

TEST_F(RowBuilderTest, UnallocatedRowsArePodRowsWithoutInfrastructureCost) {
  RowBuilder builder = Builder();
  SummaryRow row = PodRow(), storage = StorageRow();
  row.kind = RowKind::kUnallocated;
  row.has_pod_labels = false;
  ASSERT_TRUE(builder.Append(row).ok() && builder.Append(storage).ok() && builder.Flush().ok());
  EXPECT_EQ(Cell(0, kDataSource), "Pod");
  EXPECT_EQ(Cell(0, kInfrastructureUsageCostColumn), "(null)");
  EXPECT_EQ(Cell(1, kDataSource), "Storage");
  EXPECT_EQ(Cell(1, kInfrastructureUsageCostColumn), kInfrastructureUsageCost);
}

TEST_F(RowBuilderTest, HandsOverBoundedBatchesInOrder) {
  RowBuilder builder = Builder();
  constexpr int kRows = 20'000;
  for (int i = 0; i < kRows; ++i) {
    const std::string name = std::to_string(i);
    SummaryRow row = PodRow();
    row.name_space = name;
    ASSERT_TRUE(builder.Append(row).ok());
  }
  ASSERT_TRUE(builder.Flush().ok());
  ASSERT_TRUE(builder.Flush().ok());  // nothing is left
  int64_t rows = 0;
  for (const auto& batch : batches_) {
    ASSERT_GT(batch->num_rows(), 0);
    EXPECT_LE(batch->num_rows(), 4096);
    EXPECT_EQ(CellText(*batch->column(kNamespaceColumn), 0), std::to_string(rows));
    rows += batch->num_rows();
  }
  EXPECT_EQ(rows, kRows);
}

TEST_F(RowBuilderTest, WithoutRowsNothingIsHandedOver) {
  RowBuilder builder = Builder();
  ASSERT_TRUE(builder.Flush().ok());
  EXPECT_TRUE(batches_.empty());
}

TEST_F(RowBuilderTest, AnErrorOfTheSinkComesBack) {
  sink_status_ = arrow::Status::IOError("disk full");
  RowBuilder builder = Builder();
  ASSERT_TRUE(builder.Append(PodRow()).ok());
  EXPECT_EQ(builder.Flush().message(), "disk full");
}

}  // namespace
}  // namespace costream
