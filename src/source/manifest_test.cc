#include "source/manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/date.h"
#include "base/error.h"

namespace costream {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Manifest Parse(std::string_view text) { return ParseManifest(text, "p.tar.gz:manifest.json").ValueOrDie(); }

void ExpectError(std::string_view text, const std::string& message) {
  const auto manifest = ParseManifest(text, "p.tar.gz:manifest.json");
  ASSERT_FALSE(manifest.ok()) << text;
  EXPECT_EQ(KindOf(manifest.status()), ErrorKind::kInput);
  EXPECT_THAT(Message(manifest.status()), AllOf(HasSubstr("p.tar.gz:manifest.json"), HasSubstr(message)));
}

TEST(Manifest, AllThatItSaysIsRead) {
  const Manifest manifest =
      Parse(R"({"uuid": "4B70C0DE-1", "cluster_id": "c", "version": "3.3", "certified": false,
      "date": "2025-11-02T00:05:00.123456789Z", "daily_reports": true, "files": ["a.csv", "b.csv"],
      "resource_optimization_files": ["r.csv"], "start": "2025-11-01T00:00:00Z", "end": "2025-11-01T23:59:59Z"})");
  EXPECT_EQ(manifest.uuid, "4b70c0de-1");
  EXPECT_EQ(manifest.cluster_id, "c");
  EXPECT_TRUE(manifest.daily_reports);
  EXPECT_EQ(FormatMicros(*manifest.date_micros), "2025-11-02 00:05:00");
  EXPECT_EQ(FormatMicros(*manifest.start_micros), "2025-11-01 00:00:00");
  EXPECT_EQ(FormatMicros(*manifest.end_micros), "2025-11-01 23:59:59");
  EXPECT_THAT(manifest.files, ElementsAre("a.csv", "b.csv"));
  EXPECT_THAT(manifest.resource_optimization_files, ElementsAre("r.csv"));
}

TEST(Manifest, OnlyTheUuidHasToBeThere) {
  const Manifest manifest = Parse(R"({"uuid": "u", "files": null, "cluster_id": ""})");
  EXPECT_FALSE(manifest.cluster_id || manifest.date_micros || manifest.start_micros || manifest.end_micros);
  EXPECT_FALSE(manifest.daily_reports);
  EXPECT_THAT(manifest.files, IsEmpty());
}

TEST(Manifest, TimesThatCoverNothingAreNone) {
  for (const char* times : {R"("start": "0001-01-01T00:00:00Z", "end": "0001-01-01T00:00:00Z")",
                            R"("start": "2025-11-02T00:00:00Z", "end": "2025-11-01T00:00:00Z")",
                            R"("start": "2025-11-02T00:00:00Z")", R"("start": "", "end": null)"}) {
    const Manifest manifest = Parse(std::string(R"({"uuid": "u", )") + times + "}");
    EXPECT_FALSE(manifest.start_micros || manifest.end_micros) << times;
  }
}

TEST(Manifest, WhatCannotBeUsedIsNamed) {
  ExpectError("", "not valid JSON");
  ExpectError(R"({"uuid": "u")", "not valid JSON");
  ExpectError("{\"uuid\": \"\xff\"}", "not valid JSON");
  ExpectError("[]", "JSON object");
  ExpectError("{}", "'uuid'");
  ExpectError(R"({"uuid": ""})", "'uuid'");
  ExpectError(R"({"uuid": 7})", "'uuid'");
  ExpectError(R"({"uuid": "u", "files": "a.csv"})", "'files'");
  ExpectError(R"({"uuid": "u", "files": ["a.csv", 1]})", "'files'");
  ExpectError(R"({"uuid": "u", "date": "yesterday"})", "'date'");
  ExpectError(R"({"uuid": "u", "daily_reports": "yes"})", "'daily_reports'");
}

TEST(Manifest, DeepNestingIsNoProblem) {
  const std::string open(200'000, '['), close(200'000, ']');
  EXPECT_EQ(Parse(R"({"uuid": "u", "other": )" + open + close + "}").uuid, "u");
}

}  // namespace
}  // namespace costream
