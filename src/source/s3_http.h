// GET of S3 objects by byte range, and DELETE, with retries. Used by s3.cc only.
#pragma once

#include <arrow/buffer.h>
#include <arrow/result.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "source/s3.h"

namespace costream {

// Between half of the delay and all of it, so that those who failed together do not return together.
std::chrono::milliseconds WithJitter(std::chrono::milliseconds delay);

struct S3Credentials {
  std::string access_key, secret_key, session_token;  // without an access key requests are not signed
};

struct S3Response {
  std::shared_ptr<arrow::Buffer> body;
  int64_t object_bytes = 0;
  std::string etag;
  std::map<std::string, std::string>
      metadata;  // of the user: x-amz-meta-…, without that prefix, in lower case
};

// Thread-safe; connections are kept and used again.
class S3Http {
 public:
  // `credentials` is asked before each request, since they may expire.
  S3Http(const S3Settings& settings, std::function<S3Credentials()> credentials);
  ~S3Http();
  S3Http(const S3Http&) = delete;
  S3Http& operator=(const S3Http&) = delete;

  // Bytes of the object; `name` is for errors. With an etag, the object must still have it. What may pass
  // (the store is busy, not there, slow, or cuts the answer short) is tried again with growing delays until
  // the timeout, then a transient error. Input error where the object is gone or has changed, usage error
  // without access. `given_up`, asked often, ends it: a cancelled error.
  arrow::Result<S3Response> Get(const std::string& url, const std::string& name, int64_t offset,
                                int64_t length, const std::string& etag, const std::atomic<bool>& given_up);

  // Removes the object, if it is there; also when the run is to stop. Errors as of Get.
  arrow::Status Delete(const std::string& url, const std::string& name);

 private:
  struct Request;
  struct Exchange;
  void* Take();
  void GiveBack(void* handle);
  arrow::Status Try(const Request& request, Exchange* exchange);
  // Tries until an answer has come that trying again would not change.
  arrow::Status Perform(const Request& request, const std::atomic<bool>& given_up, Exchange* exchange);

  const std::string region_, ca_bundle_;
  const bool verify_tls_;
  const std::chrono::milliseconds timeout_;
  const std::function<bool()> cancelled_;  // may be empty
  const std::function<S3Credentials()> credentials_;
  std::atomic<int64_t> waited_ms_ = 0;  // between tries, by all
  std::mutex mutex_;
  std::vector<void*> idle_;
};

}  // namespace costream
