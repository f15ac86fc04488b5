#include "source/payload.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string_view>

#include "base/error.h"
#include "source/archive_member.h"
#include "source/tar_stream.h"

namespace costream {
namespace {

constexpr std::string_view kManifestName = "manifest.json", kManifestInFolder = "/manifest.json";
constexpr int64_t kLargestManifest = 1 << 20;
constexpr size_t kLongestPath = 1024;
constexpr int64_t kLeastPlaceEvery = 64 << 10;
constexpr int64_t kMostPlaces = 256;  // of all archives: 10 MiB
constexpr size_t kNamesInWarning = 3;

// The path without what changes nothing; nothing for one that no report has: it leads out of its folder, or
// is empty or too long.
std::optional<std::string> CleanPath(std::string_view path) {
  if (path.empty() || path.size() > kLongestPath || path.front() == '/') return std::nullopt;
  std::string clean;
  while (!path.empty()) {
    const std::string_view part = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(path.size(), part.size() + 1));
    if (part == "..") return std::nullopt;
    if (part.empty() || part == ".") continue;
    if (!clean.empty()) clean += '/';
    clean += part;
  }
  return clean.empty() ? std::nullopt : std::optional(clean);
}

// What one archive holds: its files by their clean path beside the manifest.
struct Archive {
  Manifest manifest;
  std::map<std::string, ArchiveMember> files;
  int64_t not_plain = 0;  // members that are no plain files, or have a path that leads elsewhere
  int64_t repeated = 0;
};

class ArchiveReader {
 public:
  ArchiveReader(const InputFilePtr& file, const PayloadLimits& limits) : file_(file), limits_(limits) {}

  // `place_every`: see TarStream.
  arrow::Result<Archive> Read(int64_t place_every) {
    ARROW_ASSIGN_OR_RAISE(auto gzip, GzipStream::Open(*file_, limits_.max_bytes));
    TarStream tar(std::move(gzip), file_->name(), place_every);
    TarMember member;
    int64_t members = 0;
    for (;;) {
      ARROW_ASSIGN_OR_RAISE(const bool more, tar.Next(&member));
      if (!more) break;
      if (++members > limits_.max_members) {
        return InputErrorAt(file_->name(),
                            "holds more than {} members; raise --payload-max-members if it is right",
                            limits_.max_members);
      }
      ARROW_RETURN_NOT_OK(Add(member, &tar));
    }
    ARROW_RETURN_NOT_OK(tar.Drain());
    if (!manifest_) {
      return InputErrorAt(file_->name(), "holds no {}, so it is no operator payload; leave it out",
                          kManifestName);
    }
    return Finish();
  }

 private:
  arrow::Status Add(const TarMember& member, TarStream* tar) {
    const auto path = CleanPath(member.path);
    if (!path || !member.plain) {
      archive_.not_plain += !member.path.ends_with('/');  // a folder is no member that anybody misses
      return arrow::Status::OK();
    }
    if (*path == kManifestName || path->ends_with(kManifestInFolder)) {
      return AddManifest(member, *path, tar);
    }
    const bool is_new = archive_.files
                            .emplace(*path, ArchiveMember{file_, member.path, member.bytes, member.position,
                                                          tar->PlaceBefore(member.position)})
                            .second;
    archive_.repeated += !is_new;
    return arrow::Status::OK();
  }

  arrow::Status AddManifest(const TarMember& member, const std::string& path, TarStream* tar) {
    const std::string name = file_->name() + ":" + member.path;
    if (member.bytes > kLargestManifest) {
      return InputErrorAt(name, "has {} bytes, more than any manifest ({})", member.bytes, kLargestManifest);
    }
    std::string text(static_cast<size_t>(member.bytes), '\0');
    ARROW_RETURN_NOT_OK(tar->Read(member.bytes, reinterpret_cast<uint8_t*>(text.data())));
    ARROW_ASSIGN_OR_RAISE(Manifest manifest, ParseManifest(text, name));
    const std::string folder = path.substr(0, path.size() - kManifestName.size());
    if (manifest_ && (!(*manifest_ == manifest) || folder_ != folder)) {
      return InputErrorAt(file_->name(),
                          "holds two manifests that differ; which of them is right cannot be told");
    }
    manifest_ = std::move(manifest);
    folder_ = folder;
    return arrow::Status::OK();
  }

  // Names in a manifest are relative to its folder.
  Archive Finish() {
    archive_.manifest = std::move(*manifest_);
    if (folder_.empty()) return std::move(archive_);
    std::map<std::string, ArchiveMember> inside;
    for (auto& [path, member] : archive_.files) {
      if (path.starts_with(folder_)) {
        inside.emplace(path.substr(folder_.size()), std::move(member));
      } else {
        ++archive_.not_plain;
      }
    }
    archive_.files = std::move(inside);
    return std::move(archive_);
  }

  const InputFilePtr& file_;
  const PayloadLimits& limits_;
  Archive archive_;
  std::optional<Manifest> manifest_;
  std::string folder_;  // of the manifest, with a slash at its end
};

// The archives of one uuid.
struct Payload {
  Manifest manifest;
  std::string first_archive;  // for errors
  std::set<std::string> archives;
  std::set<std::string> listed, resource_optimization;
  std::map<std::string, ArchiveMember> files;
};

class PayloadJoiner {
 public:
  PayloadJoiner(const PayloadLimits& limits, int64_t place_every)
      : limits_(limits), place_every_(place_every) {}

  arrow::Status Add(const InputFilePtr& file) {
    ARROW_ASSIGN_OR_RAISE(Archive archive, ArchiveReader(file, limits_).Read(place_every_));
    Payload& payload = payloads_[archive.manifest.uuid];
    ignored_ += archive.not_plain;
    result_.repeated += archive.repeated;
    if (payload.archives.empty()) {
      payload.manifest = archive.manifest;
      payload.first_archive = file->name();
    } else {
      ARROW_RETURN_NOT_OK(Join(archive.manifest, file->name(), &payload));
    }
    payload.archives.insert(file->name());
    payload.listed.insert(archive.manifest.files.begin(), archive.manifest.files.end());
    payload.resource_optimization.insert(archive.manifest.resource_optimization_files.begin(),
                                         archive.manifest.resource_optimization_files.end());
    for (auto& [path, member] : archive.files) AddFile(path, std::move(member), &payload);
    return arrow::Status::OK();
  }

  Payloads Finish() {
    for (auto& [uuid, payload] : payloads_) FinishPayload(&payload);
    if (resource_optimization_ > 0) {
      result_.notes.push_back(
          fmt::format("{} resource-optimisation files of payloads are not usage and were left out",
                      resource_optimization_));
    }
    if (ignored_ > 0) {
      result_.notes.push_back(
          fmt::format("{} members of payloads are in no list of their manifest and were ignored", ignored_));
    }
    return std::move(result_);
  }

 private:
  // Tarballs of one payload tell the same of it.
  static arrow::Status Join(const Manifest& manifest, const std::string& name, Payload* payload) {
    Manifest& joined = payload->manifest;
    if (manifest.cluster_id != joined.cluster_id || manifest.daily_reports != joined.daily_reports) {
      return InputErrorAt(name, "has the uuid {} of {}, but another cluster_id or daily_reports", joined.uuid,
                          payload->first_archive);
    }
    joined.date_micros = std::max(joined.date_micros, manifest.date_micros);
    if (!manifest.start_micros) return arrow::Status::OK();
    joined.start_micros =
        std::min(joined.start_micros.value_or(*manifest.start_micros), *manifest.start_micros);
    joined.end_micros = std::max(joined.end_micros, manifest.end_micros);
    return arrow::Status::OK();
  }

  void AddFile(const std::string& path, ArchiveMember member, Payload* payload) {
    const int64_t bytes = member.bytes;
    const std::string archive = member.archive->name();
    const auto [at, is_new] = payload->files.emplace(path, std::move(member));
    if (is_new) return;
    ++result_.repeated;
    if (at->second.bytes == bytes) return;
    result_.warnings.push_back(
        fmt::format("{}:{} has {} bytes, in {} of the same payload {}; the latter is read", archive, path,
                    bytes, at->second.archive->name(), at->second.bytes));
  }

  void FinishPayload(Payload* payload) {
    payload->manifest.files.clear();
    payload->manifest.resource_optimization_files.clear();
    const auto manifest = std::make_shared<const Manifest>(payload->manifest);
    std::vector<std::string> missing;
    std::set<std::string> named;
    for (const std::string& listed : payload->resource_optimization) {
      const std::string path = CleanPath(listed).value_or(listed);
      if (named.insert(path).second && payload->files.contains(path)) ++resource_optimization_;
    }
    for (const std::string& listed : payload->listed) {
      const std::string path = CleanPath(listed).value_or(listed);
      if (!named.insert(path).second) continue;
      const auto at = payload->files.find(path);
      if (at == payload->files.end()) {
        missing.push_back(listed);
      } else {
        result_.reports.push_back({MemberFile(std::move(at->second), limits_.max_bytes), manifest});
      }
    }
    for (const auto& [path, member] : payload->files) ignored_ += !named.contains(path);
    WarnOfMissing(*payload, missing);
  }

  void WarnOfMissing(const Payload& payload, const std::vector<std::string>& missing) {
    if (missing.empty()) return;
    const auto last = missing.begin() + std::min(missing.size(), kNamesInWarning);
    result_.warnings.push_back(fmt::format(
        "payload {} lists {}{}, which {} in none of its {} tarballs ({}{})", payload.manifest.uuid,
        fmt::join(missing.begin(), last, ", "),
        missing.size() > kNamesInWarning ? fmt::format(" and {} more", missing.size() - kNamesInWarning) : "",
        missing.size() > 1 ? "are" : "is", payload.archives.size(), payload.first_archive,
        payload.archives.size() > 1 ? ", ..." : ""));
  }

  const PayloadLimits& limits_;
  const int64_t place_every_;
  std::map<std::string, Payload> payloads_;  // by uuid
  Payloads result_;
  int64_t ignored_ = 0, resource_optimization_ = 0;
};

}  // namespace

bool IsPayload(const std::string& path) { return path.ends_with(".tar.gz"); }

arrow::Result<Payloads> ReadPayloads(std::vector<InputFilePtr> archives, const PayloadLimits& limits) {
  // Which of two members counts does not depend on the order in which they are named.
  std::ranges::sort(archives, {}, [](const InputFilePtr& file) { return file->name(); });
  int64_t bytes = 0;
  for (const InputFilePtr& archive : archives) bytes += archive->bytes();
  PayloadJoiner joiner(limits, std::max(kLeastPlaceEvery, bytes / kMostPlaces));
  for (const InputFilePtr& archive : archives) ARROW_RETURN_NOT_OK(joiner.Add(archive));
  return joiner.Finish();
}

}  // namespace costream
