#include "report/query.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"

namespace costream {
namespace {

const std::string& MeasureName(size_t i) {
  return SummarySchema()->field(int{kFirstMeasure} + kSummable[i])->name();
}

std::string JsonText(const std::optional<std::string>& text) {
  using nlohmann::json;
  return text ? json(*text).dump(-1, ' ', false, json::error_handler_t::replace) : "null";
}

// Null as an empty unquoted field.
std::string CsvText(const std::optional<std::string>& text) {
  if (!text) return "";
  if (!text->empty() && text->find_first_of(",\"\r\n") == std::string::npos) return *text;
  std::string quoted = "\"";
  for (const char c : *text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

}  // namespace

arrow::Result<QueryGroups> RunQuery(SummaryReader* summary, const SummaryQuery& query) {
  QueryGroups groups;
  LabelTexts label_texts;
  std::vector<std::optional<std::string>> key(query.group_by.size());
  ARROW_ASSIGN_OR_RAISE(const auto days, summary->Days());
  for (const Day day : days) {
    if ((query.first_day && day < *query.first_day) || (query.last_day && day > *query.last_day)) continue;
    ARROW_RETURN_NOT_OK(summary->Read(day, [&](const StoredRow& row) {
      const RowLabels& labels = label_texts.Parse(row.texts[kAllLabelsColumn].value_or(""));
      if (!query.filter.Takes(row, labels)) return arrow::Status::OK();
      for (size_t i = 0; i < key.size(); ++i) key[i] = query.group_by[i].Of(row, labels);
      QueryGroup& group = groups[key];
      if (groups.size() > kMostGroups) {
        return UsageError("the answer has more than {} groups; group by less, or filter", kMostGroups);
      }
      ARROW_ASSIGN_OR_RAISE(const Decimals decimals, DecimalsOf(row));
      ++group.rows;
      for (size_t i = 0; i < kSummable.size(); ++i) {
        if (std::isnan(row.measures[kSummable[i]])) continue;
        group.there[i] = true;
        if (!group.sums[i].Add(decimals[kSummable[i]])) return SumOutOfRange();
      }
      return arrow::Status::OK();
    }));
  }
  return groups;
}

std::string QueryJson(const SummaryQuery& query, const QueryGroups& groups) {
  std::string out = "{\"data\":[";
  for (const auto& [key, group] : groups) {
    if (out.back() == '}') out += ',';
    out += '{';
    for (size_t i = 0; i < key.size(); ++i) {
      out += fmt::format("{}:{},", JsonText(query.group_by[i].name()), JsonText(key[i]));
    }
    out += fmt::format("\"rows\":{}", group.rows);
    for (size_t i = 0; i < kSummable.size(); ++i) {
      out += fmt::format(",\"{}\":{}", MeasureName(i), group.there[i] ? group.sums[i].Text() : "null");
    }
    out += '}';
  }
  return out + "]}\n";
}

std::string QueryCsv(const SummaryQuery& query, const QueryGroups& groups) {
  std::string out;
  for (const Dimension& dimension : query.group_by) out += CsvText(dimension.name()) + ',';
  out += "rows";
  for (size_t i = 0; i < kSummable.size(); ++i) out += ',' + MeasureName(i);
  out += '\n';
  for (const auto& [key, group] : groups) {
    for (const auto& value : key) out += CsvText(value) + ',';
    out += std::to_string(group.rows);
    for (size_t i = 0; i < kSummable.size(); ++i) out += ',' + (group.there[i] ? group.sums[i].Text() : "");
    out += '\n';
  }
  return out;
}

}  // namespace costream
