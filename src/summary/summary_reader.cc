#include "summary/summary_reader.h"

#include <algorithm>
#include <filesystem>

#include "base/error.h"
#include "sink/sqlite.h"
#include "source/postgres_target.h"
#include "summary/csv_summary.h"
#include "summary/parquet_summary.h"
#include "summary/postgres_summary.h"
#include "summary/sqlite_summary.h"

namespace costream {
namespace {

namespace fs = std::filesystem;

bool IsHidden(const fs::path& part) { return part.string().starts_with('.'); }

// Its Parquet files, sorted; hidden ones and those in hidden folders are passed over.
arrow::Result<std::vector<InputFilePtr>> FilesOf(const std::string& directory) {
  std::vector<std::string> files;
  std::error_code error;
  for (auto entry = fs::recursive_directory_iterator(directory, error);
       !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    const bool hidden = IsHidden(entry->path().filename());
    if (hidden && entry->is_directory()) entry.disable_recursion_pending();
    if (!hidden && entry->path().extension() == ".parquet") files.push_back(entry->path().string());
  }
  if (error) return InputError("{}: {}", directory, error.message());
  std::sort(files.begin(), files.end());
  std::vector<InputFilePtr> found;
  for (const std::string& file : files) found.push_back(LocalFile(file));
  return found;
}

// An object, or the Parquet objects below a prefix, as in a directory.
arrow::Result<std::unique_ptr<SummaryReader>> OpenInStore(const std::string& name, const S3Settings& s3) {
  ARROW_ASSIGN_OR_RAISE(const auto store, S3Store::Make(s3));
  ARROW_ASSIGN_OR_RAISE(auto files, store->List(name));
  if (files.empty()) return InputError("{}: does not exist", name);
  if (files.size() == 1 && name.ends_with(".csv")) return OpenCsvSummary(files[0]);
  std::erase_if(files, [&](const InputFilePtr& file) {
    return !file->name().ends_with(".parquet") ||
           std::ranges::any_of(fs::path(file->name().substr(name.size())), IsHidden);
  });
  if (files.empty()) return InputError("{}: holds no Parquet file", name);
  return OpenParquetSummary(std::move(files));
}

}  // namespace

arrow::Result<std::unique_ptr<SummaryReader>> OpenSummary(const std::string& name,
                                                          const SummaryAccess& access) {
  if (IsPostgresTarget(name)) return OpenPostgresSummary(name, access.schema);
  if (IsS3(name)) return OpenInStore(name, access.s3);
  std::error_code error;
  if (fs::is_directory(name, error)) {
    ARROW_ASSIGN_OR_RAISE(auto files, FilesOf(name));
    if (files.empty()) return InputError("{}: holds no Parquet file", name);
    return OpenParquetSummary(std::move(files));
  }
  const auto database = SqliteFileOf(name);
  const std::string file = database.value_or(name);
  if (!database && !name.ends_with(".parquet") && !name.ends_with(".csv")) {
    return UsageError(
        "{}: not a summary that costream knows; name a .parquet or .csv file, a directory of Parquet "
        "files, either in S3 (s3://bucket/...), sqlite:x.db or postgresql://...",
        ShownTarget(name));
  }
  if (!fs::exists(file, error)) return InputError("{}: does not exist", name);
  if (database) return OpenSqliteSummary(file);
  if (name.ends_with(".csv")) return OpenCsvSummary(LocalFile(name));
  return OpenParquetSummary({LocalFile(name)});
}

}  // namespace costream
