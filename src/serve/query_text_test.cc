#include "serve/query_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace costream {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

TEST(QueryParameters, TakesNamesAndValuesApart) {
  EXPECT_THAT(QueryParameters("/x"), IsEmpty());
  EXPECT_THAT(QueryParameters("/x?"), IsEmpty());
  EXPECT_THAT(QueryParameters("/x?a=1&b&&c="), ElementsAre(Pair("a", "1"), Pair("b", ""), Pair("c", "")));
  EXPECT_THAT(QueryParameters("/x?filter=kind=pod&filter=label%3Aapp%3Da+b"),
              ElementsAre(Pair("filter", "kind=pod"), Pair("filter", "label:app=a b")));
}

TEST(QueryParameters, KeepsWhatIsNoEscape) {
  EXPECT_THAT(QueryParameters("/?a=%&b=%4&c=%zz&d=%41"),
              ElementsAre(Pair("a", "%"), Pair("b", "%4"), Pair("c", "%zz"), Pair("d", "A")));
}

}  // namespace
}  // namespace costream
