// The prototype's path templates, like
// data/1234567/OCP/source={provider_uuid}/year={year}/month={month}/*/openshift_pod_usage_line_items.
#pragma once

#include <arrow/result.h>

#include <optional>
#include <string>
#include <vector>

#include "base/date.h"

namespace costream {

// What {provider_uuid}, {year} and {month} stand for; nothing where it is not known.
struct TemplateValues {
  std::optional<std::string> source;
  std::optional<Month> month;
};

// The folder that holds all that the template matches: up to the first folder with *, and without a table's
// folder at the end. Usage error for a name in braces that is no other's or not known.
arrow::Result<std::string> FolderOfTemplate(const std::string& path_template, const TemplateValues& values);

// Each once, ascending, without those that lie below another.
std::vector<std::string> OutermostFolders(std::vector<std::string> folders);

}  // namespace costream
