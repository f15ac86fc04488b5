#include "sink/atomic_file.h"

#include <arrow/io/file.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "base/error.h"

namespace costream {
namespace {

namespace fs = std::filesystem;

fs::path FolderOf(const std::string& target) {
  const fs::path folder = fs::path(target).parent_path();
  return folder.empty() ? fs::path(".") : folder;
}

// For mkostemp: beside the target, hidden, and named after it, as far as file systems take names.
std::string TemporaryOf(const std::string& target) {
  constexpr size_t kLongestPart = 200;  // of at most 255 bytes
  std::string name = fs::path(target).filename().string();
  if (name.size() > kLongestPart) {
    size_t size = kLongestPart;
    while (size > 0 && (name[size] & 0xC0) == 0x80) --size;  // cut between characters
    name.resize(size);
  }
  return (FolderOf(target) / fmt::format(".{}.costream-XXXXXX", name)).string();
}

class LocalAtomicFile : public AtomicFile {
 public:
  static arrow::Result<std::unique_ptr<AtomicFile>> Create(const std::string& target,
                                                           const std::string& flag);
  ~LocalAtomicFile() override { LocalAtomicFile::Abort(); }

  const std::shared_ptr<arrow::io::OutputStream>& stream() const override { return stream_; }
  arrow::Status Commit() override;
  void Abort() override;

 private:
  LocalAtomicFile(std::string target, std::string flag, std::string temporary, int fd,
                  std::shared_ptr<arrow::io::OutputStream> stream);

  const std::string target_, flag_, temporary_;
  int fd_;
  std::shared_ptr<arrow::io::OutputStream> stream_;
  bool done_ = false;
};

}  // namespace

arrow::Status WriteError(const std::string& target, const arrow::Status& status, const std::string& flag) {
  if (status.ok() || status.IsOutOfMemory() || KindOf(status) != ErrorKind::kInternal) return status;
  const std::string reason = status.detail() ? ": " + status.detail()->ToString() : "";
  return UsageError("{} {}: cannot be written: {}{}", flag, target, status.message(), reason);
}

arrow::Result<std::unique_ptr<AtomicFile>> LocalAtomicFile::Create(const std::string& target,
                                                                   const std::string& flag) {
  const fs::path folder = FolderOf(target);
  std::error_code error;
  if (!fs::is_directory(folder, error)) {
    return UsageError("{} {}: the folder {} does not exist; create it first", flag, target, folder.string());
  }
  struct stat info{};
  if (lstat(target.c_str(), &info) != 0 && errno != ENOENT) {
    return UsageError("{} {}: cannot be written: {}", flag, target, std::strerror(errno));
  }
  if (fs::is_directory(target, error)) return UsageError("{} {}: is a directory; name a file", flag, target);
  std::string temporary = TemporaryOf(target);
  const int fd = mkostemp(temporary.data(), O_CLOEXEC);
  if (fd < 0) return UsageError("{} {}: cannot be written: {}", flag, target, std::strerror(errno));
  // mkostemp makes it private; a result is as readable as the user's other files.
  const mode_t mask = umask(0);
  umask(mask);
  fchmod(fd, 0666 & ~mask);
  auto stream = arrow::io::FileOutputStream::Open(dup(fd));
  if (!stream.ok()) {
    close(fd);
    unlink(temporary.c_str());
    return UsageError("{} {}: cannot be written: {}", flag, target, stream.status().message());
  }
  return std::unique_ptr<AtomicFile>(new LocalAtomicFile(target, flag, temporary, fd, *stream));
}

LocalAtomicFile::LocalAtomicFile(std::string target, std::string flag, std::string temporary, int fd,
                                 std::shared_ptr<arrow::io::OutputStream> stream)
    : target_(std::move(target)),
      flag_(std::move(flag)),
      temporary_(std::move(temporary)),
      fd_(fd),
      stream_(std::move(stream)) {}

arrow::Status LocalAtomicFile::Commit() {
  ARROW_RETURN_NOT_OK(WriteError(target_, stream_->Close(), flag_));
  if (fsync(fd_) != 0 || rename(temporary_.c_str(), target_.c_str()) != 0) {
    return UsageError("{} {}: cannot be written: {}", flag_, target_, std::strerror(errno));
  }
  done_ = true;
  close(fd_);
  const int folder = open(FolderOf(target_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder >= 0) {
    fsync(folder);
    close(folder);
  }
  return arrow::Status::OK();
}

void LocalAtomicFile::Abort() {
  if (done_) return;
  done_ = true;
  (void)stream_->Close();
  close(fd_);
  unlink(temporary_.c_str());
}

namespace {

// Gives the errors of the store their kinds.
class ObjectStream : public arrow::io::OutputStream {
 public:
  ObjectStream(std::string name, std::shared_ptr<arrow::io::OutputStream> stream)
      : name_(std::move(name)), stream_(std::move(stream)) {}

  arrow::Status Write(const void* data, int64_t bytes) override {
    return StoreError(name_, stream_->Write(data, bytes));
  }
  using arrow::io::OutputStream::Write;
  arrow::Status Close() override { return StoreError(name_, stream_->Close()); }
  arrow::Status Abort() override { return stream_->Abort(); }
  bool closed() const override { return stream_->closed(); }
  arrow::Result<int64_t> Tell() const override { return stream_->Tell(); }

 private:
  const std::string name_;
  const std::shared_ptr<arrow::io::OutputStream> stream_;
};

// The store shows the object once the upload is complete.
class AtomicObject : public AtomicFile {
 public:
  AtomicObject(std::shared_ptr<S3Store> store, std::shared_ptr<arrow::io::OutputStream> stream)
      : store_(std::move(store)), stream_(std::move(stream)) {}
  ~AtomicObject() override { AtomicObject::Abort(); }

  const std::shared_ptr<arrow::io::OutputStream>& stream() const override { return stream_; }
  arrow::Status Commit() override {
    done_ = true;
    return stream_->Close();
  }
  void Abort() override {
    if (!done_) (void)stream_->Abort();
    done_ = true;
  }

 private:
  const std::shared_ptr<S3Store> store_;
  const std::shared_ptr<arrow::io::OutputStream> stream_;
  bool done_ = false;
};

}  // namespace

arrow::Result<std::unique_ptr<AtomicFile>> AtomicFile::Create(const std::string& target,
                                                              const std::string& flag, const S3Settings& s3) {
  if (!IsS3(target)) return LocalAtomicFile::Create(target, flag);
  ARROW_ASSIGN_OR_RAISE(auto store, S3Store::Make(s3));
  return CreateObject(std::move(store), target);
}

arrow::Result<std::unique_ptr<AtomicFile>> AtomicFile::CreateObject(std::shared_ptr<S3Store> store,
                                                                    const std::string& name) {
  ARROW_ASSIGN_OR_RAISE(const S3Path place, ParseS3(name));
  auto stream = store->file_system()->OpenOutputStream(place.bucket + "/" + place.key, nullptr);
  ARROW_RETURN_NOT_OK(StoreError(name, stream.status()));
  return std::make_unique<AtomicObject>(std::move(store), std::make_shared<ObjectStream>(name, *stream));
}

}  // namespace costream
