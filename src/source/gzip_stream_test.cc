#include "source/gzip_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <random>

#include "base/error.h"
#include "base/test_folder.h"
#include "source/test_archive.h"

namespace costream {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr int64_t kNoLimit = std::numeric_limits<int64_t>::max();

std::string RandomText(size_t size) {
  std::mt19937 random(7);
  std::string text(size, '\0');
  for (char& c : text) c = static_cast<char>('a' + random() % 24);
  return text;
}

class GzipStreamTest : public FolderTest {
 protected:
  std::unique_ptr<GzipStream> Open(std::string_view bytes, const GzipStream::Place* from = nullptr) {
    file_ = LocalFile(Write("x.gz", bytes));
    return GzipStream::Open(*file_, kNoLimit, from).ValueOrDie();
  }

  static arrow::Result<std::string> ReadAll(GzipStream* stream, int64_t step = 1000) {
    std::string all, part(static_cast<size_t>(step), '\0');
    for (;;) {
      ARROW_ASSIGN_OR_RAISE(const int64_t got, stream->Read(step, reinterpret_cast<uint8_t*>(part.data())));
      all.append(part, 0, static_cast<size_t>(got));
      if (got < step) return all;
    }
  }

  void ExpectInputError(std::string_view bytes, const std::string& message) {
    const auto all = ReadAll(Open(bytes).get());
    ASSERT_FALSE(all.ok());
    EXPECT_EQ(KindOf(all.status()), ErrorKind::kInput);
    EXPECT_THAT(Message(all.status()), AllOf(HasSubstr("x.gz"), HasSubstr(message)));
  }

  InputFilePtr file_;
};

TEST_F(GzipStreamTest, GivesTheTextWhateverTheStep) {
  const std::string text = RandomText(300'000);
  for (const int64_t step : {1, 7, 4096, 1'000'000}) {
    EXPECT_EQ(ReadAll(Open(Gzip(text)).get(), step).ValueOrDie(), text) << step;
  }
}

TEST_F(GzipStreamTest, MembersOneAfterTheOtherAreOneStream) {
  EXPECT_EQ(ReadAll(Open(Gzip("one ") + Gzip("") + Gzip("two")).get()).ValueOrDie(), "one two");
}

TEST_F(GzipStreamTest, ZerosAfterTheEndArePadding) {
  EXPECT_EQ(ReadAll(Open(Gzip("text") + std::string(1000, '\0')).get()).ValueOrDie(), "text");
}

TEST_F(GzipStreamTest, GoesOnFromAnyPlace) {
  const std::string text = RandomText(400'000);
  const std::string bytes = Gzip(text.substr(0, 250'000)) + Gzip(text.substr(250'000));
  for (const int64_t at : {0, 1, 100'000, 250'000, 250'001, 399'999, 400'000}) {
    std::shared_ptr<const GzipStream::Place> place;
    {
      const auto stream = Open(bytes);
      std::string before(static_cast<size_t>(at), '\0');
      ASSERT_EQ(stream->Read(at, reinterpret_cast<uint8_t*>(before.data())).ValueOrDie(), at);
      place = stream->Mark();
    }
    ASSERT_EQ(place->position(), at);
    for (int again = 0; again < 2; ++again) {
      EXPECT_EQ(ReadAll(Open(bytes, place.get()).get()).ValueOrDie(), text.substr(static_cast<size_t>(at)))
          << at;
    }
  }
}

TEST_F(GzipStreamTest, CutAnywhereItIsAnError) {
  const std::string bytes = Gzip(RandomText(500));
  for (size_t length = 0; length < bytes.size(); ++length) {
    const auto all = ReadAll(Open(std::string_view(bytes).substr(0, length)).get());
    ASSERT_FALSE(all.ok()) << length;
    EXPECT_EQ(KindOf(all.status()), ErrorKind::kInput);
  }
}

TEST_F(GzipStreamTest, AWrongChecksumIsAnError) {
  std::string bytes = Gzip("text");
  bytes[bytes.size() - 5] ^= 1;
  ExpectInputError(bytes, "incorrect data check");
}

TEST_F(GzipStreamTest, OtherDataIsAnError) {
  ExpectInputError("interval_start,node\n", "no gzip file");
  ExpectInputError(Gzip("text") + "more", "no gzip file");
}

TEST_F(GzipStreamTest, MoreThanTheLimitIsAnErrorThatNamesTheFlag) {
  file_ = LocalFile(Write("x.gz", Gzip(RandomText(5000))));
  const auto all = ReadAll(GzipStream::Open(*file_, 4999).ValueOrDie().get());
  ASSERT_FALSE(all.ok());
  EXPECT_THAT(Message(all.status()), HasSubstr("--payload-max-bytes"));
  EXPECT_TRUE(ReadAll(GzipStream::Open(*file_, 5000).ValueOrDie().get()).ok());
}

TEST_F(GzipStreamTest, WhatShrinksMoreThanAnyReportIsAnError) {
  ExpectInputError(Gzip(std::string(kRatioCountsFrom + 1'000'000, '0')), "more than 200 times its size");
}

}  // namespace
}  // namespace costream
