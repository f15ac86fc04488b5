#include "job/superseding.h"

#include <gmock/gmock.h>

#include <atomic>

#include "base/error.h"
#include "decode/csv_reader.h"
#include "job/test_report_files.h"

namespace costream {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const Day kFirst = DayOf(2025, 11, 1);

class SupersedingTest : public ReportFiles {
 protected:
  SupersedingTest() {
    plan_.first_day = kFirst;
    plan_.last_day = DayOf(2025, 11, 30);
  }

  // A payload that covers so many hours of the day; 0: its manifest tells none.
  static std::shared_ptr<Manifest> ManifestOf(const std::string& uuid, int hours = 0, bool whole = true) {
    auto manifest = std::make_shared<Manifest>();
    manifest->uuid = uuid;
    manifest->daily_reports = whole;
    if (hours > 0) {
      manifest->start_micros = At(11, 1, 0);
      manifest->end_micros = At(11, 1, hours);
    }
    return manifest;
  }

  // A pod report with a row in each of these (day, hour).
  void AddReport(const std::string& name, std::shared_ptr<const Manifest> manifest,
                 const std::vector<std::pair<int, int>>& times) {
    std::string text(kPodHeader);
    for (const auto& [day, hour] : times)
      text += PodLine(fmt::format("2025-11-{:02} {:02}:00:00", day, hour), "n", 1);
    Unit& unit = plan_.units.emplace_back();
    unit.first_day = plan_.first_day;
    unit.last_day = plan_.last_day;
    unit.file = LocalFile(Write(name, text));
    unit.manifest = std::move(manifest);
    unit.open = [this, file = unit.file](const DecodeOptions& decode) {
      ++opened_;
      return OpenCsv(file, ReportKind::kPod, decode);
    };
  }

  // A row group of a Parquet file whose metadata tell of the day.
  void AddParquet(const std::string& name, const std::string& id, Day day, int hours, int64_t rows,
                  Granularity granularity = Granularity::kHourly) {
    Unit& unit = plan_.units.emplace_back();
    unit.granularity = granularity;
    unit.first_day = unit.last_day = day;
    unit.rows = rows;
    unit.file = LocalFile(Path(name));
    unit.delivery = DeliveryFacts{id, day, hours, {}};
  }

  // Names of the files left.
  std::vector<std::string> Left() {
    const arrow::Status status = LeaveOutSuperseded({}, &plan_);
    EXPECT_TRUE(status.ok()) << status;
    std::vector<std::string> names;
    for (const Unit& unit : plan_.units) names.push_back(NameOf(unit.file->name()));
    return names;
  }
  // What was left out, as "name: rows".
  std::vector<std::string> Told() const {
    std::vector<std::string> told;
    for (const SupersededFile& file : plan_.superseded)
      told.push_back(fmt::format("{}: {}", NameOf(file.file), file.rows));
    return told;
  }
  static std::string NameOf(const std::string& path) { return std::filesystem::path(path).filename(); }

  Plan plan_;
  std::atomic<int> opened_ = 0;
};

TEST_F(SupersedingTest, OfADayTheDeliveryOfTheMostHoursStays) {
  AddReport("old.csv", ManifestOf("b", 4), {{1, 0}, {1, 3}});
  AddReport("new.csv", ManifestOf("a", 9), {{1, 0}, {1, 3}, {1, 8}});
  Left();
  EXPECT_THAT(plan_.units[0].superseded, ElementsAre(kFirst));
  EXPECT_THAT(plan_.units[1].superseded, IsEmpty());
  EXPECT_THAT(Told(), ElementsAre("old.csv: 2"));
}

TEST_F(SupersedingTest, DaysAreDecidedApartAndNarrowTheUnits) {
  AddReport("a.csv", ManifestOf("a"), {{1, 0}, {1, 1}, {2, 0}});
  AddReport("b.csv", ManifestOf("b"), {{2, 0}, {2, 1}, {3, 0}});
  EXPECT_THAT(Left(), ElementsAre("a.csv", "b.csv"));
  EXPECT_THAT(plan_.units[0].superseded, ElementsAre(kFirst + 1));  // the hours are those of the rows
  EXPECT_THAT(plan_.units[1].superseded, IsEmpty());
  EXPECT_EQ(plan_.units[0].first_day, kFirst);
  EXPECT_EQ(plan_.units[0].last_day, kFirst + 1);
  EXPECT_EQ(plan_.units[1].first_day, kFirst + 1);
  EXPECT_EQ(plan_.units[1].last_day, kFirst + 2);
  EXPECT_THAT(Told(), ElementsAre("a.csv: 1"));
}

TEST_F(SupersedingTest, FilesOfOnePayloadAreOneDelivery) {
  AddReport("a1.csv", ManifestOf("a"), {{1, 0}, {1, 1}});
  AddReport("a2.csv", ManifestOf("a"), {{1, 2}, {1, 3}});
  AddReport("b.csv", ManifestOf("b"), {{1, 0}, {1, 1}, {1, 2}});
  Left();
  EXPECT_THAT(Told(), ElementsAre("b.csv: 3"));  // four hours against three
}

TEST_F(SupersedingTest, WhatAddsCountsWhereNoWholeDayCame) {
  AddReport("adds.csv", ManifestOf("a", 2, false), {{1, 0}, {2, 0}});
  AddReport("whole.csv", ManifestOf("b", 1), {{1, 0}});
  Left();
  EXPECT_THAT(plan_.units[0].superseded, ElementsAre(kFirst));
  EXPECT_THAT(Told(), ElementsAre("adds.csv: 1"));
}

TEST_F(SupersedingTest, ReportsAreReadOnlyWhereADayMayComeAgain) {
  AddReport("one.csv", ManifestOf("a"), {{1, 0}});
  Left();
  EXPECT_EQ(opened_, 0);
  AddReport("csv.csv", nullptr, {{1, 0}});
  Left();
  EXPECT_EQ(opened_, 0);
  plan_.units.clear();
  AddReport("a.csv", ManifestOf("a", 0, false), {{1, 0}});
  AddReport("b.csv", ManifestOf("b", 0, false), {{1, 0}});
  Left();
  EXPECT_EQ(opened_, 0);  // both add
  EXPECT_THAT(Told(), IsEmpty());
}

TEST_F(SupersedingTest, AReportWithoutARowOfTheDaysIsDropped) {
  plan_.last_day = kFirst + 1;
  AddReport("outside.csv", ManifestOf("a"), {{9, 0}});
  AddReport("inside.csv", ManifestOf("b"), {{1, 0}});
  EXPECT_THAT(Left(), ElementsAre("inside.csv"));
  EXPECT_THAT(Told(), IsEmpty());
}

TEST_F(SupersedingTest, RowGroupsOfSupersededParquetAreDroppedTableByTable) {
  AddParquet("old.parquet", "a", kFirst, 3, 10);
  AddParquet("old.parquet", "a", kFirst, 3, 5);
  AddParquet("new.parquet", "b", kFirst, 7, 20);
  AddParquet("daily.parquet", "a", kFirst, 3, 2, Granularity::kDaily);
  AddParquet("other.parquet", "a", kFirst + 1, 3, 10);
  EXPECT_THAT(Left(), ElementsAre("new.parquet", "daily.parquet", "other.parquet"));
  EXPECT_THAT(Told(), ElementsAre("old.parquet: 15"));
}

TEST_F(SupersedingTest, AReportThatCannotBeReadIsAnError) {
  AddReport("good.csv", ManifestOf("a"), {{1, 0}});
  AddReport("bad.csv", ManifestOf("b"), {{1, 0}});
  Write("bad.csv", std::string(kPodHeader) + PodLine("never", "n", 1));
  const arrow::Status status = LeaveOutSuperseded({}, &plan_);
  EXPECT_EQ(KindOf(status), ErrorKind::kInput);
  EXPECT_THAT(Message(status), HasSubstr("bad.csv: line 2"));
}

}  // namespace
}  // namespace costream
