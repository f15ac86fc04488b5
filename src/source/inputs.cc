#include "source/inputs.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "base/error.h"

namespace costream {
namespace {

namespace fs = std::filesystem;

bool IsCsv(const std::string& path) { return path.ends_with(".csv") || path.ends_with(".csv.gz"); }
bool IsParquet(const std::string& path) { return path.ends_with(".parquet") || path.ends_with(".pq"); }

// Collects the files; one that is reached twice (named again, or by a link) counts once.
class Finder {
 public:
  explicit Finder(std::optional<Layout> layout) : layout_(layout) {}

  // `full` has all folders, which tell the table.
  void AddFile(const InputFilePtr& file, const std::string& full) {
    if (IsCsv(file->name())) {
      if (IsNew(*file)) inputs_.csv.push_back({file, nullptr});
    } else if (IsPayload(file->name())) {
      if (IsNew(*file)) payloads_.push_back(file);
    } else if (IsParquet(file->name())) {
      AddParquet(file, full);
    }
  }

  // A file or directory, on disk or in S3.
  arrow::Status Add(const std::string& path, const S3Settings& s3) {
    if (IsS3(path)) return AddS3(path, s3);
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (!fs::exists(status)) {
      return InputErrorAt(path,
                          "no such file or directory; name report files or a directory that holds them");
    }
    if (fs::is_directory(status)) return AddDirectory(path);
    if (!IsCsv(path) && !IsPayload(path) && !IsParquet(path)) {
      return InputError(
          "{}: is neither a CSV (.csv, .csv.gz) nor a payload (.tar.gz) nor a Parquet file (.parquet)", path);
    }
    AddLocal(path);
    return arrow::Status::OK();
  }

  void AddLocal(const fs::path& path) {
    AddFile(LocalFile(path.string()), fs::absolute(path).lexically_normal().string());
  }

  // An object, or all below a prefix.
  arrow::Status AddS3(const std::string& path, const S3Settings& settings) {
    if (!s3_) ARROW_RETURN_NOT_OK(S3Store::Make(settings).Value(&s3_));
    ARROW_ASSIGN_OR_RAISE(const auto files, s3_->List(path));
    if (files.empty()) return InputErrorAt(path, "no such object, and none below it");
    for (const InputFilePtr& file : files) {
      const std::string& name = file->name();
      const size_t below = std::min(name.size(), path.size());
      const bool hidden = std::ranges::any_of(fs::path(name.substr(below)), [](const fs::path& part) {
        return part.string().starts_with(".") || part.string().starts_with("_");
      });
      if (!hidden) AddFile(file, name);
    }
    return arrow::Status::OK();
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
    if (error) return InputErrorAt(directory.string(), "cannot be listed: {}", error.message());
    std::sort(files.begin(), files.end());
    for (const fs::path& file : files) AddLocal(file);
    return arrow::Status::OK();
  }

  // Looks into the payloads.
  arrow::Status AddPayloads(const PayloadLimits& limits) {
    ARROW_ASSIGN_OR_RAISE(Payloads payloads, ReadPayloads(std::move(payloads_), limits));
    for (auto& report : payloads.reports) {
      inputs_.csv.push_back({std::move(report.file), std::move(report.manifest)});
    }
    inputs_.repeated += payloads.repeated;
    inputs_.notes = std::move(payloads.notes);
    inputs_.warnings = std::move(payloads.warnings);
    return arrow::Status::OK();
  }

  Inputs& inputs() { return inputs_; }

  const std::set<Layout>& layouts() const { return layouts_; }

 private:
  void AddParquet(InputFilePtr file, const std::string& full) {
    const auto place = TableOf(full);
    if (NamesOther(full) || (layout_ && (!place || place->layout != layout_))) {
      inputs_.ignored.push_back(file->name());
    } else if (IsNew(*file)) {
      ParquetInput& input = inputs_.parquet.emplace_back();
      input.file = std::move(file);
      input.facts = FactsOf(full);
      if (!place) return;
      input.table = place->table;
      input.layout = place->layout;
      layouts_.insert(place->layout);
    }
  }

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

  const std::optional<Layout> layout_;
  std::shared_ptr<S3Store> s3_;  // once it is needed
  Inputs inputs_;
  std::set<Layout> layouts_;  // found
  std::vector<InputFilePtr> payloads_;
  std::set<std::string> seen_;
};

}  // namespace

arrow::Result<Inputs> FindInputs(const std::vector<std::string>& paths, std::optional<Layout> layout,
                                 const S3Settings& s3, const PayloadLimits& limits) {
  Finder finder(layout);
  Inputs& inputs = finder.inputs();
  for (const std::string& path : paths) ARROW_RETURN_NOT_OK(finder.Add(path, s3));
  if (finder.layouts().size() > 1) {
    return UsageError("{}: holds Parquet files in the flat and in the koku layout; choose one with --layout",
                      fmt::format("{}", fmt::join(paths, ", ")));
  }
  ARROW_RETURN_NOT_OK(finder.AddPayloads(limits));
  if (inputs.csv.empty() && inputs.parquet.empty()) {
    if (!inputs.warnings.empty()) return InputError("no report found: {}", inputs.warnings.front());
    return InputError("{}: no report found; looked for *.csv, *.csv.gz, *.tar.gz and *.parquet{}",
                      fmt::join(paths, ", "),
                      inputs.ignored.empty()
                          ? ""
                          : fmt::format(" ({} Parquet files are of other tables{})", inputs.ignored.size(),
                                        layout ? " or not in the layout that --layout names" : ""));
  }
  return std::move(inputs);
}

arrow::Result<std::set<std::string>> FindSources(const std::vector<std::string>& paths,
                                                 std::optional<Month> month, const S3Settings& s3) {
  Finder finder(std::nullopt);
  for (const std::string& path : paths) ARROW_RETURN_NOT_OK(finder.Add(path, s3));
  std::set<std::string> sources;
  for (const ParquetInput& input : finder.inputs().parquet) {
    const PathFacts& facts = input.facts;
    const bool other = month && facts.year && facts.month && !(*month == Month{*facts.year, *facts.month});
    if (facts.source && !other) sources.insert(*facts.source);
  }
  return sources;
}

}  // namespace costream
