#include "model/reference.h"

#include <gtest/gtest.h>

namespace costream {
namespace {

TEST(RoleTable, TheGreatestRoleOfNodeAndResourceIdWins) {
  const RoleTable roles({{"n1", "i-1", "master"}, {"n1", "i-1", "worker"}, {"n1", "i-1", "infra"}});
  EXPECT_EQ(roles.Find("n1", "i-1"), "worker");  // infra < master < worker by bytes
}

TEST(RoleTable, ResourceIdsOfANodeAreApart) {
  const RoleTable roles({{"n1", "i-1", "master"}, {"n1", "i-2", "worker"}, {"n2", "i-1", "infra"}});
  EXPECT_EQ(roles.Find("n1", "i-1"), "master");
  EXPECT_EQ(roles.Find("n1", "i-2"), "worker");
  EXPECT_EQ(roles.Find("n2", "i-1"), "infra");
  EXPECT_EQ(roles.Find("n1", "i-3"), std::nullopt);
  EXPECT_EQ(roles.Find("n3", "i-1"), std::nullopt);
}

TEST(RoleTable, ANullResourceIdNeverMatchesButTheNodeIsKnown) {
  const RoleTable roles({{"n1", std::nullopt, "master"}});
  EXPECT_TRUE(roles.Knows("n1"));
  EXPECT_EQ(roles.Find("n1", ""), std::nullopt);  // null is not the empty string
  EXPECT_FALSE(roles.Knows("n2"));
  EXPECT_FALSE(RoleTable({}).Knows(""));
}

TEST(RoleTable, AnEmptyResourceIdIsOneOfItsOwn) {
  const RoleTable roles({{"n1", "", "worker"}});
  EXPECT_EQ(roles.Find("n1", ""), "worker");
  EXPECT_EQ(roles.Find("n1", "i-1"), std::nullopt);
}

TEST(CategoryOf, OfSeveralMatchesTheLargestIdWins) {
  const std::vector<CostCategory> categories = {{"openshift-%", 7}, {"%", 3}, {"openshift-dns", 5}};
  EXPECT_EQ(CategoryOf(categories, "openshift-dns"), 7);
  EXPECT_EQ(CategoryOf(categories, "shop"), 3);
  EXPECT_EQ(CategoryOf({categories.rbegin(), categories.rend()}, "openshift-dns"), 7);
}

TEST(CategoryOf, NoMatchIsNoCategory) {
  EXPECT_EQ(CategoryOf({}, "shop"), std::nullopt);
  EXPECT_EQ(CategoryOf({{"kube-%", 1}}, "shop"), std::nullopt);
  EXPECT_EQ(CategoryOf({{"kube", 1}}, "kube-system"), std::nullopt);  // the whole name, not a part
}

TEST(CategoryOf, NegativeAndZeroIdsAreIds) {
  EXPECT_EQ(CategoryOf({{"a", -5}, {"%", -9}}, "a"), -5);
  EXPECT_EQ(CategoryOf({{"a", 0}, {"a", -1}}, "a"), 0);
}

TEST(CategoryOf, PatternsAreSqlLike) {
  EXPECT_EQ(CategoryOf({{"shop\\_1", 1}}, "shop_1"), 1);
  EXPECT_EQ(CategoryOf({{"shop\\_1", 1}}, "shopx1"), std::nullopt);
  EXPECT_EQ(CategoryOf({{"shop_1", 1}}, "shopx1"), 1);
  EXPECT_EQ(CategoryOf({{"Worker unallocated", 4}}, "Worker unallocated"), 4);
}

}  // namespace
}  // namespace costream
