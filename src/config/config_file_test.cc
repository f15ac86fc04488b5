#include "config/config_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace costream {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string ErrorOf(const std::string& text) {
  const auto file = ParseConfigFile(text, "c.yaml");
  if (file.ok()) return "no error";
  EXPECT_EQ(KindOf(file.status()), ErrorKind::kUsage);
  return Message(file.status());
}

TEST(ConfigFile, KeysHaveTheirSectionAndLine) {
  const auto file = ParseConfigFile(
      "s3:\n  endpoint: ${S3_ENDPOINT:-http://h:9000}\n  use_ssl: yes\npostgresql:\nvalidation: {trino: "
      "{host: h}}\n",
      "c.yaml");
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(file->entries.at("s3.endpoint").text, "${S3_ENDPOINT:-http://h:9000}");
  EXPECT_EQ(file->entries.at("s3.use_ssl").text, "yes");
  EXPECT_EQ(file->entries.at("s3.use_ssl").line, 3);
  EXPECT_EQ(file->entries.at("validation.trino.host").text, "h");
  EXPECT_TRUE(file->sections.contains("postgresql"));
  EXPECT_TRUE(ParseConfigFile("", "c.yaml")->entries.empty());
}

TEST(ConfigFile, AnUnknownKeyNamesTheNearest) {
  EXPECT_THAT(ErrorOf("performance:\n  chunk_sise: 5\n"),
              HasSubstr("c.yaml:2: performance.chunk_sise is no key; did you mean performance.chunk_size?"));
  EXPECT_THAT(ErrorOf("perfomance: {use_streaming: true}"),
              HasSubstr("did you mean performance.use_streaming?"));
  EXPECT_THAT(ErrorOf("s3: {max_worker: 2}"), HasSubstr("did you mean performance.max_workers?"));
  EXPECT_THAT(ErrorOf("chunk_size: 2"), HasSubstr("did you mean performance.chunk_size?"));
  EXPECT_THAT(ErrorOf("sources: {u-1: {performance: {thread: 2}}}"), HasSubstr("performance.threads?"));
}

TEST(ConfigFile, WhatIsNoConfigIsAnErrorWithItsLine) {
  EXPECT_THAT(ErrorOf("s3:\n  endpoint: [\n"), StartsWith("c.yaml:"));
  EXPECT_THAT(ErrorOf("just text"), HasSubstr("c.yaml:1: must hold sections"));
  EXPECT_THAT(ErrorOf("s3:\n  bucket: a\n  bucket: b\n"), HasSubstr("c.yaml:3: s3.bucket is there twice"));
  EXPECT_THAT(ErrorOf("s3: {}\ns3: {}\n"), HasSubstr("c.yaml:2: s3 is there twice"));
  EXPECT_THAT(ErrorOf("s3:\n  bucket: [a, b]\n"), HasSubstr("s3.bucket takes one value, not a list"));
  EXPECT_THAT(ErrorOf("sources: 5"), HasSubstr("by the UUID of a source"));
  EXPECT_THAT(ErrorOf("sources: {u-1: {ocp: {provider_uuid: u-2}}}"), HasSubstr("cannot stand below one"));
  EXPECT_THAT(Message(ReadConfigFile("/no/such/file.yaml").status()), HasSubstr("No such file"));
  EXPECT_THAT(Message(ReadConfigFile("/").status()), HasSubstr("Is a directory"));
}

}  // namespace
}  // namespace costream
