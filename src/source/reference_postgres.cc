#include "source/reference_postgres.h"

#include <set>

#include "base/error.h"
#include "model/like.h"

namespace costream {
namespace {

constexpr const char* kTagKeys = "reporting_enabledtagkeys";
constexpr const char* kCategories = "reporting_ocp_cost_category_namespace";
constexpr const char* kNodes = "reporting_ocp_nodes";
constexpr const char* kPeriods = "reporting_ocpusagereportperiod";

class Reader {
 public:
  Reader(Postgres* database, const std::string& schema, ReferenceData* reference,
         std::vector<std::string>* notes)
      : database_(database), schema_(schema), reference_(reference), notes_(notes) {}

  arrow::Status Read(bool required, const std::string& source, Month month) {
    ARROW_RETURN_NOT_OK(FindTables(required));
    if (!reference_->enabled_tag_keys) ARROW_RETURN_NOT_OK(ReadTagKeys());
    if (!reference_->cost_categories) ARROW_RETURN_NOT_OK(ReadCategories());
    if (!reference_->node_roles) ARROW_RETURN_NOT_OK(ReadRoles());
    if (!reference_->report_period_id || !reference_->cluster_id || !reference_->cluster_alias) {
      ARROW_RETURN_NOT_OK(ReadPeriod(source, month));
    }
    return arrow::Status::OK();
  }

 private:
  std::string Name(const char* table) const {
    return database_->Quote(schema_) + "." + database_->Quote(table);
  }

  arrow::Status FindTables(bool required) {
    ARROW_ASSIGN_OR_RAISE(
        const PostgresRows rows,
        database_->Execute("SELECT relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace"
                           " WHERE nspname = $1 AND relname IN ($2, $3, $4, $5)",
                           {schema_, kTagKeys, kCategories, kNodes, kPeriods}));
    for (int row = 0; row < rows.size(); ++row) tables_.insert(rows.Text(row, 0));
    if (rows.size() > 0 || !required) return arrow::Status::OK();
    return UsageError(
        "{}: schema {} has none of the tables of reference data, {}, {}, {} and {}; name the schema "
        "with --schema",
        database_->shown(), database_->Quote(schema_), kTagKeys, kCategories, kNodes, kPeriods);
  }

  // Whether the table is there; a note where it is not.
  bool Has(const char* table, std::string_view without) {
    if (tables_.contains(table)) return true;
    notes_->push_back(fmt::format("{}: there is no table {}: {}", database_->shown(), Name(table), without));
    return false;
  }

  arrow::Status ReadTagKeys() {
    if (!Has(kTagKeys, "every label key is enabled")) return arrow::Status::OK();
    ARROW_ASSIGN_OR_RAISE(const PostgresRows rows,
                          database_->Execute("SELECT key FROM " + Name(kTagKeys) +
                                             " WHERE enabled AND provider_type = 'OCP' AND key IS NOT NULL"));
    reference_->enabled_tag_keys.emplace();
    for (int row = 0; row < rows.size(); ++row) reference_->enabled_tag_keys->push_back(rows.Text(row, 0));
    if (rows.size() == 0) {
      notes_->push_back(
          fmt::format("{}: {} enables no key of OCP: labels are dropped; add the keys there, or as "
                      "enabled_tag_keys to the --reference file",
                      database_->shown(), Name(kTagKeys)));
    }
    return arrow::Status::OK();
  }

  arrow::Status ReadCategories() {
    if (!Has(kCategories, "no cost categories")) return arrow::Status::OK();
    ARROW_ASSIGN_OR_RAISE(
        const PostgresRows rows,
        database_->Execute("SELECT namespace, cost_category_id::bigint FROM " + Name(kCategories) +
                           " WHERE namespace IS NOT NULL AND cost_category_id IS NOT NULL"));
    reference_->cost_categories.emplace();
    for (int row = 0; row < rows.size(); ++row) {
      const std::string pattern = rows.Text(row, 0);
      ARROW_RETURN_NOT_OK(WithContext(CheckLikePattern(pattern), Name(kCategories)));
      reference_->cost_categories->push_back({pattern, std::stoll(rows.Text(row, 1))});
    }
    return arrow::Status::OK();
  }

  arrow::Status ReadRoles() {
    if (!Has(kNodes, "roles are those of the reports")) return arrow::Status::OK();
    ARROW_ASSIGN_OR_RAISE(const PostgresRows rows,
                          database_->Execute("SELECT node, resource_id, node_role FROM " + Name(kNodes) +
                                             " WHERE node IS NOT NULL"));
    reference_->node_roles.emplace();
    for (int row = 0; row < rows.size(); ++row) {
      const auto role = rows.Find(row, 2);
      // A row without a role still says that the table knows the node.
      reference_->node_roles->push_back(
          {rows.Text(row, 0), role ? rows.Find(row, 1) : std::nullopt, role.value_or("")});
    }
    return arrow::Status::OK();
  }

  // The row of the source and month; of an id or cluster that is known already, only theirs.
  arrow::Status ReadPeriod(const std::string& source, Month month) {
    if (!Has(kPeriods, "report period and cluster are those given, or null")) return arrow::Status::OK();
    const auto id = reference_->report_period_id;
    ARROW_ASSIGN_OR_RAISE(
        const PostgresRows rows,
        database_->Execute("SELECT id::bigint, cluster_id, cluster_alias FROM " + Name(kPeriods) +
                               " WHERE lower(provider_id::text) = lower($1)"
                               " AND report_period_start::date BETWEEN $2::date AND $3::date"
                               " AND ($4::bigint IS NULL OR id = $4::bigint) AND ($5::text IS NULL OR "
                               "cluster_id = $5::text)",
                           {source, FormatDay(FirstDay(month)), FormatDay(LastDay(month)),
                            id ? std::optional(std::to_string(*id)) : std::nullopt, reference_->cluster_id}));
    if (rows.size() > 1) {
      return UsageError(
          "{}: {} has {} report periods of source {} in {}; choose one with --report-period-id or "
          "--cluster-id",
          database_->shown(), Name(kPeriods), rows.size(), source, FormatMonth(month));
    }
    if (rows.size() == 0) {
      notes_->push_back(fmt::format("{}: {} has no report period of source {} in {}", database_->shown(),
                                    Name(kPeriods), source, FormatMonth(month)));
      return arrow::Status::OK();
    }
    reference_->report_period_id = std::stoll(rows.Text(0, 0));
    if (!reference_->cluster_id) reference_->cluster_id = rows.Find(0, 1);
    if (!reference_->cluster_alias) reference_->cluster_alias = rows.Find(0, 2);
    return arrow::Status::OK();
  }

  Postgres* const database_;
  const std::string& schema_;
  ReferenceData* const reference_;
  std::vector<std::string>* const notes_;
  std::set<std::string> tables_;  // those that are there
};

}  // namespace

bool IsComplete(const ReferenceData& reference) {
  return reference.enabled_tag_keys && reference.cost_categories && reference.node_roles &&
         reference.report_period_id && reference.cluster_id && reference.cluster_alias;
}

arrow::Status AddFromDatabase(Postgres* database, const std::string& schema, bool required,
                              const std::string& source, Month month, ReferenceData* reference,
                              std::vector<std::string>* notes) {
  ARROW_RETURN_NOT_OK(database->Execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").status());
  ARROW_RETURN_NOT_OK(database->Execute("SET LOCAL timezone = 'UTC'").status());
  ARROW_RETURN_NOT_OK(Reader(database, schema, reference, notes).Read(required, source, month));
  return database->Execute("COMMIT").status();
}

}  // namespace costream
