#include "summary/csv_summary.h"

#include <arrow/buffer.h>
#include <arrow/io/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <list>
#include <map>

#include "base/error.h"
#include "decode/numbers.h"

namespace costream {
namespace {

struct Field {
  std::string_view text;
  bool quoted = false;
};

// Splits a text into records; not by Arrow's reader, which tells neither where a record is nor which of its
// fields were quoted.
class Records {
 public:
  Records(std::string_view text, size_t begin, size_t end) : text_(text), next_(begin), end_(end) {}

  size_t offset() const { return next_; }  // of the next record

  // False at the end. The fields hold until the next call.
  arrow::Result<bool> Next(std::vector<Field>* fields) {
    fields->clear();
    unescaped_.clear();
    if (next_ >= end_) return false;
    for (;;) {
      ARROW_RETURN_NOT_OK(AddField(fields));
      if (next_ < end_ && text_[next_] == ',') {
        ++next_;
        continue;
      }
      if (next_ < end_ && text_[next_] == '\r') ++next_;
      if (next_ < end_ && text_[next_] == '\n') ++next_;
      return true;
    }
  }

 private:
  arrow::Status AddField(std::vector<Field>* fields) {
    if (next_ < end_ && text_[next_] == '"') return AddQuoted(fields);
    const size_t begin = next_;
    while (next_ < end_ && text_[next_] != ',' && text_[next_] != '\n' && text_[next_] != '\r') ++next_;
    fields->push_back({text_.substr(begin, next_ - begin), false});
    return arrow::Status::OK();
  }

  arrow::Status AddQuoted(std::vector<Field>* fields) {
    const size_t begin = ++next_;
    bool doubled = false;
    for (;; next_ += 2, doubled = true) {
      next_ = text_.find('"', next_);
      if (next_ == std::string_view::npos || next_ >= end_) return InputError("a quote is not closed");
      if (next_ + 1 >= end_ || text_[next_ + 1] != '"') break;
    }
    std::string_view field = text_.substr(begin, next_ - begin);
    ++next_;
    if (next_ < end_ && text_[next_] != ',' && text_[next_] != '\n' && text_[next_] != '\r') {
      return InputError("text follows a closing quote");
    }
    if (doubled) {
      std::string& text = unescaped_.emplace_back();
      for (size_t i = 0; i < field.size(); ++i) {
        text += field[i];
        if (field[i] == '"') ++i;
      }
      field = text;
    }
    fields->push_back({field, true});
    return arrow::Status::OK();
  }

  const std::string_view text_;
  size_t next_;
  const size_t end_;
  std::list<std::string> unescaped_;
};

using MappedFile = std::shared_ptr<arrow::io::MemoryMappedFile>;

arrow::Result<MappedFile> Mapped(const std::string& path) {
  return arrow::io::MemoryMappedFile::Open(path, arrow::io::FileMode::READ);
}

// Of an object, in a file without a name: its days are read in turn, and more than once.
arrow::Result<MappedFile> MappedCopy(const InputFile& object) {
  const char* const folder = std::getenv("TMPDIR");
  std::string name = fmt::format("{}/costream-XXXXXX", folder && *folder ? folder : "/tmp");
  const int fd = mkstemp(name.data());
  if (fd < 0) return UsageError("{}: cannot be written: {}", name, std::strerror(errno));
  unlink(name.c_str());
  ARROW_ASSIGN_OR_RAISE(const auto copy, arrow::io::FileOutputStream::Open(fd));  // closes it
  ARROW_ASSIGN_OR_RAISE(const auto text, object.OpenText());
  for (;;) {
    ARROW_ASSIGN_OR_RAISE(const auto block, text->Read(int64_t{1} << 20));
    if (block->size() == 0) break;
    ARROW_RETURN_NOT_OK(copy->Write(block));
  }
  return Mapped(fmt::format("/proc/self/fd/{}", fd));
}

class CsvSummary : public SummaryReader {
 public:
  explicit CsvSummary(InputFilePtr file)
      : file_(std::move(file)), columns_(SummarySchema()->num_fields(), false) {}

  const std::vector<bool>& columns() const override { return columns_; }

  arrow::Status Open() {
    const auto file = file_->remote() ? MappedCopy(*file_) : Mapped(file_->name());
    if (!file.ok() && KindOf(file.status()) != ErrorKind::kInternal) return file.status();
    if (!file.ok()) return InputError("{}: cannot be opened: {}", file_->name(), file.status().message());
    ARROW_ASSIGN_OR_RAISE(const int64_t size, (*file)->GetSize());
    if (size == 0) return InputError("{}: is empty; a summary has a header line", file_->name());
    ARROW_ASSIGN_OR_RAISE(bytes_, (*file)->ReadAt(0, size));
    text_ = std::string_view(*bytes_);
    Records records(text_, 0, text_.size());
    std::vector<Field> fields;
    ARROW_RETURN_NOT_OK(At(0, records.Next(&fields).status()));
    ARROW_RETURN_NOT_OK(At(0, TakeHeader(fields)));
    for (;;) {
      const size_t begin = records.offset();
      const auto more = records.Next(&fields);
      ARROW_RETURN_NOT_OK(At(begin, more.status()));
      if (!*more) return arrow::Status::OK();
      ARROW_RETURN_NOT_OK(At(begin, TakeDay(fields, begin, records.offset())));
    }
  }

  arrow::Result<std::vector<Day>> Days() override {
    std::vector<Day> days;
    for (const auto& [day, stretches] : stretches_) days.push_back(day);
    return days;
  }

  arrow::Status Read(Day day, const TakeRow& take) override {
    const auto found = stretches_.find(day);
    if (found == stretches_.end()) return arrow::Status::OK();
    StoredRow row;
    std::vector<Field> fields;
    for (const auto& [begin, end] : found->second) {
      for (Records records(text_, begin, end);;) {
        const size_t offset = records.offset();
        ARROW_ASSIGN_OR_RAISE(const bool more, records.Next(&fields));
        if (!more) break;
        ARROW_RETURN_NOT_OK(At(offset, ToRow(fields, &row)));
        ARROW_RETURN_NOT_OK(take(row));
      }
    }
    return arrow::Status::OK();
  }

 private:
  // The same with file and line.
  arrow::Status At(size_t offset, const arrow::Status& status) const {
    if (status.ok()) return status;
    const auto line = 1 + std::count(text_.begin(), text_.begin() + static_cast<ptrdiff_t>(offset), '\n');
    return WithContext(status, fmt::format("{}: line {}", file_->name(), line));
  }

  arrow::Status TakeHeader(const std::vector<Field>& fields) {
    for (const Field& field : fields) {
      const int column = SummarySchema()->GetFieldIndex(std::string(field.text));
      if (column >= 0 && columns_[column]) return InputError("column {} is there twice", field.text);
      if (column >= 0) columns_[column] = true;
      header_.push_back(column);
    }
    if (!columns_[kUsageStart]) return InputError("no column usage_start; it is no summary");
    return arrow::Status::OK();
  }

  arrow::Status TakeDay(const std::vector<Field>& fields, size_t begin, size_t end) {
    if (fields.size() != header_.size()) {
      return InputError("{} fields, {} in the header", fields.size(), header_.size());
    }
    for (size_t i = 0; i < fields.size(); ++i) {
      backslash_null_ = backslash_null_ || (!fields[i].quoted && fields[i].text == "\\N");
      if (header_[i] != kUsageStart) continue;
      const auto day = ParseDay(fields[i].text.substr(0, 10));
      if (!day) return InputError("column usage_start: '{}' is no date", fields[i].text);
      auto& stretches = stretches_[*day];
      if (!stretches.empty() && stretches.back().second == begin) {
        stretches.back().second = end;
      } else {
        stretches.emplace_back(begin, end);
      }
    }
    return arrow::Status::OK();
  }

  arrow::Status ToRow(const std::vector<Field>& fields, StoredRow* row) const {
    row->texts.fill(std::nullopt);
    row->measures.fill(std::numeric_limits<double>::quiet_NaN());
    for (size_t i = 0; i < fields.size(); ++i) {
      const int column = header_[i];
      const Field& field = fields[i];
      if (column < 0) continue;
      const auto& type = *SummarySchema()->field(column)->type();
      const bool text = type.id() == arrow::Type::STRING;
      const bool null = field.quoted              ? false
                        : backslash_null_ && text ? field.text == "\\N"
                                                  : field.text.empty() || field.text == "\\N";
      if (null) continue;
      if (column < kFirstMeasure) {
        row->texts[column] = type.id() == arrow::Type::DATE32 ? field.text.substr(0, 10) : field.text;
        continue;
      }
      const auto number = field.text.empty() ? std::nullopt : ParseNumber(field.text);
      if (!number || !std::isfinite(*number)) {
        return InputError("column {}: '{}' is no number", SummarySchema()->field(column)->name(), field.text);
      }
      row->measures[column - kFirstMeasure] = *number;
    }
    return arrow::Status::OK();
  }

  const InputFilePtr file_;
  std::shared_ptr<arrow::Buffer> bytes_;
  std::string_view text_;
  std::vector<bool> columns_;
  std::vector<int> header_;      // the position in SummarySchema(), by field; -1: not ours
  bool backslash_null_ = false;  // \N is null, and so an empty field is an empty text
  std::map<Day, std::vector<std::pair<size_t, size_t>>> stretches_;  // of bytes
};

}  // namespace

arrow::Result<std::unique_ptr<SummaryReader>> OpenCsvSummary(InputFilePtr file) {
  auto summary = std::make_unique<CsvSummary>(std::move(file));
  ARROW_RETURN_NOT_OK(summary->Open());
  return summary;
}

}  // namespace costream
