// The Parquet tree that conversions add to: what it holds of a source, and how it changes, all or nothing.
//
// New files are written to a hidden folder of the tree. Commit writes down what is to be moved and removed,
// day by day, and then does it: a conversion that is killed before leaves the tree as it was, one that is
// killed while is completed by the next. A lock keeps two conversions apart.
#pragma once

#include <arrow/result.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/date.h"
#include "source/layout.h"
#include "source/superseded.h"

namespace costream {

struct TreePlace {
  std::string root;
  Layout layout = Layout::kFlat;
  std::string org, source;
};

// Where the rows of a file of the tree come from; its name tells: `2025-11-01.{what}.{id}.{hash}.parquet`.
enum class Origin { kWhole, kAdds, kCsv };
struct FileOrigin {
  Day day = 0;
  Origin origin = Origin::kCsv;
  std::string id;    // of the payload; of a CSV "file"
  std::string hash;  // of the CSV's name in it
};
std::string NameOf(const FileOrigin& origin);

struct TreeFile {
  std::string path;  // below the root
  Table table;
  int64_t rows = 0;
  std::optional<FileOrigin> origin;       // of those that a conversion made
  std::optional<DeliveryFacts> delivery;  // by its footer
};

class ConvertedTree {
 public:
  // Makes the root where it is missing, and completes what an earlier conversion began. Usage error where it
  // cannot be written or another conversion is at it.
  static arrow::Result<std::unique_ptr<ConvertedTree>> Open(const TreePlace& place);
  ~ConvertedTree();  // what is not committed is gone

  const std::string& root() const { return place_.root; }
  // The source's files in this layout.
  const std::vector<TreeFile>& files() const { return files_; }

  // Where to write what will be that file of the tree.
  arrow::Result<std::string> Stage(Table table, const FileOrigin& origin);
  bool Stages(const std::string& path) const { return staged_.contains(path); }
  void Remove(const TreeFile& file) { removed_.insert(file.path); }
  arrow::Status Commit();

 private:
  // Of the journal: a file of the hidden folder is put in place, or that of the tree removed.
  struct Step {
    std::string path;                 // below the root
    std::optional<std::string> from;  // below the hidden folder
  };

  explicit ConvertedTree(TreePlace place);
  arrow::Status Lock();
  arrow::Status Apply();
  arrow::Result<std::vector<Step>> ReadJournal(const std::string& name) const;
  arrow::Status ListFiles();
  arrow::Status Error(const std::string& what) const;
  std::string Full(const std::string& path) const;

  const TreePlace place_;
  const std::string work_;  // the hidden folder
  int lock_ = -1;
  std::vector<TreeFile> files_;
  std::map<std::string, std::string> staged_;  // path below the root -> where it is
  std::set<std::string> removed_;
};

}  // namespace costream
