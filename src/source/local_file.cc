#include <arrow/io/api.h>
#include <arrow/util/compression.h>

#include <filesystem>

#include "base/error.h"
#include "source/input_file.h"

namespace costream {
namespace {

namespace fs = std::filesystem;

class LocalFileImpl : public InputFile {
 public:
  explicit LocalFileImpl(std::string path) : path_(std::move(path)) {}

  const std::string& name() const override { return path_; }

  int64_t bytes() const override {
    std::error_code error;
    const auto size = fs::file_size(path_, error);
    return error ? 0 : static_cast<int64_t>(size);
  }

  std::string identity() const override {
    std::error_code error;
    const fs::path real = fs::canonical(path_, error);
    return error ? path_ : real.string();
  }

  arrow::Result<std::shared_ptr<arrow::io::RandomAccessFile>> Open() const override {
    return arrow::io::ReadableFile::Open(path_);
  }

  arrow::Result<std::shared_ptr<arrow::io::InputStream>> OpenText() const override {
    ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::io::InputStream> stream,
                          arrow::io::ReadableFile::Open(path_));
    return TextOf(*this, stream);
  }

 private:
  const std::string path_;
};

}  // namespace

arrow::Result<std::shared_ptr<arrow::io::InputStream>> TextOf(
    const InputFile& file, std::shared_ptr<arrow::io::InputStream> stream) {
  if (!file.name().ends_with(".gz")) return stream;
  if (file.bytes() == 0) return InputErrorAt(file.name(), "is empty, not a gzip file; was it cut off?");
  // The codec must outlive the stream.
  struct Gunzip {
    std::unique_ptr<arrow::util::Codec> codec;
    std::shared_ptr<arrow::io::CompressedInputStream> stream;
  };
  auto gunzip = std::make_shared<Gunzip>();
  ARROW_ASSIGN_OR_RAISE(gunzip->codec, arrow::util::Codec::Create(arrow::Compression::GZIP));
  ARROW_ASSIGN_OR_RAISE(gunzip->stream, arrow::io::CompressedInputStream::Make(gunzip->codec.get(), stream));
  return std::shared_ptr<arrow::io::InputStream>(gunzip, gunzip->stream.get());
}

InputFilePtr LocalFile(const std::string& path) { return std::make_shared<LocalFileImpl>(path); }

}  // namespace costream
