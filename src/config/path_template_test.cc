#include "config/path_template.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace costream {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string Folder(const std::string& path_template, const TemplateValues& values = {"u-1", Month{2025, 2}}) {
  const auto folder = FolderOfTemplate(path_template, values);
  return folder.ok() ? *folder : "error: " + Message(folder.status());
}

const std::string kMonth = "data/1/OCP/source={provider_uuid}/year={year}/month={month}";

TEST(PathTemplate, TheFolderEndsBeforeTheStar) {
  EXPECT_EQ(Folder(kMonth + "/*/openshift_pod_usage_line_items"), "data/1/OCP/source=u-1/year=2025/month=02");
  EXPECT_EQ(Folder(kMonth + "/day=*/openshift_pod_usage_line_items_daily"),
            "data/1/OCP/source=u-1/year=2025/month=02");
  EXPECT_EQ(Folder("s3://b/" + kMonth + "/*/*.parquet"), "s3://b/data/1/OCP/source=u-1/year=2025/month=02");
  EXPECT_EQ(Folder("*"), "");
}

TEST(PathTemplate, ATablesFolderAtTheEndIsLeftOut) {
  EXPECT_EQ(Folder(kMonth + "/openshift_storage_usage_line_items_daily/"),
            "data/1/OCP/source=u-1/year=2025/month=02");
  EXPECT_EQ(Folder("/data/OCP/pod_usage/source={provider_uuid}/*"), "/data/OCP/pod_usage/source=u-1");
}

TEST(PathTemplate, NamesMustBeKnown) {
  EXPECT_THAT(Folder(kMonth, {"u-1", std::nullopt}), HasSubstr("the month is not known"));
  EXPECT_THAT(Folder(kMonth, {std::nullopt, Month{2025, 2}}), HasSubstr("the source is not known"));
  EXPECT_THAT(Folder("data/{org}/x"), HasSubstr("{org} stands for nothing"));
  EXPECT_THAT(Folder("data/{year"), HasSubstr("{year stands for nothing"));
}

TEST(PathTemplate, FoldersBelowOthersAreThereAlready) {
  EXPECT_THAT(OutermostFolders({"d/b", "d/a/x", "d/a", "d/ab", "d/b"}), ElementsAre("d/a", "d/ab", "d/b"));
}

}  // namespace
}  // namespace costream
