#include "sink/existing_rows.h"

#include <arrow/io/file.h>
#include <parquet/exception.h>
#include <parquet/file_reader.h>

#include <filesystem>
#include <fstream>

#include "base/error.h"

namespace costream {
namespace {

bool HasBytes(const std::string& path) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  return !error && size > 0;
}

}  // namespace

bool CsvHasRows(const std::string& path) {
  if (!HasBytes(path)) return false;
  std::ifstream file(path, std::ios::binary);
  std::string header;
  return !std::getline(file, header) || file.peek() != std::ifstream::traits_type::eof();
}

bool ParquetHasRows(const std::string& path) { return CountParquetRows(path) != 0; }

std::optional<int64_t> CountCsvRows(const std::string& path) {
  if (!HasBytes(path)) return 0;
  std::ifstream file(path, std::ios::binary);
  int64_t lines = 0;
  bool quoted = false, ended = true;
  std::string block(size_t{64} << 10, '\0');
  while (file.read(block.data(), static_cast<std::streamsize>(block.size())) || file.gcount() > 0) {
    for (const char c : std::string_view(block.data(), static_cast<size_t>(file.gcount()))) {
      if (c == '"') quoted = !quoted;
      ended = c == '\n' && !quoted;
      lines += ended;
    }
  }
  lines += !ended;
  if (lines == 0) return std::nullopt;  // it has bytes, but could not be read
  return lines - 1;                     // the header
}

std::optional<int64_t> CountParquetRows(const std::string& path) {
  if (!HasBytes(path)) return 0;
  try {
    const auto file = arrow::io::ReadableFile::Open(path);
    if (!file.ok()) return std::nullopt;
    return parquet::ParquetFileReader::Open(*file)->metadata()->num_rows();
  } catch (const parquet::ParquetException&) {
    return std::nullopt;
  }
}

arrow::Status UncountableRows(const std::string& target, const std::string& file) {
  return UsageError("--to {}: {} cannot be read, so its rows cannot be counted; a run would replace it",
                    target, file);
}

arrow::Status EmptyInputRefused(const std::string& target) {
  return UsageError(
      "--to {}: has rows, and the input has none for the days of this run; nothing was changed. Check the "
      "input and the days, or give --allow-empty to replace them by nothing",
      target);
}

arrow::Status EmptyDaysRefused(const std::string& target, const std::vector<Day>& days) {
  std::vector<std::string> names;
  for (const Day day : days) names.push_back(FormatDay(day));
  return UsageError(
      "--to {}: has rows of {}, for which the input has none; nothing was changed. Add the missing reports, "
      "narrow the days with --start and --end, or give --allow-empty to replace them by nothing",
      target, fmt::to_string(fmt::join(names, ", ")));
}

}  // namespace costream
