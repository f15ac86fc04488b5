#include "source/reference_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "base/error.h"
#include "base/test_folder.h"

namespace costream {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ReferenceJson : public FolderTest {
 protected:
  ReferenceData Read(std::string_view text) {
    auto data = ReadReferenceJson(Write("reference.json", text));
    EXPECT_TRUE(data.ok()) << data.status();
    return data.ok() ? *data : ReferenceData();
  }

  // The text is refused as a usage error that names the file and says `what`.
  void ExpectRefused(std::string_view text, const std::string& what) {
    const auto data = ReadReferenceJson(Write("reference.json", text));
    ASSERT_FALSE(data.ok()) << text;
    EXPECT_EQ(KindOf(data.status()), ErrorKind::kUsage) << text;
    EXPECT_THAT(Message(data.status()), AllOf(HasSubstr(Path("reference.json")), HasSubstr(what))) << text;
  }
};

TEST_F(ReferenceJson, EveryPartIsRead) {
  const ReferenceData data = Read(R"({
    "month": "2024-02", "start_date": "2024-02-01", "end_date": "2024-02-29",
    "source_uuid": "s", "org_id": "o", "cluster_id": "c", "cluster_alias": "Zürich",
    "report_period_id": 9007199254740993,
    "enabled_tag_keys": ["app", ""],
    "cost_categories": [{"namespace": "kube-%", "cost_category_id": 1}],
    "node_roles": [{"node": "n1", "resource_id": "i-1", "node_role": "worker"}]})");
  EXPECT_EQ(data.month, (Month{2024, 2}));
  EXPECT_EQ(data.start, DayOf(2024, 2, 1));
  EXPECT_EQ(data.end, DayOf(2024, 2, 29));
  EXPECT_EQ(data.source, "s");
  EXPECT_EQ(data.org, "o");
  EXPECT_EQ(data.cluster_id, "c");
  EXPECT_EQ(data.cluster_alias, "Zürich");
  EXPECT_EQ(data.report_period_id, 9007199254740993) << "exact above 2^53";
  ASSERT_TRUE(data.enabled_tag_keys);
  EXPECT_THAT(*data.enabled_tag_keys, ElementsAre("app", ""));
  ASSERT_TRUE(data.cost_categories && data.node_roles);
  ASSERT_EQ(data.cost_categories->size(), 1u);
  EXPECT_EQ(data.cost_categories->at(0).pattern, "kube-%");
  EXPECT_EQ(data.cost_categories->at(0).id, 1);
  ASSERT_EQ(data.node_roles->size(), 1u);
  EXPECT_EQ(data.node_roles->at(0).node, "n1");
  EXPECT_EQ(data.node_roles->at(0).resource_id, "i-1");
  EXPECT_EQ(data.node_roles->at(0).role, "worker");
}

TEST_F(ReferenceJson, TextIsReadBackAsItWas) {
  const std::string text = R"({
    "month": "2024-02", "start_date": "2024-02-01", "source_uuid": "s", "cluster_id": "c",
    "report_period_id": 7, "enabled_tag_keys": [],
    "cost_categories": [{"namespace": "kube-%", "cost_category_id": 1}],
    "node_roles": [{"node": "n1", "resource_id": null, "node_role": "worker"}]})";
  const std::string written = ReferenceText(Read(text));
  EXPECT_EQ(ReferenceText(Read(written)), written);
  const ReferenceData data = Read(written);
  EXPECT_EQ(data.start, DayOf(2024, 2, 1));
  EXPECT_FALSE(data.end || data.org || data.cluster_alias);
  ASSERT_TRUE(data.enabled_tag_keys && data.node_roles && data.cost_categories);
  EXPECT_THAT(*data.enabled_tag_keys, IsEmpty());
  EXPECT_EQ(data.cost_categories->at(0).pattern, "kube-%");
  EXPECT_FALSE(data.node_roles->at(0).resource_id);
}

TEST_F(ReferenceJson, MissingAndNullPartsAreNothing) {
  for (const char* text :
       {"{}", R"({"month": null, "source_uuid": null, "report_period_id": null, "enabled_tag_keys": null,
                  "cost_categories": null, "node_roles": null, "something_else": [1, {}]})"}) {
    const ReferenceData data = Read(text);
    EXPECT_FALSE(data.month || data.start || data.end || data.source || data.org || data.cluster_id ||
                 data.cluster_alias || data.report_period_id)
        << text;
    EXPECT_FALSE(data.enabled_tag_keys) << text;
    EXPECT_FALSE(data.cost_categories || data.node_roles);
  }
}

TEST_F(ReferenceJson, AnEmptyListOfKeysIsAListAndEnablesNone) {
  const ReferenceData data = Read(R"({"enabled_tag_keys": []})");
  ASSERT_TRUE(data.enabled_tag_keys.has_value());
  EXPECT_THAT(*data.enabled_tag_keys, IsEmpty());
}

TEST_F(ReferenceJson, ARowWithoutARoleStillKnowsItsNodeButMatchesNoResource) {
  const ReferenceData data = Read(R"({"node_roles": [
    {"node": "n1", "resource_id": "i-1", "node_role": null}, {"node": "n2", "node_role": "infra"}]})");
  const RoleTable roles(data.node_roles.value());
  EXPECT_TRUE(roles.Knows("n1"));
  EXPECT_EQ(roles.Find("n1", "i-1"), std::nullopt);
  EXPECT_TRUE(roles.Knows("n2"));
  EXPECT_EQ(roles.Find("n2", ""), std::nullopt) << "a null resource id never matches";
}

TEST_F(ReferenceJson, AValueOfAnotherTypeIsNamedByItsKey) {
  ExpectRefused(R"({"source_uuid": 7})", "'source_uuid' must be a string");
  ExpectRefused(R"({"org_id": ["o"]})", "'org_id'");
  ExpectRefused(R"({"cluster_id": true})", "'cluster_id'");
  ExpectRefused(R"({"cluster_alias": {}})", "'cluster_alias'");
  ExpectRefused(R"({"report_period_id": "7"})", "'report_period_id' must be an integer");
  ExpectRefused(R"({"report_period_id": 7.0})", "'report_period_id'");
  ExpectRefused(R"({"enabled_tag_keys": "app"})", "'enabled_tag_keys' must be a list of strings");
  ExpectRefused(R"({"enabled_tag_keys": ["app", null]})", "'enabled_tag_keys'");
  ExpectRefused(R"({"month": 11})", "'month'");
}

TEST_F(ReferenceJson, DatesThatDoNotExistAreRefused) {
  ExpectRefused(R"({"month": "2025-13"})", "'month' must be like 2025-11");
  ExpectRefused(R"({"month": "November"})", "'month'");
  ExpectRefused(R"({"start_date": "2025-02-29"})", "'start_date' must be like 2025-11-01");
  ExpectRefused(R"({"end_date": "2025-11-31"})", "'end_date'");
  ExpectRefused(R"({"end_date": "2025-11-30 00:00:00"})", "'end_date'");
}

TEST_F(ReferenceJson, AnIntegerThatDoesNotFitIsRefusedNotWrapped) {
  EXPECT_EQ(Read(R"({"report_period_id": 9223372036854775807})").report_period_id,
            std::numeric_limits<int64_t>::max());
  ExpectRefused(R"({"report_period_id": 9223372036854775808})", "'report_period_id'");
  ExpectRefused(R"({"cost_categories": [{"namespace": "%", "cost_category_id": 18446744073709551615}]})",
                "'cost_categories'");
}

TEST_F(ReferenceJson, RowsOfCategoriesNeedBothParts) {
  for (const char* rows : {R"("kube-%")", R"([7])", R"([{"namespace": "kube-%"}])",
                           R"([{"cost_category_id": 1}])", R"([{"namespace": null, "cost_category_id": 1}])",
                           R"([{"namespace": "a", "cost_category_id": "1"}])"}) {
    ExpectRefused(std::string(R"({"cost_categories": )") + rows + "}", "'cost_categories' must be a list");
  }
}

TEST_F(ReferenceJson, APatternThatEndsInASingleBackslashIsRefused) {
  ExpectRefused(R"({"cost_categories": [{"namespace": "kube\\", "cost_category_id": 1}]})",
                "ends in a single backslash");
  EXPECT_EQ(Read(R"({"cost_categories": [{"namespace": "kube\\\\", "cost_category_id": 1}]})")
                .cost_categories->at(0)
                .pattern,
            R"(kube\\)");
}

TEST_F(ReferenceJson, RowsOfRolesNeedANode) {
  for (const char* rows : {R"({"n1": "worker"})", R"(["n1"])", R"([{"node_role": "worker"}])",
                           R"([{"node": "n1", "resource_id": 5}])", R"([{"node": "n1", "node_role": 5}])"}) {
    ExpectRefused(std::string(R"({"node_roles": )") + rows + "}", "'node_roles' must be a list");
  }
}

TEST_F(ReferenceJson, WhatIsNoJsonObjectIsRefused) {
  for (const char* text : {"", "{", R"({"month": "2025-11"} trailing)", R"({"org_id": "\ud800"})",
                           "{\"org_id\": \"\xFF\"}", "{'month': '2025-11'}"}) {
    ExpectRefused(text, "is not valid JSON");
  }
  for (const char* text : {"[]", "null", "\"2025-11\"", "7"}) ExpectRefused(text, "must hold a JSON object");
}

TEST_F(ReferenceJson, AFileThatCannotBeReadIsNamed) {
  const auto data = ReadReferenceJson(Path("absent.json"));
  ASSERT_FALSE(data.ok());
  EXPECT_EQ(KindOf(data.status()), ErrorKind::kInput);
  EXPECT_THAT(Message(data.status()), HasSubstr(Path("absent.json")));
  EXPECT_THAT(Message(ReadReferenceJson(Path()).status()), HasSubstr("Is a directory"));
}

}  // namespace
}  // namespace costream
