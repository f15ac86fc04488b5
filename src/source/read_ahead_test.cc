#include "source/read_ahead.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <string>

namespace costream {
namespace {

using testing::ElementsAre;

constexpr int64_t kKiB = 1 << 10, kMiB = 1 << 20;

// A file of bytes that all differ from their neighbours, and what was fetched of it.
class ReadAheadTest : public testing::Test {
 protected:
  ReadAheadTest()
      : file_(16 * kMiB, '\0'),
        ahead_([this](int64_t offset, int64_t length) { return Fetch(offset, length); },
               [this](int64_t offset, int64_t length) {
                 return arrow::Future<ReadAhead::Bytes>::MakeFinished(Fetch(offset, length));
               }) {
    for (size_t i = 0; i < file_.size(); ++i) file_[i] = static_cast<char>(i * 31 + (i >> 8));
  }

  arrow::Result<ReadAhead::Bytes> Fetch(int64_t offset, int64_t length) {
    fetched_.emplace_back(offset, length);
    if (failing_) return arrow::Status::IOError("gone");
    return arrow::Buffer::FromString(file_.substr(offset, length));
  }
  void ExpectRead(int64_t offset, int64_t length) {
    std::string out(static_cast<size_t>(length), '\0');
    const arrow::Status status = ahead_.ReadAt(offset, length, reinterpret_cast<uint8_t*>(out.data()));
    ASSERT_TRUE(status.ok()) << status;
    ASSERT_TRUE(out == file_.substr(offset, length)) << offset << ", " << length;
  }
  int64_t FetchedBytes() const {
    return std::accumulate(fetched_.begin(), fetched_.end(), int64_t{0},
                           [](int64_t sum, const auto& fetch) { return sum + fetch.second; });
  }

  std::string file_;
  std::vector<std::pair<int64_t, int64_t>> fetched_;
  bool failing_ = false;
  ReadAhead ahead_;
};

TEST_F(ReadAheadTest, WhatIsInNoRangeIsFetchedAsAsked) {
  ExpectRead(5, 10);
  EXPECT_THAT(fetched_, ElementsAre(std::pair(5, 10)));
}

TEST_F(ReadAheadTest, SmallNeighboursShareOneFetch) {
  ahead_.WillNeed({{100 * kKiB, 10 * kKiB}, {0, 50 * kKiB}, {51 * kKiB, 49 * kKiB}}, kMiB);
  EXPECT_THAT(fetched_, ElementsAre(std::pair(0, 110 * kKiB)));
  ExpectRead(51 * kKiB, 49 * kKiB);
  ExpectRead(0, 50 * kKiB);
  ExpectRead(100 * kKiB, 10 * kKiB);
  EXPECT_EQ(fetched_.size(), 1u);
}

TEST_F(ReadAheadTest, ManySmallRangesWithinTheBudgetTakeFewFetches) {
  std::vector<arrow::io::ReadRange> ranges;
  for (int64_t at = 0; at < 500 * kKiB; at += 25 * kKiB) ranges.push_back({at, 25 * kKiB});
  ahead_.WillNeed(ranges, kMiB);
  EXPECT_THAT(fetched_, ElementsAre(std::pair(0, 500 * kKiB)));
}

TEST_F(ReadAheadTest, AGapThatIsSmallBesideItsNeighboursIsFetchedAlong) {
  ahead_.WillNeed({{0, 300 * kKiB}, {312 * kKiB, 100 * kKiB}, {600 * kKiB, 1000}}, kMiB);
  EXPECT_THAT(fetched_, ElementsAre(std::pair(0, 412 * kKiB), std::pair(600 * kKiB, 1000)));
}

TEST_F(ReadAheadTest, RangesFarApartDoNotFetchWhatLiesBetween) {
  ahead_.WillNeed({{0, 10}, {kMiB, 10}}, kMiB);
  EXPECT_THAT(fetched_, ElementsAre(std::pair(0, 10), std::pair(kMiB, 10)));
}

TEST_F(ReadAheadTest, ColumnsReadInTurnAreFetchedOnceEachByteWithinTheBudget) {
  ahead_.WillNeed({{0, 3 * kMiB}, {4 * kMiB, 5 * kMiB}}, 2 * kMiB);
  EXPECT_EQ(fetched_.size(), 2u) << "the first block of each";
  for (int64_t at = 0; at < 5 * kMiB; at += 64 * kKiB) {
    if (at < 3 * kMiB) ExpectRead(at, 64 * kKiB);
    ExpectRead(4 * kMiB + at, 64 * kKiB);
  }
  EXPECT_EQ(FetchedBytes(), 8 * kMiB);
  for (const auto& [offset, length] : fetched_) EXPECT_LE(length, kMiB / 2);
}

TEST_F(ReadAheadTest, AReadMaySpanBlocksAndWhatIsOutsideThem) {
  ahead_.WillNeed({{kMiB, 3 * kMiB}}, kMiB);
  ExpectRead(kMiB - 10, 3 * kMiB + 20);
  EXPECT_EQ(FetchedBytes(), 3 * kMiB + 20);
}

TEST_F(ReadAheadTest, AReaderMayGoBackWithinABlock) {
  ahead_.WillNeed({{0, 1000}}, kMiB);
  ExpectRead(0, 1000);
  ExpectRead(500, 500);
  EXPECT_EQ(FetchedBytes(), 1000);
}

TEST_F(ReadAheadTest, ABlockIsGivenUpOnceAReadBeginsBehindIt) {
  ahead_.WillNeed({{0, kMiB}}, 512 * kKiB);
  for (int64_t at = 0; at < kMiB; at += 64 * kKiB) ExpectRead(at, 64 * kKiB);
  EXPECT_EQ(FetchedBytes(), kMiB);
  ExpectRead(0, 1000);
  EXPECT_EQ(FetchedBytes(), kMiB + 1000);
}

TEST_F(ReadAheadTest, RangesThatOverlapAreFetchedOnce) {
  ahead_.WillNeed({{0, 1000}, {500, 1000}, {600, 10}}, kMiB);
  ExpectRead(0, 1500);
  EXPECT_EQ(FetchedBytes(), 1500);
}

TEST_F(ReadAheadTest, AFailedFetchIsTheErrorOfTheRead) {
  failing_ = true;
  ahead_.WillNeed({{0, 1000}}, kMiB);
  uint8_t out[10];
  EXPECT_TRUE(ahead_.ReadAt(0, 10, out).IsIOError());
}

}  // namespace
}  // namespace costream
