#include <arrow/io/api.h>

#include <filesystem>

#include "base/arrow_pool.h"
#include "base/error.h"
#include "source/gzip_text.h"
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

  std::string version() const override {
    std::error_code error;
    const auto written = fs::last_write_time(path_, error);
    return fmt::format("{} {}", bytes(), error ? 0 : written.time_since_epoch().count());
  }

  arrow::Result<std::shared_ptr<arrow::io::RandomAccessFile>> Open() const override {
    return arrow::io::ReadableFile::Open(path_, ArrowPool());
  }

  arrow::Result<std::shared_ptr<arrow::io::InputStream>> OpenText() const override {
    ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::io::InputStream> stream,
                          arrow::io::ReadableFile::Open(path_, ArrowPool()));
    return TextOf(*this, stream);
  }

 private:
  const std::string path_;
};

}  // namespace

arrow::Result<std::shared_ptr<arrow::io::InputStream>> TextOf(
    const InputFile& file, std::shared_ptr<arrow::io::InputStream> stream) {
  if (!file.name().ends_with(".gz")) return stream;
  return GunzipText(file.name(), std::move(stream));
}

InputFilePtr LocalFile(const std::string& path) { return std::make_shared<LocalFileImpl>(path); }

}  // namespace costream
