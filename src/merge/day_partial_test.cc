#include "merge/day_partial.h"

#include <arrow/array/util.h>
#include <arrow/scalar.h>
#include <gmock/gmock.h>

#include "merge/test_finalized_day.h"

namespace costream {
namespace {

using enum TextField;
using enum Measure;

// Some of everything a day can have; `which` of two halves, or all of it.
void Fill(TestDay* day, int which) {
  const auto is = [&](int half) { return which < 0 || which == half; };
  if (is(0)) {
    day->NodeLabels({{1, {{kNode, "n1"}, {kNodeLabels, R"({"zone":"a"})"}}, {}}});
    day->Storage(
        {{0,
          {{kNamespace, "shop"}, {kPod, "p"}, {kClaim, "c"}, {kVolume, "v"}, {kClaimLabels, R"({"a":"b"})"}},
          {{kClaimBytes, 5 * kGiB}, {kClaimByteSeconds, 1e15}, {kClaimUsage, 0.1}}}});
    day->Pods({{0,
                {{kNamespace, "shop"},
                 {kNode, "n1"},
                 {kPod, "p"},
                 {kResourceId, "i-1"},
                 {kPodLabels, R"({"app":"x"})"}},
                {{kUsageCpu, 0.1}, {kRequestMemory, 1e18}, {kNodeCoreSeconds, 7200}, {kNodeCores, 2}}},
               {3, {{kNamespace, "idle"}, {kPod, "q"}}, {{kUsageCpu, 7}}}});
  }
  if (is(1)) {
    day->NodeLabels({{5, {{kNode, "n1"}, {kNodeLabels, R"({"zone":"b"})"}}, {}}});
    day->NamespaceLabels({{0, {{kNamespace, "shop"}, {kNamespaceLabels, R"({"team":"t"})"}}, {}}});
    day->Storage(
        {{1,
          {{kNamespace, "shop"}, {kPod, "p"}, {kClaim, "c"}, {kVolume, "v"}, {kClaimLabels, R"({"a":"b"})"}},
          {{kClaimBytes, 6 * kGiB}, {kClaimByteSeconds, 0.3}}}});
    day->Pods({{0,
                {{kNamespace, "shop"},
                 {kNode, "n1"},
                 {kPod, "p"},
                 {kResourceId, "i-2"},
                 {kPodLabels, R"({"app":"x"})"}},
                {{kUsageCpu, 0.2}, {kNodeCoreSeconds, 3600}, {kNodeByteSeconds, 1e12}}},
               {1,
                {{kNamespace, ""}, {kNode, "n2"}, {kPod, "r"}, {kNodeRole, "worker"}},
                {{kUsageCpu, -0.0}, {kNodeCoreSeconds, 1}}}});
    day->Pods({{0,
                {{kNamespace, "shop"}, {kNode, "n3"}, {kPod, "p"}, {kPodLabels, "x"}},
                {{kNodeCoreSeconds, 5}, {kNodeByteSeconds, 6}}}},
              {false, true, false}, Granularity::kDaily);
  }
}

std::vector<std::vector<std::string>> RowsOf(const DayState& state) {
  const FinalizedDay done(state);
  EXPECT_TRUE(done.status.ok()) << done.status;
  std::vector<std::vector<std::string>> rows;
  for (int64_t row = 0; row < done.rows(); ++row) rows.push_back(done.Cells(row));
  return rows;
}

std::shared_ptr<arrow::RecordBatch> PartialOf(int which) {
  TestDay day;
  day.state().claimed.TakeAll();
  Fill(&day, which);
  return WritePartial(day.state()).ValueOrDie();
}

TEST(DayPartial, HalvesInAnyOrderAreTheWhole) {
  TestDay whole;
  Fill(&whole, -1);
  const auto expected = RowsOf(whole.state());
  ASSERT_EQ(expected.size(), 5u);  // 2 of pods, 1 of storage, 2 unallocated
  const auto first = PartialOf(0), second = PartialOf(1);
  for (const auto& order : {std::array{first, second}, std::array{second, first}}) {
    DayStates states;
    for (const auto& partial : order) ASSERT_TRUE(AddPartial(*partial, &states).ok());
    ASSERT_EQ(states.size(), 1u);
    EXPECT_EQ(RowsOf(*states.begin()->second), expected);
    EXPECT_EQ(states.begin()->second->hours_seen, whole.state().hours_seen);
    EXPECT_EQ(states.begin()->second->totals.rows, whole.state().totals.rows);
  }
}

TEST(DayPartial, ASumThatLeftItsRangeStaysWrong) {
  TestDay day;
  day.state().in_range = false;
  DayStates states;
  ASSERT_TRUE(AddPartial(*WritePartial(day.state()).ValueOrDie(), &states).ok());
  EXPECT_FALSE(states.begin()->second->in_range);
}

TEST(DayPartial, OtherRowsAreRefused) {
  DayStates states;
  const auto partial = PartialOf(0);
  const auto less = partial->RemoveColumn(2).ValueOrDie();
  EXPECT_THAT(AddPartial(*less, &states).message(), testing::HasSubstr("another schema"));
  const auto wrong = arrow::MakeArrayFromScalar(arrow::Int8Scalar(99), partial->num_rows()).ValueOrDie();
  const auto unknown = partial->SetColumn(1, PartialSchema()->field(1), wrong).ValueOrDie();
  EXPECT_THAT(AddPartial(*unknown, &states).message(), testing::HasSubstr("a part that is not known"));
  const auto mount = arrow::MakeArrayFromScalar(arrow::Int8Scalar(8), partial->num_rows()).ValueOrDie();
  const auto shape = partial->SetColumn(1, PartialSchema()->field(1), mount).ValueOrDie();
  EXPECT_THAT(AddPartial(*shape, &states).message(), testing::HasSubstr("another shape"));
}

// The rows with other texts; `change` takes the text and its number among all.
std::shared_ptr<arrow::RecordBatch> WithTexts(
    const arrow::RecordBatch& rows, const std::function<std::string(std::string, int64_t)>& change) {
  const int column = PartialSchema()->GetFieldIndex("texts");
  const auto& lists = static_cast<const arrow::ListArray&>(*rows.column(column));
  const auto& texts = static_cast<const arrow::BinaryArray&>(*lists.values());
  arrow::BinaryBuilder builder;
  for (int64_t i = 0; i < texts.length(); ++i) {
    EXPECT_TRUE(
        (texts.IsNull(i) ? builder.AppendNull() : builder.Append(change(texts.GetString(i), i))).ok());
  }
  const auto made = arrow::ListArray::FromArrays(*lists.offsets(), *builder.Finish().ValueOrDie());
  return rows.SetColumn(column, PartialSchema()->field(column), made.ValueOrDie()).ValueOrDie();
}

TEST(DayPartial, TextsThatCannotBeThereAreRefused) {
  const auto partial = PartialOf(1);
  int changes = 0;
  for (int64_t number = 0; number < 40; ++number) {
    bool changed = false;
    // A label set that goes on behind its end, or text that is no UTF-8.
    const auto damaged = WithTexts(*partial, [&](std::string text, int64_t i) {
      if (i != number || text.empty() || text == "x") return text;  // "x" is a raw cell of labels: any bytes
      changed = true;
      text[0] = '\xff';
      return text;
    });
    DayStates states;
    const auto added = AddPartial(*damaged, &states);
    EXPECT_EQ(added.ok(), !changed) << number;
    if (!changed) continue;
    ++changes;
    EXPECT_THAT(added.message(), testing::HasSubstr("a text that cannot be there")) << number;
  }
  EXPECT_GE(changes, 10);
}

TEST(DayPartial, ValuesThatAreNotFiniteAreRefused) {
  const auto partial = PartialOf(0);
  const int column = PartialSchema()->GetFieldIndex("values");
  const auto& lists = static_cast<const arrow::ListArray&>(*partial->column(column));
  const auto infinite = arrow::MakeArrayFromScalar(arrow::DoubleScalar(INFINITY), lists.values()->length());
  const auto made = arrow::ListArray::FromArrays(*lists.offsets(), **infinite).ValueOrDie();
  DayStates states;
  const auto added =
      AddPartial(*partial->SetColumn(column, PartialSchema()->field(column), made).ValueOrDie(), &states);
  EXPECT_THAT(added.message(), testing::HasSubstr("a value that is not finite"));
}

}  // namespace
}  // namespace costream
