#include "base/secrets.h"

#include <gtest/gtest.h>

namespace costream {
namespace {

TEST(Secrets, PasswordsOfUrisAreMasked) {
  EXPECT_EQ(WithoutPasswords("postgresql://u:pw@h:5432/d: gone"), "postgresql://u:********@h:5432/d: gone");
  EXPECT_EQ(WithoutPasswords("http://u:p@w@h and 'https://v:x@h'"),
            "http://u:********@h and 'https://v:********@h'");
  EXPECT_EQ(WithoutPasswords("--x=postgresql://u:pw@"), "--x=postgresql://u:********@");
}

TEST(Secrets, PasswordsOfParametersAreMasked) {
  EXPECT_EQ(WithoutPasswords("postgresql://h/d?password=pw&sslmode=disable"),
            "postgresql://h/d?password=********&sslmode=disable");
  EXPECT_EQ(WithoutPasswords("host=h password=pw"), "host=h password=********");
}

TEST(Secrets, WhatHasNoneStays) {
  for (const char* text :
       {"", "s3://bucket/a:b@c", "http://127.0.0.1:9000/x", "postgresql://u@h:1/d", "a: b@c"}) {
    EXPECT_EQ(WithoutPasswords(text), text);
  }
}

}  // namespace
}  // namespace costream
