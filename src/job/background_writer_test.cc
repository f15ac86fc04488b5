#include "job/background_writer.h"

#include <arrow/array.h>
#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>

#include "base/error.h"

namespace costream {
namespace {

std::shared_ptr<arrow::RecordBatch> Batch(int64_t rows) {
  return arrow::RecordBatch::Make(arrow::schema({}), rows, arrow::ArrayVector());
}

class AnyBackgroundWriter : public testing::TestWithParam<bool> {};

TEST_P(AnyBackgroundWriter, WritesInOrderAndAllBeforeFinishReturns) {
  std::vector<int64_t> written;
  BackgroundWriter writer(
      [&](const auto& batch) {
        written.push_back(batch->num_rows());
        return arrow::Status::OK();
      },
      GetParam());
  std::vector<int64_t> given;
  for (int64_t rows = 0; rows < 100; ++rows) {
    given.push_back(rows);
    ASSERT_TRUE(writer.Write(Batch(rows)).ok());
  }
  ASSERT_TRUE(writer.Finish().ok());
  EXPECT_EQ(written, given);
}

TEST_P(AnyBackgroundWriter, TellsAnErrorAndWritesNothingAfterIt) {
  std::atomic<int> writes = 0;
  BackgroundWriter writer(
      [&](const auto&) {
        return ++writes == 2 ? MakeError(ErrorKind::kTransient, "the server is gone") : arrow::Status::OK();
      },
      GetParam());
  arrow::Status status;
  while (status.ok()) status = writer.Write(Batch(1));
  EXPECT_EQ(KindOf(status), ErrorKind::kTransient) << status;
  EXPECT_EQ(writes, 2);
}

INSTANTIATE_TEST_SUITE_P(Threads, AnyBackgroundWriter, testing::Bool(),
                         [](const auto& threaded) { return threaded.param ? "Two" : "One"; });

TEST(BackgroundWriter, AnErrorOfTheLastBatchIsToldByFinish) {
  BackgroundWriter writer([](const auto&) { return arrow::Status::IOError("full"); }, /*threaded=*/true);
  ASSERT_TRUE(writer.Write(Batch(1)).ok());
  EXPECT_TRUE(writer.Finish().IsIOError());
  EXPECT_TRUE(writer.Write(Batch(1)).IsIOError());
}

TEST(BackgroundWriter, AnExceptionBecomesAnError) {
  BackgroundWriter writer([](const auto&) -> arrow::Status { throw std::runtime_error("surprise"); },
                          /*threaded=*/true);
  ASSERT_TRUE(writer.Write(Batch(1)).ok());
  const arrow::Status status = writer.Finish();
  EXPECT_EQ(KindOf(status), ErrorKind::kInternal);
  EXPECT_NE(status.message().find("surprise"), std::string::npos) << status;
}

TEST(BackgroundWriter, FormsABatchWhileAnotherIsWritten) {
  std::atomic<bool> formed = false, overlapped = false;
  BackgroundWriter writer(
      [&](const auto& batch) {
        if (batch->num_rows() == 1) {
          while (!formed) std::this_thread::yield();
          overlapped = true;
        }
        return arrow::Status::OK();
      },
      /*threaded=*/true);
  ASSERT_TRUE(writer.Write(Batch(1)).ok());
  ASSERT_TRUE(writer.Write(Batch(2)).ok());  // waits for no more than the beginning of the first
  formed = true;
  ASSERT_TRUE(writer.Finish().ok());
  EXPECT_TRUE(overlapped);
}

TEST(BackgroundWriter, WithoutFinishItEndsQuietly) {
  std::atomic<int> writes = 0;
  {
    BackgroundWriter writer(
        [&](const auto&) {
          ++writes;
          return arrow::Status::OK();
        },
        /*threaded=*/true);
    ASSERT_TRUE(writer.Write(Batch(1)).ok());
  }
  EXPECT_LE(writes, 1);
}

}  // namespace
}  // namespace costream
