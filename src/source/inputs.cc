#include "source/inputs.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <set>

#include "base/error.h"

namespace costream {
namespace {

namespace fs = std::filesystem;

std::optional<int> Number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? std::optional<int>(value) : std::nullopt;
}

bool IsCsv(const std::string& path) { return path.ends_with(".csv") || path.ends_with(".csv.gz"); }
bool IsParquet(const std::string& path) { return path.ends_with(".parquet") || path.ends_with(".pq"); }

// The table that a folder of the path names.
bool TellTable(const fs::path& path, ParquetInput* input) {
  for (const auto& part : path) {
    for (const ReportKind kind : kAllReports) {
      const std::string table(SpecOf(kind).table);
      if (part == table || part == table + "_daily") {
        input->kind = kind;
        input->granularity = part == table ? Granularity::kHourly : Granularity::kDaily;
        return true;
      }
    }
  }
  return false;
}

// Collects the files; one that is reached twice (named again, or by a link) counts once.
class Finder {
 public:
  void AddFile(const fs::path& path) {
    const std::string name = path.string();
    if (IsCsv(name)) {
      const auto file = LocalFile(name);
      if (IsNew(*file)) inputs_.csv.push_back({file});
    } else if (IsParquet(name)) {
      ParquetInput input{LocalFile(name), ReportKind::kPod, Granularity::kHourly, FactsOf(name)};
      if (!TellTable(path, &input)) {
        inputs_.ignored.push_back(name);
      } else if (IsNew(*input.file)) {
        inputs_.parquet.push_back(std::move(input));
      }
    }
  }

  arrow::Status AddDirectory(const fs::path& directory) {
    std::error_code error, unreadable;
    std::vector<fs::path> files;
    fs::recursive_directory_iterator at(directory, fs::directory_options::follow_directory_symlink, error);
    for (; !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
      const std::string name = at->path().filename().string();
      const bool hidden = name.starts_with(".") || name.starts_with("_");
      const fs::file_status status = at->status(unreadable);  // of what a link leads to
      if (hidden || !fs::is_directory(status) || LeadsUp(at->path())) at.disable_recursion_pending();
      if (!hidden && fs::is_regular_file(status)) files.push_back(at->path());
    }
    if (error) return InputError("{}: cannot be listed: {}", directory.string(), error.message());
    std::sort(files.begin(), files.end());
    for (const fs::path& file : files) AddFile(file);
    return arrow::Status::OK();
  }

  Inputs& inputs() { return inputs_; }

 private:
  bool IsNew(const InputFile& file) {
    const bool is_new = seen_.insert(file.identity()).second;
    inputs_.repeated += !is_new;
    return is_new;
  }

  // Whether the directory is a link to one of those that hold it.
  static bool LeadsUp(const fs::path& directory) {
    std::error_code error;
    if (!fs::is_symlink(directory, error)) return false;
    const fs::path target = fs::canonical(directory, error);
    const fs::path holder = fs::canonical(directory.parent_path(), error);
    return std::mismatch(target.begin(), target.end(), holder.begin(), holder.end()).first == target.end();
  }

  Inputs inputs_;
  std::set<std::string> seen_;
};

}  // namespace

PathFacts FactsOf(const std::string& path) {
  PathFacts facts;
  std::string before_ocp;
  for (const auto& element : fs::path(path)) {
    const std::string part = element.string();
    if (part == "OCP" && !before_ocp.empty()) facts.org = before_ocp;
    if (part.starts_with("source=")) facts.source = part.substr(7);
    if (part.starts_with("year=")) facts.year = Number(part.substr(5));
    if (part.starts_with("month=")) facts.month = Number(part.substr(6));
    if (part.starts_with("day=")) facts.day = Number(part.substr(4));
    before_ocp = part;
  }
  return facts;
}

arrow::Result<Inputs> FindInputs(const std::vector<std::string>& paths) {
  Finder finder;
  Inputs& inputs = finder.inputs();
  for (const std::string& path : paths) {
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (!fs::exists(status)) {
      return InputError("{}: no such file or directory; name report files or a directory that holds them",
                        path);
    }
    if (fs::is_directory(status)) {
      ARROW_RETURN_NOT_OK(finder.AddDirectory(path));
      continue;
    }
    if (!IsCsv(path) && !IsParquet(path)) {
      return InputError("{}: is neither a CSV (.csv, .csv.gz) nor a Parquet file (.parquet)", path);
    }
    const size_t ignored = inputs.ignored.size();
    finder.AddFile(path);
    if (inputs.ignored.size() > ignored) {
      return InputError("{}: no folder of the path names its table; expected one like {}", path,
                        SpecOf(ReportKind::kPod).table);
    }
  }
  if (inputs.csv.empty() && inputs.parquet.empty()) {
    return InputError(
        "{}: no report found; looked for *.csv, *.csv.gz and *.parquet in folders named as the tables are, "
        "such as {}{}",
        fmt::format("{}", fmt::join(paths, ", ")), SpecOf(ReportKind::kPod).table,
        inputs.ignored.empty()
            ? ""
            : fmt::format(" ({} Parquet files are in no such folder)", inputs.ignored.size()));
  }
  return std::move(inputs);
}

}  // namespace costream
