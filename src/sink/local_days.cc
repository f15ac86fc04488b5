#include "sink/local_days.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <set>

#include "base/error.h"
#include "base/fault_point.h"
#include "base/text_file.h"

namespace costream {
namespace {

namespace fs = std::filesystem;

// Makes what was done in the folder outlast a crash of the machine, as far as its file system does that.
void SyncFolder(const fs::path& folder) {
  const int fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  fsync(fd);
  close(fd);
}

}  // namespace

arrow::Result<std::unique_ptr<LocalDays>> LocalDays::Look(const std::string& target,
                                                          const std::string& source) {
  const fs::path root = target.ends_with('/') ? fs::path(target).parent_path() : fs::path(target);
  std::error_code error;
  if (const fs::path above = root.parent_path(); !above.empty() && !fs::is_directory(above, error)) {
    return UsageError("--to {}: the folder {} does not exist; create it first", target, above.string());
  }
  if (fs::exists(root, error) && !fs::is_directory(root, error)) {
    return UsageError("--to {}: is a file, not a directory", target);
  }
  const fs::path folder = root / FolderOfSource(source);
  std::unique_ptr<LocalDays> days(new LocalDays(target, folder.string()));
  for (const fs::path& made : {folder, root}) {
    if (!fs::exists(made, error)) days->made_.push_back(made.string());
  }
  return days;
}

arrow::Result<std::unique_ptr<StagedDays>> LocalDays::Open(const std::string& target,
                                                           const std::string& source,
                                                           const SinkOptions& options) {
  ARROW_ASSIGN_OR_RAISE(auto days, Look(target, source));
  ARROW_ASSIGN_OR_RAISE(days->lock_, LockFile::Acquire(days->Hidden("lock"), target, options));
  ARROW_RETURN_NOT_OK(days->Recover());
  return std::unique_ptr<StagedDays>(std::move(days));
}

LocalDays::LocalDays(std::string target, std::string folder)
    : target_(std::move(target)), folder_(std::move(folder)) {}

LocalDays::~LocalDays() { LocalDays::Abort(); }

std::string LocalDays::Hidden(const std::string& name) const {
  return (fs::path(folder_) / kHiddenFolder / name).string();
}

std::string LocalDays::PathOf(Day day) const {
  return fmt::format("{}/{}/{}", folder_, FolderOfDay(day), kDayFile);
}

arrow::Status LocalDays::CheckDay(Day day) const {
  const fs::path file = PathOf(day);
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(file.parent_path(), error)) {
    const fs::path& other = entry.path();
    if (other == file || other.extension() != ".parquet" || other.filename().string().starts_with('.'))
      continue;
    return UsageError("--to {}: holds {}, which costream has not written; move it out of the way", target_,
                      other.string());
  }
  return arrow::Status::OK();
}

arrow::Result<std::unique_ptr<AtomicFile>> LocalDays::Stage(Day day) {
  changes_[day] = DayChange::kReplace;
  return AtomicFile::Create(Hidden(StagedName(day)));
}

void LocalDays::Remove(Day day) { changes_[day] = DayChange::kRemove; }

arrow::Status LocalDays::Commit() {
  ARROW_RETURN_NOT_OK(MakeFolders());
  ARROW_RETURN_NOT_OK(Pass(FaultPoint::kDaysRecord));
  ARROW_RETURN_NOT_OK(WriteRecord());
  // From here on there is no way back, here or in the next run.
  ARROW_RETURN_NOT_OK(Apply(changes_));
  changes_.clear();
  made_.clear();
  return arrow::Status::OK();
}

void LocalDays::Abort() {
  if (!lock_) return;
  if (std::error_code error; !fs::exists(Hidden(kRecord), error) && !error) {
    RemoveStaged();
    for (const auto& [day, change] : changes_) RemoveEmptyFolders(day);
  }
  lock_.reset();
  rmdir(Hidden("").c_str());
  for (const std::string& folder : made_) rmdir(folder.c_str());
}

arrow::Status LocalDays::Recover() {
  std::error_code error;
  const bool recorded = fs::exists(Hidden(kRecord), error);
  if (error) return UsageError("--to {}: cannot be read: {}", target_, error.message());
  if (recorded) {
    ARROW_ASSIGN_OR_RAISE(const auto changes, ReadRecord());
    ARROW_RETURN_NOT_OK(Apply(changes));
  }
  RemoveStaged();
  return arrow::Status::OK();
}

// Before the record is written, so that afterwards only renames are left, which need no space.
arrow::Status LocalDays::MakeFolders() const {
  for (const auto& [day, change] : changes_) {
    std::error_code error;
    if (change == DayChange::kReplace) fs::create_directories(fs::path(PathOf(day)).parent_path(), error);
    if (error) return UsageError("--to {}: cannot be written: {}", target_, error.message());
  }
  return arrow::Status::OK();
}

void LocalDays::RemoveEmptyFolders(Day day) const {
  fs::path folder = fs::path(PathOf(day)).parent_path();
  for (; folder != folder_ && rmdir(folder.c_str()) == 0; folder = folder.parent_path()) {
  }
}

arrow::Status LocalDays::WriteRecord() const {
  ARROW_ASSIGN_OR_RAISE(const auto file, AtomicFile::Create(Hidden(kRecord)));
  ARROW_RETURN_NOT_OK(WriteError(target_, file->stream()->Write(RecordText(changes_))));
  return file->Commit();
}

arrow::Result<DayChanges> LocalDays::ReadRecord() const {
  const auto text = ReadTextFile(Hidden(kRecord));
  if (!text)
    return UsageError("--to {}: {} cannot be read: {}", target_, Hidden(kRecord), std::strerror(errno));
  if (const auto changes = ParseRecord(*text)) return *changes;
  return UsageError(
      "--to {}: {} is no record of a commit that this version can complete; use the version that wrote it, "
      "or "
      "restore the directory and remove {}",
      target_, Hidden(kRecord), Hidden(""));
}

// May be repeated after it was broken off: a staged file that is gone has been renamed.
arrow::Status LocalDays::Apply(const DayChanges& changes) const {
  std::set<fs::path> folders;
  for (const auto& [day, change] : changes) {
    ARROW_RETURN_NOT_OK(Pass(FaultPoint::kDaysApply));
    const std::string file = PathOf(day), staged = Hidden(StagedName(day));
    std::error_code error;
    if (change == DayChange::kRemove) {
      fs::remove(file, error);
    } else if (fs::exists(staged, error)) {
      fs::create_directories(fs::path(file).parent_path(), error);  // if they were removed since
      fs::rename(staged, file, error);
    }
    if (error) {
      return UsageError(
          "--to {}: {}: {}; the days before {} are replaced, those from it on will be at the start of the "
          "next "
          "run with this target",
          target_, file, error.message(), FormatDay(day));
    }
    fs::path folder = fs::path(file).parent_path();
    for (; folder != fs::path(folder_).parent_path(); folder = folder.parent_path()) folders.insert(folder);
    if (change == DayChange::kRemove) RemoveEmptyFolders(day);
  }
  for (const fs::path& folder : folders) SyncFolder(folder);
  SyncFolder(fs::path(folder_).parent_path());
  ARROW_RETURN_NOT_OK(Pass(FaultPoint::kDaysForget));
  if (unlink(Hidden(kRecord).c_str()) != 0) {
    return UsageError(
        "--to {}: all days are replaced, but {} cannot be removed: {}; the next run with this target will do "
        "it",
        target_, Hidden(kRecord), std::strerror(errno));
  }
  return arrow::Status::OK();
}

void LocalDays::RemoveStaged() const {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(Hidden(""), error)) {
    if (entry.path().filename() != "lock") unlink(entry.path().c_str());
  }
}

}  // namespace costream
