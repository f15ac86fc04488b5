#include "config/path_template.h"

#include <algorithm>

#include "base/error.h"
#include "source/layout.h"

namespace costream {
namespace {

arrow::Result<std::string> Fill(const std::string& text, const TemplateValues& values) {
  std::string filled;
  size_t at = 0;
  for (size_t begin; (begin = text.find('{', at)) != std::string::npos;) {
    const size_t end = std::min(text.find('}', begin), text.size() - 1);
    const std::string name = text.substr(begin, end - begin + 1);
    filled.append(text, at, begin - at);
    if (name == "{provider_uuid}") {
      if (!values.source)
        return UsageError("the source is not known: set ocp.provider_uuid, or give --source");
      filled += *values.source;
    } else if (name == "{year}" || name == "{month}") {
      if (!values.month) {
        return UsageError("the month is not known: set ocp.year and ocp.month, or give --month");
      }
      const std::string month = FormatMonth(*values.month);  // 2025-11
      filled += name == "{year}" ? month.substr(0, 4) : month.substr(5);
    } else {
      return UsageError("{} stands for nothing; use {{provider_uuid}}, {{year}}, {{month}} and *", name);
    }
    at = end + 1;
  }
  return filled + text.substr(at);
}

}  // namespace

arrow::Result<std::string> FolderOfTemplate(const std::string& path_template, const TemplateValues& values) {
  ARROW_ASSIGN_OR_RAISE(std::string path, Fill(path_template, values));
  const auto drop_last = [&] { path.resize(path.find('/') == path.npos ? 0 : path.find_last_of('/')); };
  if (const size_t star = path.find('*'); star != path.npos) {
    path.resize(star);
    drop_last();
  }
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  if (TableOf(path.substr(path.find_last_of('/') + 1) + "/x.parquet")) drop_last();
  return path;
}

std::vector<std::string> OutermostFolders(std::vector<std::string> folders) {
  std::ranges::sort(folders);
  std::vector<std::string> outermost;
  for (const std::string& folder : folders) {
    const bool below = std::ranges::any_of(outermost, [&](const std::string& other) {
      return folder == other || folder.starts_with(other + "/");
    });
    if (!below) outermost.push_back(folder);
  }
  return outermost;
}

}  // namespace costream
