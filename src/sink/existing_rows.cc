#include "sink/existing_rows.h"

#include <arrow/io/interfaces.h>
#include <parquet/exception.h>
#include <parquet/file_reader.h>

#include <limits>

#include "base/error.h"

namespace costream {
namespace {

constexpr int64_t kBlockBytes = 64 << 10;

// Lines of a CSV text, those within quotes not counted, until there are `enough`.
arrow::Result<int64_t> CountLines(const InputFile& file, int64_t enough) {
  ARROW_ASSIGN_OR_RAISE(const auto text, file.OpenText());
  int64_t lines = 0;
  bool quoted = false, ended = true;
  while (lines < enough) {
    ARROW_ASSIGN_OR_RAISE(const auto block, text->Read(kBlockBytes));
    if (block->size() == 0) break;
    for (const char c : std::string_view(*block)) {
      if (c == '"') quoted = !quoted;
      ended = c == '\n' && !quoted;
      lines += ended;
    }
  }
  return lines + !ended;
}

arrow::Result<int64_t> RowsOfFooter(const InputFile& file) {
  try {
    ARROW_ASSIGN_OR_RAISE(const auto bytes, file.Open());
    return parquet::ParquetFileReader::Open(bytes)->metadata()->num_rows();
  } catch (const parquet::ParquetStatusException& error) {
    return error.status();
  } catch (const parquet::ParquetException& error) {
    return arrow::Status::IOError(error.what());
  }
}

bool HasBytes(const InputFilePtr& file) { return file && file->bytes() > 0; }

arrow::Result<int64_t> Counted(const arrow::Result<int64_t>& rows, const InputFile& file,
                               const std::string& target) {
  if (rows.ok() || rows.status().IsOutOfMemory() || KindOf(rows.status()) == ErrorKind::kTransient) {
    return rows;
  }
  return UsageError("--to {}: {} cannot be read, so its rows cannot be counted; a run would replace it",
                    target, file.name());
}

}  // namespace

arrow::Result<InputFilePtr> FileOfTarget(const std::string& target, const S3Settings& s3) {
  if (!IsS3(target)) return LocalFile(target);
  ARROW_ASSIGN_OR_RAISE(const auto store, S3Store::Make(s3));
  return store->Find(target);
}

bool CsvHasRows(const InputFilePtr& file) { return HasBytes(file) && CountLines(*file, 2).ValueOr(2) > 1; }

bool ParquetHasRows(const InputFilePtr& file) { return HasBytes(file) && RowsOfFooter(*file).ValueOr(1) > 0; }

arrow::Result<int64_t> CountCsvRows(const InputFilePtr& file, const std::string& target) {
  if (!HasBytes(file)) return 0;
  const auto lines = CountLines(*file, std::numeric_limits<int64_t>::max());
  return Counted(lines.ok() ? *lines - 1 : lines, *file, target);  // without the header
}

arrow::Result<int64_t> CountParquetRows(const InputFilePtr& file, const std::string& target) {
  if (!HasBytes(file)) return 0;
  return Counted(RowsOfFooter(*file), *file, target);
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
