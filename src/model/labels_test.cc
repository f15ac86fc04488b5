#include "model/labels.h"

#include <gtest/gtest.h>

namespace costream {
namespace {

std::string Json(std::string_view text, const LabelFilter& filter = {}) {
  const auto parsed = ParseLabels(text, filter);
  return parsed.ok() ? LabelJson(parsed->set) : "error";
}

TEST(Labels, BothSpellingsGiveOneSet) {
  EXPECT_EQ(Json("label_app:echo|label_environment:dev"), R"({"app":"echo","environment":"dev"})");
  EXPECT_EQ(Json(R"({"environment":"dev","app":"echo"})"), R"({"app":"echo","environment":"dev"})");
  EXPECT_EQ(Json(R"( {"a" : "b"} )"), R"({"a":"b"})");
}

TEST(Labels, OperatorSpellingTakesTheFirstColonAndOneLeadingPrefix) {
  EXPECT_EQ(Json("label_url:http://x:80|nocolon|plain:y|label_label_z:1"),
            R"({"label_z":"1","plain":"y","url":"http://x:80"})");
  EXPECT_EQ(Json("label_a:1|label_a:2"), R"({"a":"2"})");
}

TEST(Labels, EmptyTextsHaveNoLabels) {
  for (const char* text : {"", "{}", "\"\"", "null", "|", " { } "}) EXPECT_EQ(Json(text), "{}") << text;
}

TEST(Labels, JsonValuesThatAreNoStringsKeepTheirText) {
  EXPECT_EQ(Json(R"({"a":1.50,"b":true,"c":null,"d":{"x":[1, 2]}, "e" : 7 })"),
            R"({"a":"1.50","b":"true","c":"null","d":"{\"x\":[1,2]}","e":"7"})");
  EXPECT_EQ(Json(R"({"a":"1","a":"2"})"), R"({"a":"2"})");
  EXPECT_EQ(Json(R"({"a":-0,"b":-0.0})"), R"({"a":"-0","b":"-0.0"})");
}

TEST(Labels, JsonNumbersThatNoDoubleHoldsKeepTheirText) {
  EXPECT_EQ(Json(R"({"a":1e999,"b":[-2.5E+9999,7,{"1e999":"-1\\"}],"c":-0})"),
            R"({"a":"1e999","b":"[-2.5E+9999,7,{\"1e999\":\"-1\\\\\"}]","c":"-0"})");
  EXPECT_EQ(Json("{\"a\":1" + std::string(400, '0') + "}"), "{\"a\":\"1" + std::string(400, '0') + "\"}");
  for (const char* text : {"{\"a\":01e999}", "{\"a\":1e999.5}", "{\"a\":1.e999}", "{\"a\":1e999,}"})
    EXPECT_EQ(Json(text), "error") << text;
}

TEST(Labels, BrokenJsonIsAnError) {
  for (const char* text : {"{", "{\"a\":}", "{\"a\":\"b\",}", "{\"a\":\"b\"} x", "[1]", "[", "{a:\"b\"}",
                           "{\"a\":\"b\" \"c\":\"d\"}", "{\"a\":[1,}", "{\"a\":\"\\x\"}", "{\"a\":tru}",
                           "{\"a\":01}", "{\"a\":\"b\"", "{\"a\""}) {
    EXPECT_EQ(Json(text), "error") << text;
  }
}

TEST(Labels, HostileTextIsEscapedOrReplaced) {
  EXPECT_EQ(Json(R"({"k\"\\":"a\tb\u0001|:é😀"})"),
            "{\"k\\\"\\\\\":\"a\\tb\\u0001|:\xC3\xA9\xF0\x9F\x98\x80\"}");
  EXPECT_EQ(Json(R"({"a":"x\ud800y"})"), "{\"a\":\"x\xEF\xBF\xBDy\"}");
  EXPECT_EQ(Json(R"({"a":"\ud83d\ude00"})"), "{\"a\":\"\xF0\x9F\x98\x80\"}");
  EXPECT_EQ(Json(R"({"a":"\u0000"})"), "{\"a\":\"\xEF\xBF\xBD\"}");
  EXPECT_EQ(Json("label_a:\xFF"), "{\"a\":\"\xEF\xBF\xBD\"}");
  EXPECT_EQ(Json("{\"a\":\"\xFF\"}"), "{\"a\":\"\xEF\xBF\xBD\"}");
  EXPECT_EQ(Json(R"({"a":"\\ud800"})"), R"({"a":"\\ud800"})");
  EXPECT_TRUE(ParseLabels("label_a:\xFF", {})->repaired);
  EXPECT_FALSE(ParseLabels("label_a:b", {})->repaired);
}

TEST(Labels, OnlyEnabledKeysStay) {
  const LabelFilter filter(std::vector<std::string>{"app"});
  EXPECT_EQ(Json("label_app:x|label_other:y|label_vm_kubevirt_io_name:vm", filter),
            R"({"app":"x","vm_kubevirt_io_name":"vm"})");
  EXPECT_EQ(Json("label_app:x", LabelFilter(std::vector<std::string>{})), "{}");
}

}  // namespace
}  // namespace costream
