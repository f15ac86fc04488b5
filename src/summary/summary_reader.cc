#include "summary/summary_reader.h"

#include <algorithm>
#include <filesystem>

#include "base/error.h"
#include "sink/sqlite.h"
#include "summary/csv_summary.h"
#include "summary/parquet_summary.h"
#include "summary/sqlite_summary.h"

namespace costream {
namespace {

namespace fs = std::filesystem;

// Its Parquet files, sorted; hidden ones and those in hidden folders are passed over.
arrow::Result<std::vector<std::string>> FilesOf(const std::string& directory) {
  std::vector<std::string> files;
  std::error_code error;
  for (auto entry = fs::recursive_directory_iterator(directory, error);
       !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    const bool hidden = entry->path().filename().string().starts_with('.');
    if (hidden && entry->is_directory()) entry.disable_recursion_pending();
    if (!hidden && entry->path().extension() == ".parquet") files.push_back(entry->path().string());
  }
  if (error) return InputError("{}: {}", directory, error.message());
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

arrow::Result<std::unique_ptr<SummaryReader>> OpenSummary(const std::string& name) {
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
        "files, or sqlite:x.db",
        name);
  }
  if (!fs::exists(file, error)) return InputError("{}: does not exist", name);
  if (database) return OpenSqliteSummary(file);
  if (name.ends_with(".csv")) return OpenCsvSummary(name);
  return OpenParquetSummary({name});
}

}  // namespace costream
