#include "source/gzip_text.h"

#include <arrow/buffer.h>
#include <arrow/io/memory.h>
#include <gmock/gmock.h>

#include <random>

#include "base/error.h"
#include "source/test_archive.h"

namespace costream {
namespace {

using testing::AllOf;
using testing::HasSubstr;

arrow::Result<std::string> TextOf(const std::string& bytes, int64_t step = 100'000) {
  const auto stream =
      GunzipText("x.gz", std::make_shared<arrow::io::BufferReader>(arrow::Buffer::FromString(bytes)));
  std::string text;
  for (;;) {
    ARROW_ASSIGN_OR_RAISE(const auto part, stream->Read(step));
    if (part->size() == 0) return text;
    text += part->ToString();
    EXPECT_EQ(stream->Tell().ValueOrDie(), static_cast<int64_t>(text.size()));
  }
}

std::string RandomText(size_t size) {
  std::mt19937 random(7);
  std::string text(size, '\0');
  for (char& c : text) c = static_cast<char>('a' + random() % 24);
  return text;
}

void ExpectInputError(const std::string& bytes, const std::string& message) {
  const auto text = TextOf(bytes);
  ASSERT_FALSE(text.ok());
  EXPECT_EQ(KindOf(text.status()), ErrorKind::kInput);
  EXPECT_THAT(Message(text.status()), AllOf(HasSubstr("x.gz"), HasSubstr(message)));
}

TEST(GzipText, GivesTheTextWhateverTheStep) {
  const std::string text = RandomText(300'000);
  for (const int64_t step : {1, 7, 4096, 300'000, 1'000'000}) {
    EXPECT_EQ(TextOf(Gzip(text), step).ValueOrDie(), text) << step;
  }
  const std::string zeros(2'000'000, '0');  // a few bytes of the file fill many reads
  EXPECT_EQ(TextOf(Gzip(zeros), 4096).ValueOrDie(), zeros);
}

TEST(GzipText, MembersOneAfterTheOtherAreOneText) {
  EXPECT_EQ(TextOf(Gzip("one ") + Gzip("") + Gzip("two")).ValueOrDie(), "one two");
  const std::string text = RandomText(64 << 10);  // members that begin anywhere in what is read at once
  std::string members, all;
  for (int i = 0; i < 9; ++i) {
    members += Gzip(text.substr(static_cast<size_t>(i)));
    all += text.substr(static_cast<size_t>(i));
  }
  EXPECT_EQ(TextOf(members).ValueOrDie(), all);
}

TEST(GzipText, ZerosAfterTheEndArePadding) {
  EXPECT_EQ(TextOf(Gzip("text") + std::string(200'000, '\0')).ValueOrDie(), "text");
}

TEST(GzipText, CutAnywhereItIsAnError) {
  const std::string bytes = Gzip(RandomText(500));
  ExpectInputError("", "is empty");
  for (size_t length = 1; length < bytes.size(); ++length) ExpectInputError(bytes.substr(0, length), "x.gz");
  ExpectInputError(bytes.substr(0, bytes.size() - 1), "cut off");
}

TEST(GzipText, DamageIsAnError) {
  std::string bytes = Gzip("text");
  bytes[bytes.size() - 5] ^= 1;
  ExpectInputError(bytes, "checksum is wrong");
  bytes = Gzip("text");
  bytes[bytes.size() - 1] ^= 1;  // the length
  ExpectInputError(bytes, "checksum is wrong");
  ExpectInputError("interval_start,node\n", "no gzip file");
  ExpectInputError(Gzip("text") + "more and more", "no gzip file");
  ExpectInputError(Gzip("text") + "more", "cut off");  // shorter than any header
}

}  // namespace
}  // namespace costream
