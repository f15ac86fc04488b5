#include "config/effective.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"
#include "config/settings.h"

namespace costream {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Outcome {
  arrow::Status status;
  EffectiveSettings settings;
  RunOptions options;
  LoggingSettings logging = {};

  const EffectiveSetting& operator[](const std::string& key) const {
    return *std::ranges::find(settings.values, key, &EffectiveSetting::key);
  }
  std::string error() const { return status.ok() ? "no error" : Message(status); }
};

using Variables = std::map<std::string, std::string>;

Outcome Apply(const std::string& yaml, const Variables& variables = {}, const GivenFlags& flags = {},
              RunOptions options = {}) {
  Outcome outcome{.status = {}, .settings = {}, .options = std::move(options)};
  const auto file = ParseConfigFile(yaml, "c.yaml");
  outcome.status = file.status();
  if (!file.ok()) return outcome;
  const Environment environment = [&](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
  outcome.status =
      ApplySettings(&*file, environment, flags, &outcome.options, &outcome.logging).Value(&outcome.settings);
  return outcome;
}

TEST(Effective, FlagsBeatTheEnvironmentWhichBeatsTheFileWhichBeatsTheDefault) {
  const std::string yaml = "performance: {chunk_size: 100}";
  EXPECT_EQ(Apply("").options.chunk_size, 50000);
  EXPECT_EQ(Apply("")["performance.chunk_size"].from, "default");
  EXPECT_EQ(Apply(yaml).options.chunk_size, 100);
  EXPECT_EQ(Apply(yaml)["performance.chunk_size"].from, "c.yaml:1");
  const Variables variables = {{"CHUNK_SIZE", "200"}};
  EXPECT_EQ(Apply(yaml, variables).options.chunk_size, 200);
  EXPECT_EQ(Apply(yaml, variables)["performance.chunk_size"].from, "CHUNK_SIZE");
  RunOptions parsed;
  parsed.chunk_size = 300;
  const Outcome flag = Apply(yaml, variables, {{"--chunk-size", "300"}}, parsed);
  EXPECT_EQ(flag.options.chunk_size, 300);
  EXPECT_EQ(flag["performance.chunk_size"].from, "--chunk-size");
  EXPECT_EQ(flag["performance.chunk_size"].text, "300");
}

TEST(Effective, AnEmptyVariableOrValueIsAsIfItWereNotThere) {
  EXPECT_EQ(Apply("performance: {chunk_size: 100}", {{"CHUNK_SIZE", ""}}).options.chunk_size, 100);
  const Outcome outcome = Apply("performance:\n  chunk_size: ${NONE:-}\n  threads:\n");
  EXPECT_EQ(outcome.options.chunk_size, 50000);
  EXPECT_EQ(outcome["performance.chunk_size"].text, "50000");
}

TEST(Effective, AVariableIsOnlyNeededWhereTheFileCounts) {
  const std::string yaml = "performance: {chunk_size: \"${SIZE}\"}";
  EXPECT_THAT(Apply(yaml).error(), AllOf(HasSubstr("c.yaml:1: performance.chunk_size"), HasSubstr("SIZE")));
  EXPECT_EQ(Apply(yaml, {{"CHUNK_SIZE", "7"}}).options.chunk_size, 7);
}

TEST(Effective, PerformanceLoggingAndFeatures) {
  const Outcome outcome = Apply(R"(
performance: {use_streaming: "no", streaming_threshold_rows: 9, memory_limit: 256Mi, max_workers: 3, parallel_readers: 2,
  use_categorical: false, column_filtering: "no"}
logging: {level: WARN, format: console}
metrics: {file: x.prom, push_url: "http://h:9091"}
features: {pod_aggregation: "off", storage_aggregation: true, unallocated_capacity: 0, cost_category: false}
)");
  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  const RunOptions& options = outcome.options;
  EXPECT_EQ(options.mode, Mode::kInMemory);
  EXPECT_EQ(options.streaming_threshold_rows, 9);
  EXPECT_EQ(options.memory_limit_bytes, 256 << 20);
  EXPECT_EQ(options.threads, 3);
  EXPECT_EQ(outcome.logging.level, "warning");
  EXPECT_EQ(outcome.logging.format, "text");
  EXPECT_EQ(outcome.options.metrics.file, "x.prom");
  EXPECT_EQ(outcome.options.metrics.push_url, "http://h:9091");
  EXPECT_FALSE(options.rows.pod);
  EXPECT_TRUE(options.rows.storage);
  EXPECT_FALSE(options.rows.unallocated);
  EXPECT_FALSE(options.cost_categories);
  EXPECT_FALSE(options.use_categorical);
  EXPECT_FALSE(options.column_filtering);
  EXPECT_EQ(Apply("performance: {use_streaming: auto}").options.mode, Mode::kAuto);
  EXPECT_EQ(Apply("", {{"USE_STREAMING", "true"}}).options.mode, Mode::kStreaming);
}

TEST(Effective, AValueOfTheWrongTypeNamesWhereItStands) {
  EXPECT_THAT(Apply("\nfeatures: {pod_aggregation: maybe}").error(),
              HasSubstr("c.yaml:2: features.pod_aggregation: 'maybe' is neither true nor false"));
  EXPECT_THAT(Apply("", {{"CHUNK_SIZE", "many"}}).error(),
              HasSubstr("CHUNK_SIZE (performance.chunk_size): 'many'"));
  EXPECT_THAT(Apply("performance: {use_streaming: perhaps}").error(), HasSubstr("true, false and auto"));
  EXPECT_THAT(Apply("ocp: {year: 2025, month: 13}").error(), HasSubstr("ocp.month: '13'"));
  EXPECT_THAT(Apply("ocp: {year: 2025}").error(), HasSubstr("set both"));
  EXPECT_THAT(Apply("ocp: {start_date: 1.2.2025}").error(), HasSubstr("'1.2.2025' is no day"));
}

TEST(Effective, TheMonthOfTheEnvironmentBeatsThatOfTheFileWithItsDays) {
  const std::string yaml = "ocp: {year: 2025, month: '02', start_date: 2025-02-03, end_date: 2025-02-04}";
  const Outcome file = Apply(yaml);
  EXPECT_EQ(file.options.month, (Month{2025, 2}));
  EXPECT_EQ(file.options.start, DayOf(2025, 2, 3));
  EXPECT_EQ(file.options.end, DayOf(2025, 2, 4));
  const Outcome other = Apply(yaml, {{"OCP_MONTH", "3"}, {"POC_MONTH", "11"}});
  EXPECT_EQ(other.options.month, (Month{2025, 11}));
  EXPECT_FALSE(other.options.start || other.options.end);
  EXPECT_THAT(other.settings.notes, Contains(HasSubstr("ocp.start_date does not count")));
}

TEST(Effective, OneSourcesOwnSettingsBeatThoseForAll) {
  const std::string yaml =
      "performance: {chunk_size: 1, threads: 1}\nsources: {AB-1: {performance: {chunk_size: 2}}, cd-2: {}}";
  EXPECT_EQ(Apply(yaml, {{"OCP_PROVIDER_UUID", "ab-1"}}).options.chunk_size, 2);
  EXPECT_EQ(Apply(yaml, {}, {{"--source", "ab-1"}}).options.chunk_size, 2);
  EXPECT_EQ(Apply(yaml, {}, {{"--source", "ab-1"}}).options.threads, 1);
  EXPECT_EQ(Apply(yaml, {{"OCP_PROVIDER_UUID", "cd-2"}}).options.chunk_size, 1);
  EXPECT_EQ(Apply(yaml, {{"OCP_PROVIDER_UUID", "ab-1"}, {"CHUNK_SIZE", "3"}}).options.chunk_size, 3);
  const Outcome own = Apply(yaml, {}, {{"--source", "ab-1"}});
  EXPECT_TRUE(own["performance.chunk_size"].of_source);
  EXPECT_FALSE(own["performance.threads"].of_source);
}

const std::string kTemplates = R"(
ocp:
  provider_uuid: u-1
  year: 2025
  month: 2
  parquet_path_pod: data/${ORG_ID}/OCP/source={provider_uuid}/year={year}/month={month}/*/openshift_pod_usage_line_items
  parquet_path_storage: data/${ORG_ID}/OCP/source={provider_uuid}/year={year}/month={month}/*/openshift_storage_usage_line_items
)";

TEST(Effective, AStarAsSourceGivesTheFolderOfAllSources) {
  RunOptions all;
  all.source = "*";
  EXPECT_THAT(Apply(kTemplates, {{"ORG_ID", "o"}}, {{"--source", "*"}}, all).options.inputs,
              ElementsAre("data/o/OCP"));
}

TEST(Effective, TheInputsAreTheFoldersOfTheTemplates) {
  const Variables org = {{"ORG_ID", "org1"}};
  EXPECT_THAT(Apply(kTemplates, org).options.inputs,
              ElementsAre("data/org1/OCP/source=u-1/year=2025/month=02"));
  EXPECT_THAT(Apply(kTemplates + "s3: {bucket: b}", org).options.inputs,
              ElementsAre("s3://b/data/org1/OCP/source=u-1/year=2025/month=02"));
  EXPECT_THAT(Apply(kTemplates + "s3:", org).options.inputs,
              ElementsAre("s3://cost-management/data/org1/OCP/source=u-1/year=2025/month=02"));
  RunOptions given;
  given.inputs = {"here"};
  EXPECT_THAT(Apply(kTemplates, org, {}, given).options.inputs, ElementsAre("here"));
  EXPECT_THAT(Apply("ocp: {parquet_path_pod: 'x/{month}'}").error(), HasSubstr("the month is not known"));
}

TEST(Effective, TheTargetIsTheDatabaseOfTheFile) {
  const std::string yaml =
      "postgresql: {host: db, database: my db, user: u@x, password: 'p:/w@%', schema: org1}";
  const Outcome outcome = Apply(yaml);
  EXPECT_EQ(outcome.options.target, "postgresql://u%40x:p%3A%2Fw%40%25@db:5432/my%20db");
  EXPECT_EQ(outcome.options.sink.schema, "org1");
  EXPECT_TRUE(outcome["postgresql.password"].secret);
  EXPECT_EQ(
      Apply(yaml, {{"POSTGRES_HOST", "::1"}, {"POSTGRES_PORT", "99"}, {"POSTGRES_DB", "d"}}).options.target,
      "postgresql://u%40x:p%3A%2Fw%40%25@[::1]:99/d");
  RunOptions given;
  given.target = "x.csv";
  EXPECT_EQ(Apply(yaml, {}, {}, given).options.target, "x.csv");
  EXPECT_EQ(Apply("", {{"POSTGRES_HOST", "h"}}).options.target, "");
}

TEST(Effective, TheStore) {
  const std::string yaml =
      "s3: {endpoint: 'h:9000', use_ssl: \"yes\", access_key: a, secret_key: s, region: r}";
  const Outcome outcome = Apply(yaml);
  EXPECT_EQ(outcome.options.s3.endpoint, "https://h:9000");
  EXPECT_EQ(outcome.options.s3.access_key, "a");
  EXPECT_EQ(outcome.options.s3.secret_key, "s");
  EXPECT_EQ(outcome.options.s3.region, "r");
  EXPECT_EQ(Apply(yaml, {{"S3_ENDPOINT", "http://e"}}).options.s3.endpoint, "http://e");
  EXPECT_EQ(Apply(yaml, {{"S3_ACCESS_KEY", "b"}}).options.s3.access_key, "b");
  const Outcome aws = Apply(yaml, {{"AWS_PROFILE", "prod"}, {"S3_SECRET_KEY", "x"}});
  EXPECT_EQ(aws.options.s3.access_key + aws.options.s3.secret_key, "");  // the AWS library finds them
  EXPECT_EQ(aws["s3.secret_key"].from, "AWS_PROFILE");
}

TEST(Effective, CertificatesOfTheStoreAreVerifiedUnlessTheFileSaysNot) {
  EXPECT_TRUE(Apply("").options.s3.verify_tls);
  EXPECT_TRUE(Apply("s3: {verify_ssl: true}").options.s3.verify_tls);
  const Outcome off = Apply("s3: {verify_ssl: \"no\"}");
  EXPECT_FALSE(off.options.s3.verify_tls);
  EXPECT_THAT(off.settings.notes, ElementsAre(HasSubstr("AWS_CA_BUNDLE")));
}

TEST(Effective, KeysWithoutEffectAreToldInANote) {
  const Outcome outcome = Apply(
      "performance: {db_batch_size: 5}\naws: {x: {y: '${NONE}'}}\n"
      "organization: {org_id: o, name: n}\n");
  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_THAT(outcome.settings.notes,
              ElementsAre(HasSubstr("aws.x.y has no effect"), HasSubstr("organization.name has no effect"),
                          HasSubstr("db_batch_size has no effect")));
  EXPECT_EQ(outcome.options.org, "o");
  EXPECT_THAT(Apply("organization: {org_id: o}").settings.notes, IsEmpty());
}

TEST(Effective, DefaultsThatAreShownAreThoseOfTheRun) {
  const RunOptions plain;
  std::string yaml;
  for (const Setting& setting : AllSettings()) {
    if (!setting.apply || setting.default_text.empty()) continue;
    const size_t dot = setting.key.find('.');
    yaml = fmt::format("{}: {{{}: {}}}", setting.key.substr(0, dot), setting.key.substr(dot + 1),
                       setting.default_text);
    const RunOptions options = Apply(yaml).options;
    EXPECT_EQ(options.mode, plain.mode);
    EXPECT_EQ(options.chunk_size, plain.chunk_size);
    EXPECT_EQ(options.streaming_threshold_rows, plain.streaming_threshold_rows);
    EXPECT_EQ(options.sink.schema, plain.sink.schema);
    EXPECT_EQ(options.cost_categories, plain.cost_categories);
    EXPECT_EQ(options.use_categorical, plain.use_categorical);
    EXPECT_EQ(options.column_filtering, plain.column_filtering);
    EXPECT_EQ(options.rows.pod && options.rows.storage && options.rows.unallocated, true) << yaml;
  }
}

}  // namespace
}  // namespace costream
