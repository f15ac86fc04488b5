#include "serve/http_server.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace costream {
namespace {

TEST(Serve, KnowsTheLoopback) {
  for (const char* address : {"127.0.0.1", "127.1.2.3", "localhost", "::1"}) EXPECT_TRUE(IsLoopback(address));
  for (const char* address : {"0.0.0.0", "::", "10.0.0.1", "localhost.example"}) {
    EXPECT_FALSE(IsLoopback(address));
  }
}

TEST(Serve, TakesOnlyHostsThatNameTheLoopback) {
  for (const char* host : {"127.0.0.1", "127.0.0.1:8080", "localhost:1", "[::1]:8080"}) {
    EXPECT_TRUE(HostIsLoopback(host)) << host;
  }
  for (const char* host :
       {"", "evil.example", "127.0.0.1.evil.example:8080", "localhost.evil.example", "[::2]:1"}) {
    EXPECT_FALSE(HostIsLoopback(host)) << host;
  }
}

TEST(Serve, TakesTheTokenAsBearerOrPassword) {
  EXPECT_TRUE(IsAuthorized("Bearer secret", "secret"));
  EXPECT_TRUE(IsAuthorized("Basic Y29zdHJlYW06c2VjcmV0", "secret"));
  for (const char* header : {"", "Bearer ", "Bearer secre", "Bearer secrets", "secret", "Basic c2VjcmV0"}) {
    EXPECT_FALSE(IsAuthorized(header, "secret")) << header;
  }
}

TEST(Serve, RefusesOtherAddressesWithoutAToken) {
  Api api("none.parquet", "none.parquet", {});
  ServeOptions options;
  options.address = "0.0.0.0";
  for (const char* token : {"", "short"}) {
    options.token = token;
    const auto status = Serve(options, &api, [](int) { FAIL(); }, [] { return true; });
    EXPECT_EQ(KindOf(status), ErrorKind::kUsage);
  }
}

}  // namespace
}  // namespace costream
