// A gzip file: the reader of whole files and the one that can be taken up again read the same text.
#include <algorithm>
#include <optional>

#include "run_file.h"
#include "source/gzip_stream.h"

namespace {

using costream::InputFile;

constexpr int64_t kMost = int64_t{1} << 20;

std::optional<std::string> Whole(const InputFile& file) {
  std::string text;
  const auto stream = file.OpenText();
  costream::RequireBlame(stream.status());
  while (stream.ok()) {
    const auto part = (*stream)->Read(4096);
    costream::RequireBlame(part.status());
    if (!part.ok()) break;
    if ((*part)->size() == 0) return text;
    text += (*part)->ToString();
    if (std::ssize(text) > kMost) break;
  }
  return std::nullopt;
}

// From the middle on where the first half can be read.
std::optional<std::string> InTwo(const InputFile& file) {
  auto stream = costream::GzipStream::Open(file, kMost);
  costream::RequireBlame(stream.status());
  std::string text;
  while (stream.ok()) {
    uint8_t part[1000];
    const auto got = (*stream)->Read(sizeof part, part);
    costream::RequireBlame(got.status());
    if (!got.ok()) break;
    text.append(reinterpret_cast<const char*>(part), static_cast<size_t>(*got));
    if (*got < static_cast<int64_t>(sizeof part)) return text;
    if (text.size() == sizeof part) {
      const auto place = (*stream)->Mark();
      stream = costream::GzipStream::Open(file, kMost, place.get());
      costream::RequireBlame(stream.status());
      if (stream.ok()) text.resize(static_cast<size_t>((*stream)->position()));
    }
  }
  return std::nullopt;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace costream;
  const auto file = LocalFile(WriteFile("x.gz", {reinterpret_cast<const char*>(data), size}));
  const auto whole = Whole(*file), in_two = InTwo(*file);
  if (whole) Require(in_two == whole, "other text, taken up again");
  return 0;
}
