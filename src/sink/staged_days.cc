#include "sink/staged_days.h"

#include "base/error.h"
#include "sink/local_days.h"
#include "sink/object_days.h"

namespace costream {
namespace {

constexpr std::string_view kHeader = "costream commit 1\n", kReplace = "replace ", kRemove = "remove ";

// A value of a partition, spelled so that it is one name of a folder, as Hive readers decode it.
std::string Encoded(std::string_view value) {
  std::string out;
  for (const char c : value) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                       c == '-' || c == '_' || c == '.';
    if (plain) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

}  // namespace

arrow::Result<std::unique_ptr<StagedDays>> StagedDays::Open(const std::string& target,
                                                            const std::string& source,
                                                            const SinkOptions& options) {
  return IsS3(target) ? ObjectDays::Open(target, source, options) : LocalDays::Open(target, source, options);
}

arrow::Result<std::unique_ptr<StagedDays>> StagedDays::Look(const std::string& target,
                                                            const std::string& source,
                                                            const SinkOptions& options) {
  if (IsS3(target)) return ObjectDays::Look(target, source, options.s3);
  return LocalDays::Look(target, source);
}

std::string RecordText(const DayChanges& changes) {
  std::string text(kHeader);
  for (const auto& [day, change] : changes) {
    text += fmt::format("{}{}\n", change == DayChange::kReplace ? kReplace : kRemove, FormatDay(day));
  }
  return text;
}

std::optional<DayChanges> ParseRecord(std::string_view text) {
  DayChanges changes;
  if (!text.starts_with(kHeader)) return std::nullopt;
  text.remove_prefix(kHeader.size());
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    const bool replace = line.starts_with(kReplace);
    if (line.size() == text.size() || (!replace && !line.starts_with(kRemove))) return std::nullopt;
    const auto day = ParseDay(line.substr((replace ? kReplace : kRemove).size()));
    if (!day) return std::nullopt;
    changes[*day] = replace ? DayChange::kReplace : DayChange::kRemove;
    text.remove_prefix(line.size() + 1);
  }
  return changes;
}

std::string FolderOfSource(const std::string& source) { return "source=" + Encoded(source); }

std::string FolderOfDay(Day day) {
  const std::string date = FormatDay(day);
  return fmt::format("year={}/month={}/day={}", date.substr(0, 4), date.substr(5, 2), date.substr(8, 2));
}

std::string StagedName(Day day) { return FormatDay(day) + ".staged"; }

}  // namespace costream
