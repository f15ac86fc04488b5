// Reference data from the tables of a database (docs/semantics.md).
#pragma once

#include <arrow/result.h>

#include <string>
#include <vector>

#include "base/date.h"
#include "model/reference.h"
#include "source/postgres.h"

namespace costream {

// Adds from the tables in `schema` what `reference` does not have yet: tag keys, categories, roles, and of
// the source's report period of that month the id, cluster id and alias; all of one snapshot. A table that is
// absent gives nothing, with a note; `required`: usage error where all are. Usage error where a table cannot
// be read, or several report periods fit.
arrow::Status AddFromDatabase(Postgres* database, const std::string& schema, bool required,
                              const std::string& source, Month month, ReferenceData* reference,
                              std::vector<std::string>* notes);

// Whether there is nothing that a database could add.
bool IsComplete(const ReferenceData& reference);

}  // namespace costream
