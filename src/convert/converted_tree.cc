#include "convert/converted_tree.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/error.h"
#include "base/text_file.h"
#include "decode/parquet_reader.h"

namespace costream {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kWorkFolder = ".costream-convert";
constexpr std::pair<Origin, std::string_view> kOrigins[] = {
    {Origin::kWhole, "whole"}, {Origin::kAdds, "adds"}, {Origin::kCsv, "csv"}};

std::optional<FileOrigin> OriginOf(const std::string& name) {
  std::vector<std::string> parts;
  std::stringstream stream(name);
  for (std::string part; std::getline(stream, part, '.');) parts.push_back(part);
  if (parts.size() != 5 || parts[4] != "parquet") return std::nullopt;
  const auto day = ParseDay(parts[0]);
  for (const auto& [origin, word] : kOrigins) {
    if (day && parts[1] == word) return FileOrigin{*day, origin, parts[2], parts[3]};
  }
  return std::nullopt;
}

bool Sync(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool synced = fsync(fd) == 0;
  return close(fd) == 0 && synced;
}

}  // namespace

std::string NameOf(const FileOrigin& origin) {
  const auto word =
      std::ranges::find(kOrigins, origin.origin, &std::pair<Origin, std::string_view>::first)->second;
  return fmt::format("{}.{}.{}.{}.parquet", FormatDay(origin.day), word, origin.id, origin.hash);
}

ConvertedTree::ConvertedTree(TreePlace place)
    : place_(std::move(place)), work_((fs::path(place_.root) / kWorkFolder).string()) {}

ConvertedTree::~ConvertedTree() {
  std::error_code ignored;  // the next conversion does it
  for (const auto& [path, staged] : staged_) fs::remove(staged, ignored);
  if (lock_ >= 0) close(lock_);
}

arrow::Result<std::unique_ptr<ConvertedTree>> ConvertedTree::Open(const TreePlace& place) {
  std::unique_ptr<ConvertedTree> tree(new ConvertedTree(place));
  ARROW_RETURN_NOT_OK(tree->Lock());
  ARROW_RETURN_NOT_OK(tree->Apply());
  ARROW_RETURN_NOT_OK(tree->ListFiles());
  return tree;
}

arrow::Status ConvertedTree::Error(const std::string& what) const {
  return UsageError("--out {}: {}: {}", place_.root, what, std::strerror(errno));
}

std::string ConvertedTree::Full(const std::string& path) const {
  return (fs::path(place_.root) / path).string();
}

arrow::Status ConvertedTree::Lock() {
  std::error_code error;
  fs::create_directories(work_, error);
  if (error) return UsageError("--out {}: cannot be made: {}", place_.root, error.message());
  lock_ = open((work_ + "/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (lock_ < 0) return Error("cannot be locked");
  if (flock(lock_, LOCK_EX | LOCK_NB) == 0) return arrow::Status::OK();
  if (errno != EWOULDBLOCK) return Error("cannot be locked");
  return MakeError(
      ErrorKind::kTransient,
      fmt::format("--out {}: another conversion is at it; try again when it is done", place_.root));
}

// Does what the journal says, if there is one, and clears the hidden folder. May be killed and done again
// anywhere; where it fails the journal stays, and what it speaks of.
arrow::Status ConvertedTree::Apply() {
  std::error_code error;
  const std::string journal = work_ + "/journal";
  ARROW_ASSIGN_OR_RAISE(const std::vector<Step> steps, ReadJournal(journal));
  std::set<fs::path> folders;
  for (const Step& step : steps) {
    const std::string path = Full(step.path);
    const fs::path folder = fs::path(path).parent_path();
    folders.insert(folder);
    if (step.from) {
      fs::create_directories(folder, error);
      if (error) return UsageError("--out {}: {}: {}", place_.root, folder.string(), error.message());
      // Not there: it was put in place before.
      if (std::rename((work_ + "/" + *step.from).c_str(), path.c_str()) != 0 && errno != ENOENT)
        return Error("a file cannot be put in place");
    } else if (unlink(path.c_str()) != 0 && errno != ENOENT && errno != ENOTDIR) {
      return Error("a file cannot be removed");
    }
  }
  for (const fs::path& folder : folders) {
    if (!Sync(folder.string()) && errno != ENOENT && errno != ENOTDIR) return Error("cannot be written");
  }
  if (unlink(journal.c_str()) != 0 && errno != ENOENT) return Error("cannot be written");
  for (const auto& entry : fs::directory_iterator(work_, error)) {
    if (entry.path().filename() != "lock") fs::remove(entry.path(), error);
  }
  return arrow::Status::OK();
}

// None where there is no journal.
arrow::Result<std::vector<ConvertedTree::Step>> ConvertedTree::ReadJournal(const std::string& name) const {
  std::vector<Step> steps;
  const auto text = ReadTextFile(name);
  if (!text && errno == ENOENT) return steps;
  if (!text) return Error("the journal cannot be read");
  try {
    for (const json& step : json::parse(*text)) {
      steps.push_back({step.at("path").get<std::string>(), std::nullopt});
      if (step.contains("from")) steps.back().from = step.at("from").get<std::string>();
    }
  } catch (const json::exception&) {
    return UsageError("{}: is damaged; remove it", name);
  }
  return steps;
}

arrow::Status ConvertedTree::ListFiles() {
  std::error_code error;
  fs::recursive_directory_iterator at(fs::path(place_.root) / "data", error);
  for (; !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
    const std::string path = fs::path(at->path()).lexically_relative(place_.root).string();
    const std::string name = at->path().filename().string();
    const auto table = TableOf(path);
    if (!name.ends_with(".parquet") || name.starts_with(".") || !table || table->layout != place_.layout)
      continue;
    const PathFacts facts = FactsOf(path);
    if (facts.source != place_.source || facts.org != place_.org) continue;
    ARROW_ASSIGN_OR_RAISE(const auto file, ParquetFile::Open(LocalFile(at->path().string()),
                                                             table->table.kind, table->table.granularity));
    TreeFile found{path, table->table, 0, OriginOf(name), file->delivery()};
    for (const RowGroupInfo& group : file->row_groups()) found.rows += group.rows;
    files_.push_back(std::move(found));
  }
  if (error && error != std::errc::no_such_file_or_directory)
    return UsageError("--out {}: cannot be listed: {}", place_.root, error.message());
  std::ranges::sort(files_, {}, &TreeFile::path);
  return arrow::Status::OK();
}

arrow::Result<std::string> ConvertedTree::Stage(Table table, const FileOrigin& origin) {
  const std::string path =
      FolderOf(place_.layout, table, place_.org, place_.source, origin.day) + "/" + NameOf(origin);
  const auto [at, is_new] = staged_.emplace(path, fmt::format("{}/{}", work_, staged_.size()));
  if (!is_new) return MakeError(ErrorKind::kInternal, "a file is staged twice: " + path);
  return at->second;
}

arrow::Status ConvertedTree::Commit() {
  std::map<std::string, json>
      steps;  // by day and path: first all that comes, so that nothing is missing in between
  for (const auto& [path, staged] : staged_) {
    if (!Sync(staged)) return Error("cannot be written");
    const auto origin = OriginOf(fs::path(path).filename().string());
    steps[fmt::format("{} 0 {}", FormatDay(origin->day), path)] = {
        {"path", path}, {"from", fs::path(staged).filename().string()}};
  }
  for (const std::string& path : removed_) {
    if (staged_.contains(path)) continue;
    const auto origin = OriginOf(fs::path(path).filename().string());
    steps[fmt::format("{} 1 {}", origin ? FormatDay(origin->day) : "", path)] = {{"path", path}};
  }
  json journal = json::array();
  for (auto& [order, step] : steps) journal.push_back(std::move(step));
  const std::string name = work_ + "/journal", temporary = name + ".new";
  std::ofstream file(temporary);
  file << journal.dump();
  file.close();
  if (!file || !Sync(temporary) || std::rename(temporary.c_str(), name.c_str()) != 0)
    return Error("cannot be written");
  staged_.clear();  // from here on they are the journal's
  const arrow::Status applied = Sync(work_) ? Apply() : Error("cannot be written");
  if (applied.ok()) return applied;
  return MakeError(KindOf(applied), Message(applied) + "; the next conversion completes this one");
}

}  // namespace costream
