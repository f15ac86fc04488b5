// Path templates, and what the path of a file says.
#include "config/path_template.h"
#include "run_file.h"
#include "source/layout.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace costream;
  const std::string path(reinterpret_cast<const char*>(data), size);
  for (const TemplateValues& values : {TemplateValues{}, TemplateValues{"{year}", Month{2025, 11}}}) {
    const auto folder = FolderOfTemplate(path, values);
    RequireBlame(folder.status());
    if (folder.ok()) OutermostFolders({*folder, path, *folder + "/x"});
  }
  const PathFacts facts = FactsOf(path);
  if (const auto table = TableOf(path); table && facts.year) {
    const Day day = DayOf(2025, 11, 1);
    Require(TableOf(FolderOf(table->layout, table->table, "1", "s", day) + "/x.parquet").has_value(),
            "a folder of ours has no table");
  }
  NamesOther(path);
  return 0;
}
