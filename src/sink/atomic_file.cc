#include "sink/atomic_file.h"

#include <arrow/io/file.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "base/error.h"
#include "base/fault_point.h"

namespace costream {
namespace {

namespace fs = std::filesystem;

fs::path FolderOf(const std::string& target) {
  const fs::path folder = fs::path(target).parent_path();
  return folder.empty() ? fs::path(".") : folder;
}

constexpr std::string_view kRandom = "XXXXXX";  // of a temporary name, as mkostemp wants it

// For mkostemp: beside the target, hidden, and named after it, as far as file systems take names.
std::string TemporaryOf(const std::string& target) {
  constexpr size_t kLongestPart = 200;  // of at most 255 bytes
  std::string name = fs::path(target).filename().string();
  if (name.size() > kLongestPart) {
    size_t size = kLongestPart;
    while (size > 0 && (name[size] & 0xC0) == 0x80) --size;  // cut between characters
    name.resize(size);
  }
  return (FolderOf(target) / fmt::format(".{}.costream-{}", name, kRandom)).string();
}

// Removes the temporary files of runs with that target that were killed. One that is alive holds its file's
// lock.
void RemoveAbandoned(const std::string& target) {
  const std::string pattern = fs::path(TemporaryOf(target)).filename().string();
  const std::string_view prefix = std::string_view(pattern).substr(0, pattern.size() - kRandom.size());
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(FolderOf(target), error)) {
    const std::string name = entry.path().filename().string();
    if (name.size() != pattern.size() || !name.starts_with(prefix)) continue;
    const int fd = open(entry.path().c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) continue;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0) unlink(entry.path().c_str());
    close(fd);
  }
}

// Makes a file of a temporary name, puts that into `path`, and holds its lock. -1 and errno on failure.
int MakeTemporary(const std::string& target, std::string* path) {
  for (;;) {
    *path = TemporaryOf(target);
    const int fd = mkostemp(path->data(), O_CLOEXEC);
    if (fd < 0) return fd;
    // Where a file system has no locks, what is killed leaves its file. Another run holds it for a moment at
    // most.
    while (flock(fd, LOCK_EX) != 0 && errno == EINTR) {
    }
    struct stat info{};
    if (fstat(fd, &info) != 0 || info.st_nlink > 0) return fd;
    close(fd);  // another run was faster than the lock
  }
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
  RemoveAbandoned(target);
  std::string temporary;
  const int fd = MakeTemporary(target, &temporary);
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
  const auto failed = [&] {
    return UsageError("{} {}: cannot be written: {}", flag_, target_, std::strerror(errno));
  };
  ARROW_RETURN_NOT_OK(Pass(FaultPoint::kFileSync));
  if (fsync(fd_) != 0) return failed();
  ARROW_RETURN_NOT_OK(Pass(FaultPoint::kFileRename));
  if (rename(temporary_.c_str(), target_.c_str()) != 0) return failed();
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
    bytes_ += bytes;
    return StoreError(name_, stream_->Write(data, bytes));
  }
  using arrow::io::OutputStream::Write;
  arrow::Status Close() override { return StoreError(name_, stream_->Close()); }
  arrow::Status Abort() override { return stream_->Abort(); }
  bool closed() const override { return stream_->closed(); }
  arrow::Result<int64_t> Tell() const override { return bytes_; }

 private:
  const std::string name_;
  const std::shared_ptr<arrow::io::OutputStream> stream_;
  int64_t bytes_ = 0;
};

// The store shows the object once the upload is complete.
class AtomicObject : public AtomicFile {
 public:
  // `path`: bucket/key.
  AtomicObject(std::shared_ptr<S3Store> store, std::string path,
               std::shared_ptr<arrow::io::OutputStream> stream)
      : store_(std::move(store)), path_(std::move(path)), stream_(std::move(stream)) {}
  ~AtomicObject() override { AtomicObject::Abort(); }

  const std::shared_ptr<arrow::io::OutputStream>& stream() const override { return stream_; }
  arrow::Status Commit() override {
    ARROW_RETURN_NOT_OK(Pass(FaultPoint::kObjectComplete));
    done_ = true;
    const arrow::Status status = stream_->Close();
    const bool unknown = status.message().find("NO_SUCH_UPLOAD") != std::string::npos;
    return unknown && IsComplete() ? arrow::Status::OK() : status;
  }
  void Abort() override {
    if (!done_) (void)stream_->Abort();
    done_ = true;
  }

 private:
  // Whether the object is what was written: the answer of the store to that may have been lost, and asked
  // again it no longer knows the upload.
  bool IsComplete() const {
    constexpr auto kSkew = std::chrono::minutes(15);  // of clocks, more than stores take
    const auto info = store_->file_system()->GetFileInfo(path_);
    const auto written = stream_->Tell();
    return info.ok() && written.ok() && info->size() == *written && info->mtime() > begun_ - kSkew;
  }

  const std::shared_ptr<S3Store> store_;
  const std::string path_;
  const std::shared_ptr<arrow::io::OutputStream> stream_;
  const std::chrono::system_clock::time_point begun_ = std::chrono::system_clock::now();
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
  const std::string path = place.bucket + "/" + place.key;
  auto stream = store->file_system()->OpenOutputStream(path, nullptr);
  ARROW_RETURN_NOT_OK(StoreError(name, stream.status()));
  return std::make_unique<AtomicObject>(std::move(store), path,
                                        std::make_shared<ObjectStream>(name, *stream));
}

}  // namespace costream
