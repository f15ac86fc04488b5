#include "sink/staged_days.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>

#include "base/error.h"
#include "sink/atomic_file.h"

namespace costream {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kRecordHeader = "costream commit 1";
constexpr std::string_view kReplace = "replace ", kRemove = "remove ";
constexpr std::string_view kStaged = ".staged";

// A value of a partition, spelled so that it is one name of a folder, as Hive readers decode it.
std::string Encoded(std::string_view value) {
  std::string out;
  for (const char c : value) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                       c == '-' || c == '_' || c == '.';
    if (plain) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

// Makes what was done in the folder outlast a crash of the machine, as far as its file system does that.
void SyncFolder(const fs::path& folder) {
  const int fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  fsync(fd);
  close(fd);
}

}  // namespace

arrow::Result<std::unique_ptr<StagedDays>> StagedDays::Look(const std::string& target,
                                                            const std::string& source) {
  const fs::path root = target.ends_with('/') ? fs::path(target).parent_path() : fs::path(target);
  std::error_code error;
  if (const fs::path above = root.parent_path(); !above.empty() && !fs::is_directory(above, error)) {
    return UsageError("--to {}: the folder {} does not exist; create it first", target, above.string());
  }
  if (fs::exists(root, error) && !fs::is_directory(root, error)) {
    return UsageError("--to {}: is a file, not a directory", target);
  }
  const fs::path folder = root / ("source=" + Encoded(source));
  std::unique_ptr<StagedDays> days(new StagedDays(target, folder.string()));
  for (const fs::path& made : {folder, root}) {
    if (!fs::exists(made, error)) days->made_.push_back(made.string());
  }
  return days;
}

arrow::Result<std::unique_ptr<StagedDays>> StagedDays::Open(const std::string& target,
                                                            const std::string& source,
                                                            const SinkOptions& options) {
  ARROW_ASSIGN_OR_RAISE(auto days, Look(target, source));
  ARROW_ASSIGN_OR_RAISE(days->lock_, LockFile::Acquire(days->Hidden("lock"), target, options));
  ARROW_RETURN_NOT_OK(days->Recover());
  return days;
}

StagedDays::StagedDays(std::string target, std::string folder)
    : target_(std::move(target)), folder_(std::move(folder)) {}

StagedDays::~StagedDays() { Abort(); }

std::string StagedDays::Hidden(const std::string& name) const {
  return (fs::path(folder_) / ".costream" / name).string();
}

std::string StagedDays::StagedFile(Day day) const { return Hidden(FormatDay(day) + std::string(kStaged)); }

std::string StagedDays::FileOf(Day day) const {
  const std::string date = FormatDay(day);
  return fmt::format("{}/year={}/month={}/day={}/summary.parquet", folder_, date.substr(0, 4),
                     date.substr(5, 2), date.substr(8, 2));
}

arrow::Status StagedDays::CheckDay(Day day) const {
  const fs::path file = FileOf(day);
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

std::string StagedDays::Stage(Day day) {
  changes_[day] = Change::kReplace;
  return StagedFile(day);
}

void StagedDays::Remove(Day day) { changes_[day] = Change::kRemove; }

arrow::Status StagedDays::Commit() {
  ARROW_RETURN_NOT_OK(MakeFolders());
  ARROW_RETURN_NOT_OK(WriteRecord());
  // From here on there is no way back, here or in the next run.
  ARROW_RETURN_NOT_OK(Apply(changes_));
  changes_.clear();
  made_.clear();
  return arrow::Status::OK();
}

void StagedDays::Abort() {
  if (!lock_) return;
  if (std::error_code error; !fs::exists(Hidden("commit"), error)) {
    RemoveStaged();
    for (const auto& [day, change] : changes_) RemoveEmptyFolders(day);
  }
  lock_.reset();
  rmdir(Hidden("").c_str());
  for (const std::string& folder : made_) rmdir(folder.c_str());
}

arrow::Status StagedDays::Recover() {
  std::error_code error;
  if (fs::exists(Hidden("commit"), error)) {
    ARROW_ASSIGN_OR_RAISE(const auto changes, ReadRecord());
    ARROW_RETURN_NOT_OK(Apply(changes));
  }
  RemoveStaged();
  return arrow::Status::OK();
}

// Before the record is written, so that afterwards only renames are left, which need no space.
arrow::Status StagedDays::MakeFolders() const {
  for (const auto& [day, change] : changes_) {
    std::error_code error;
    if (change == Change::kReplace) fs::create_directories(fs::path(FileOf(day)).parent_path(), error);
    if (error) return UsageError("--to {}: cannot be written: {}", target_, error.message());
  }
  return arrow::Status::OK();
}

void StagedDays::RemoveEmptyFolders(Day day) const {
  fs::path folder = fs::path(FileOf(day)).parent_path();
  for (; folder != folder_ && rmdir(folder.c_str()) == 0; folder = folder.parent_path()) {
  }
}

arrow::Status StagedDays::WriteRecord() const {
  std::string text = fmt::format("{}\n", kRecordHeader);
  for (const auto& [day, change] : changes_) {
    text += fmt::format("{}{}\n", change == Change::kReplace ? kReplace : kRemove, FormatDay(day));
  }
  SyncFolder(Hidden(""));  // the staged files, before the record that speaks of them
  ARROW_ASSIGN_OR_RAISE(const auto file, AtomicFile::Create(Hidden("commit")));
  ARROW_RETURN_NOT_OK(WriteError(target_, file->stream()->Write(text)));
  return file->Commit();
}

arrow::Result<std::map<Day, StagedDays::Change>> StagedDays::ReadRecord() const {
  std::map<Day, Change> changes;
  std::ifstream record(Hidden("commit"));
  std::string line;
  bool fine = std::getline(record, line) && line == kRecordHeader;
  while (fine && std::getline(record, line)) {
    const bool replace = line.starts_with(kReplace);
    fine = replace || line.starts_with(kRemove);
    const auto day = fine ? ParseDay(line.substr(replace ? kReplace.size() : kRemove.size())) : std::nullopt;
    fine = day.has_value();
    if (fine) changes[*day] = replace ? Change::kReplace : Change::kRemove;
  }
  if (fine) return changes;
  return UsageError(
      "--to {}: {} is no record of a commit that this version can complete; use the version that wrote it, "
      "or "
      "restore the directory and remove {}",
      target_, Hidden("commit"), Hidden(""));
}

// May be repeated after it was broken off: a staged file that is gone has been renamed.
arrow::Status StagedDays::Apply(const std::map<Day, Change>& changes) const {
  std::set<fs::path> folders;
  for (const auto& [day, change] : changes) {
    const std::string file = FileOf(day), staged = StagedFile(day);
    std::error_code error;
    if (change == Change::kRemove) {
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
    if (change == Change::kRemove) RemoveEmptyFolders(day);
  }
  for (const fs::path& folder : folders) SyncFolder(folder);
  SyncFolder(fs::path(folder_).parent_path());
  if (unlink(Hidden("commit").c_str()) != 0) {
    return UsageError("--to {}: {}: {}", target_, Hidden("commit"), std::strerror(errno));
  }
  return arrow::Status::OK();
}

void StagedDays::RemoveStaged() const {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(Hidden(""), error)) {
    if (entry.path().filename() != "lock") unlink(entry.path().c_str());
  }
}

}  // namespace costream
