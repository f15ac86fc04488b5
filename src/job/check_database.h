// The database's part of a check: connection, table, rights, partition, and the tables of reference data.
#pragma once

#include <optional>
#include <string>

#include "job/check_list.h"
#include "job/options.h"
#include "model/reference.h"

namespace costream {

// What is known of the run: less where the input cannot be read.
struct CheckedScope {
  std::optional<std::string> source;
  std::optional<Month> month;
  std::optional<Day> first_day, last_day;
};

// Of the target, where it is a database, and of what the reference data come from: `reference` is what a file
// says of them.
void CheckDatabase(const RunOptions& options, const CheckedScope& scope, ReferenceData reference,
                   CheckList* list);

}  // namespace costream
