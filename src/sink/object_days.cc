#include "sink/object_days.h"

#include <arrow/buffer.h>

#include <chrono>
#include <random>
#include <set>

#include "base/error.h"
#include "base/fault_point.h"

namespace costream {
namespace {

// What a run has left for so long without a record, it will not come back to.
constexpr auto kAbandoned = std::chrono::hours(24);

std::string RandomName() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}", random(), random());
}

// "bucket/key", as Arrow has it.
arrow::Result<std::string> PathOf(const std::string& name) {
  ARROW_ASSIGN_OR_RAISE(const S3Path place, ParseS3(name));
  return place.bucket + "/" + place.key;
}

// All but the last part of the name.
std::string FolderOf(const std::string& name) { return name.substr(0, name.find_last_of('/') + 1); }

}  // namespace

ObjectDays::ObjectDays(std::string target, std::string folder, std::shared_ptr<S3Store> store)
    : target_(std::move(target)),
      folder_(std::move(folder)),
      run_(fmt::format("{}{}/{}/", folder_, kHiddenFolder, RandomName())),
      store_(std::move(store)) {}

arrow::Result<std::unique_ptr<ObjectDays>> ObjectDays::Make(const std::string& target,
                                                            const std::string& source, const S3Settings& s3) {
  ARROW_ASSIGN_OR_RAISE(auto store, S3Store::Make(s3));
  ARROW_ASSIGN_OR_RAISE(const S3Path place, ParseS3(target));  // which knows S3_BUCKET
  const std::string folder = fmt::format("s3://{}/{}{}/", place.bucket, place.key, FolderOfSource(source));
  std::unique_ptr<ObjectDays> days(new ObjectDays(target, folder, std::move(store)));
  ARROW_RETURN_NOT_OK(days->List());
  return days;
}

arrow::Result<std::unique_ptr<StagedDays>> ObjectDays::Look(const std::string& target,
                                                            const std::string& source, const S3Settings& s3) {
  return Make(target, source, s3);
}

arrow::Result<std::unique_ptr<StagedDays>> ObjectDays::Open(const std::string& target,
                                                            const std::string& source,
                                                            const SinkOptions& options) {
  ARROW_ASSIGN_OR_RAISE(auto days, Make(target, source, options.s3));
  ARROW_RETURN_NOT_OK(days->Recover(options));
  return std::unique_ptr<StagedDays>(std::move(days));
}

arrow::Status ObjectDays::List() {
  ARROW_ASSIGN_OR_RAISE(const auto found, store_->List(folder_));
  objects_.clear();
  for (const InputFilePtr& object : found) objects_[object->name()] = object;
  return arrow::Status::OK();
}

std::string ObjectDays::NameOf(Day day) const {
  return fmt::format("{}{}/{}", folder_, FolderOfDay(day), kDayFile);
}

InputFilePtr ObjectDays::FileOf(Day day) const {
  const auto found = objects_.find(NameOf(day));
  return found == objects_.end() ? nullptr : found->second;
}

arrow::Status ObjectDays::CheckDay(Day day) const {
  const std::string file = NameOf(day), folder = FolderOf(file);
  for (auto at = objects_.lower_bound(folder); at != objects_.end() && at->first.starts_with(folder); ++at) {
    const std::string& other = at->first;
    if (other == file || !other.ends_with(".parquet") || other[folder.size()] == '.') continue;
    return UsageError("--to {}: holds {}, which costream has not written; move it out of the way", target_,
                      other);
  }
  return arrow::Status::OK();
}

arrow::Result<std::unique_ptr<AtomicFile>> ObjectDays::Stage(Day day) {
  changes_[day] = DayChange::kReplace;
  staged_.push_back(StagedOf(run_, day));
  return AtomicFile::CreateObject(store_, staged_.back());
}

arrow::Status ObjectDays::Commit() {
  ARROW_RETURN_NOT_OK(Pass(FaultPoint::kDaysRecord));
  staged_.push_back(run_ + kRecord);
  ARROW_ASSIGN_OR_RAISE(const auto record, AtomicFile::CreateObject(store_, staged_.back()));
  ARROW_RETURN_NOT_OK(record->stream()->Write(RecordText(changes_)));
  if (const arrow::Status status = record->Commit(); !status.ok()) {
    const auto there = store_->Find(staged_.back());  // the answer may have been lost
    committed_ = !there.ok();
    if (!there.ok()) {
      return WithContext(
          status, fmt::format("--to {}: the days are replaced by the next run with this target, unless "
                              "the record of this one has not arrived",
                              target_));
    }
    if (!*there) return status;
  }
  committed_ = true;
  return Apply(run_, changes_);
}

void ObjectDays::Abort() {
  if (committed_) return;
  for (const std::string& name : staged_) {
    if (!store_->Delete(name).ok()) break;  // nor would the others go
  }
  staged_.clear();
}

// Another run may be at the same, or may still be alive itself: to copy twice does no harm.
arrow::Status ObjectDays::Recover(const SinkOptions& options) {
  const std::string hidden = folder_ + kHiddenFolder + "/";
  std::set<std::string> runs;
  for (auto at = objects_.lower_bound(hidden); at != objects_.end() && at->first.starts_with(hidden); ++at) {
    runs.insert(FolderOf(at->first));
  }
  for (const std::string& run : runs) {
    if (objects_.contains(run + kRecord)) {
      options.tell("completing what another run of this source has begun to commit");
      ARROW_ASSIGN_OR_RAISE(const auto changes, ReadRecord(run + kRecord));
      ARROW_RETURN_NOT_OK(Apply(run, changes));
      continue;
    }
    for (auto at = objects_.lower_bound(run); at != objects_.end() && at->first.starts_with(run); ++at) {
      ARROW_ASSIGN_OR_RAISE(const std::string path, PathOf(at->first));
      const auto info = store_->file_system()->GetFileInfo(path);
      ARROW_RETURN_NOT_OK(StoreError(at->first, info.status()));
      if (info->IsFile() && info->mtime() + kAbandoned < std::chrono::system_clock::now()) {
        ARROW_RETURN_NOT_OK(store_->Delete(at->first));
      }
    }
  }
  return runs.empty() ? arrow::Status::OK() : List();
}

arrow::Result<DayChanges> ObjectDays::ReadRecord(const std::string& record) const {
  ARROW_ASSIGN_OR_RAISE(const auto text, objects_.at(record)->OpenText());
  ARROW_ASSIGN_OR_RAISE(const auto bytes, text->Read(objects_.at(record)->bytes()));
  if (const auto changes = ParseRecord(std::string_view(*bytes))) return *changes;
  return UsageError(
      "--to {}: {} is no record of a commit that this version can complete; use the version that wrote it, "
      "or restore the objects and remove it",
      target_, record);
}

// May be repeated after it was broken off. The record goes before what it speaks of.
arrow::Status ObjectDays::Apply(const std::string& run, const DayChanges& changes) const {
  for (const auto& [day, change] : changes) {
    ARROW_RETURN_NOT_OK(Pass(FaultPoint::kDaysApply));
    const arrow::Status done =
        change == DayChange::kReplace ? CopyDay(run, day) : store_->Delete(NameOf(day));
    if (!done.ok()) {
      return WithContext(
          done, fmt::format("--to {}: the days before {} are replaced, those from it on will be at the start "
                            "of the next run with this target",
                            target_, FormatDay(day)));
    }
  }
  ARROW_RETURN_NOT_OK(Pass(FaultPoint::kDaysForget));
  if (const arrow::Status done = store_->Delete(run + kRecord); !done.ok()) {
    return WithContext(
        done,
        fmt::format("--to {}: all days are replaced; the record of that is removed by the next run with "
                    "this target",
                    target_));
  }
  for (const auto& [day, change] : changes) {
    // One that cannot be removed now is, once it is old, by a later run.
    (void)store_->Delete(StagedOf(run, day));
  }
  return arrow::Status::OK();
}

arrow::Status ObjectDays::CopyDay(const std::string& run, Day day) const {
  const std::string staged = StagedOf(run, day);
  ARROW_ASSIGN_OR_RAISE(const InputFilePtr object, store_->Find(staged));
  if (!object) {
    // With its record, another run has completed it meanwhile.
    ARROW_ASSIGN_OR_RAISE(const InputFilePtr record, store_->Find(run + kRecord));
    if (!record) return arrow::Status::OK();
    return UsageError("{} is gone, and {} speaks of it; remove that, and run all days again", staged,
                      run + kRecord);
  }
  ARROW_ASSIGN_OR_RAISE(const std::string from, PathOf(staged));
  ARROW_ASSIGN_OR_RAISE(const std::string to, PathOf(NameOf(day)));
  return StoreError(staged, store_->file_system()->CopyFile(from, to));
}

}  // namespace costream
