#include "base/error.h"

#include <gtest/gtest.h>

namespace costream {
namespace {

ErrorPlace RowOfGroup() {
  ErrorPlace place("x.parquet");
  place.row_group = 2;
  place.row = 41;
  return place;
}

TEST(Error, APlaceInWords) {
  EXPECT_EQ(ErrorPlace("x.csv").ToString(), "x.csv");
  EXPECT_EQ(RowOfGroup().WithColumn("node").ToString(), "x.parquet: row group 2, row 41: column 'node'");
  ErrorPlace line("x.csv");
  line.line = 7;
  EXPECT_EQ(line.ToString(), "x.csv: line 7");
  ErrorPlace row("pod_usage");
  row.row = 3;
  EXPECT_EQ(row.ToString(), "pod_usage: row 3");
  EXPECT_EQ(ErrorPlace().WithColumn("node").ToString(), "column 'node'");
}

TEST(Error, AnErrorKnowsItsPlace) {
  const arrow::Status error = InputErrorAt(RowOfGroup().WithColumn("node"), "is {}", "null");
  EXPECT_EQ(Message(error), "x.parquet: row group 2, row 41: column 'node': is null");
  EXPECT_EQ(KindOf(error), ErrorKind::kInput);
  EXPECT_EQ(PlaceOf(error).row_group, 2);
  EXPECT_EQ(PlaceOf(error).column, "node");
  EXPECT_EQ(PlaceOf(WithContext(error, "again")).file, "x.parquet");
}

TEST(Error, AnOuterPlaceKeepsTheColumnOfTheInner) {
  const arrow::Status inner = WithPlace(InputError("is null"), ErrorPlace().WithColumn("node"));
  const arrow::Status outer = WithPlace(inner, RowOfGroup());
  EXPECT_EQ(Message(outer), "x.parquet: row group 2, row 41: column 'node': is null");
  EXPECT_EQ(PlaceOf(outer).column, "node");
  EXPECT_EQ(PlaceOf(outer).row, 41);
  EXPECT_EQ(KindOf(outer), ErrorKind::kInput);
  EXPECT_TRUE(WithPlace(arrow::Status::OK(), RowOfGroup()).ok());
}

TEST(Error, OthersHaveNoPlace) {
  EXPECT_EQ(PlaceOf(UsageError("no")).file, "");
  EXPECT_EQ(PlaceOf(arrow::Status::IOError("no")).file, "");
  EXPECT_EQ(Message(SetPlace(InputError("no"), RowOfGroup())), "no");
  EXPECT_EQ(PlaceOf(SetPlace(InputError("no"), RowOfGroup())).file, "x.parquet");
}

}  // namespace
}  // namespace costream
