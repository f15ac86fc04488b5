#include "source/s3_http.h"

#include <curl/curl.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstring>
#include <random>
#include <thread>

#include "base/arrow_pool.h"
#include "base/error.h"

namespace costream {
namespace {

using Clock = std::chrono::steady_clock;

// Of one request: to connect, and without any byte.
constexpr long kConnectSeconds = 5, kStallSeconds = 15;
constexpr long kReceiveBytes = 64 << 10;  // libcurl's own 16 KiB cost eight times the system calls
constexpr auto kFirstDelay = std::chrono::milliseconds(50), kLongestDelay = std::chrono::milliseconds(5000);

struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

bool MayPass(long status) { return status == 408 || status == 425 || status == 429 || status >= 500; }

}  // namespace

std::chrono::milliseconds WithJitter(std::chrono::milliseconds delay) {
  thread_local std::minstd_rand random(std::random_device{}());
  return std::chrono::milliseconds(
      std::uniform_int_distribution<int64_t>(delay.count() / 2, delay.count())(random));
}

struct S3Http::Request {
  const char* method = nullptr;
  std::string url, name;           // for errors
  int64_t offset = 0, length = 0;  // of a GET
  std::string etag = {};
  bool cleans_up = false;  // also done, but not tried again, when the run is to stop
};

struct S3Http::Exchange {
  std::shared_ptr<arrow::ResizableBuffer> body;
  int64_t received = 0;
  std::string error_text;  // of an answer that is an error: the start of it
  S3Response response;
  CURLcode code = CURLE_OK;
  long status = 0;

  static size_t OnBody(char* data, size_t, size_t size, void* self) {
    auto& exchange = *static_cast<Exchange*>(self);
    if (exchange.status == 0) curl_easy_getinfo(exchange.handle, CURLINFO_RESPONSE_CODE, &exchange.status);
    if (exchange.status >= 300 || !exchange.body) {
      exchange.error_text.append(data,
                                 std::min(size, 4096 - std::min<size_t>(4096, exchange.error_text.size())));
      return size;
    }
    if (exchange.received + static_cast<int64_t>(size) > exchange.body->size()) return 0;
    std::memcpy(exchange.body->mutable_data() + exchange.received, data, size);
    exchange.received += static_cast<int64_t>(size);
    return size;
  }

  static size_t OnHeader(char* data, size_t, size_t size, void* self) {
    auto& response = static_cast<Exchange*>(self)->response;
    const std::string_view line(data, size);
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) return size;
    std::string name(line.substr(0, colon));
    std::ranges::transform(name, name.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    std::string_view value = line.substr(colon + 1);
    const auto space = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
    while (!value.empty() && space(value.front())) value.remove_prefix(1);
    while (!value.empty() && space(value.back())) value.remove_suffix(1);
    constexpr std::string_view kMeta = "x-amz-meta-";
    if (name == "etag") response.etag = value;
    if (name.starts_with(kMeta)) response.metadata[name.substr(kMeta.size())] = value;
    if (name == "content-range") {
      const size_t slash = value.find('/');
      if (slash != std::string_view::npos) {
        std::from_chars(value.data() + slash + 1, value.data() + value.size(), response.object_bytes);
      }
    }
    return size;
  }

  static int OnProgress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    const auto& stops = static_cast<Exchange*>(self)->stops;
    return stops && stops() ? 1 : 0;
  }

  std::function<bool()> stops;  // may be empty
  CURL* handle = nullptr;
};

S3Http::S3Http(const S3Settings& settings, std::function<S3Credentials()> credentials)
    : region_(settings.region),
      ca_bundle_(settings.ca_bundle),
      verify_tls_(settings.verify_tls),
      timeout_(static_cast<int64_t>(settings.timeout_seconds * 1000)),
      cancelled_(settings.cancelled),
      credentials_(std::move(credentials)) {
  static const CURLcode initialized = curl_global_init(CURL_GLOBAL_DEFAULT);
  (void)initialized;
}

S3Http::~S3Http() {
  for (void* handle : idle_) curl_easy_cleanup(handle);
}

void* S3Http::Take() {
  const std::lock_guard lock(mutex_);
  if (idle_.empty()) return curl_easy_init();
  void* const handle = idle_.back();
  idle_.pop_back();
  return handle;
}

void S3Http::GiveBack(void* handle) {
  curl_easy_reset(handle);  // keeps the connection
  const std::lock_guard lock(mutex_);
  idle_.push_back(handle);
}

arrow::Status S3Http::Try(const Request& request, Exchange* exchange) {
  if (request.length > 0) {
    ARROW_ASSIGN_OR_RAISE(exchange->body, arrow::AllocateResizableBuffer(request.length, ArrowPool()));
  }
  CURL* const handle = Take();
  if (!handle) return OutOfMemoryError();
  exchange->handle = handle;
  std::unique_ptr<curl_slist, FreeList> headers;
  const auto add = [&](const std::string& header) {
    headers.reset(curl_slist_append(headers.release(), header.c_str()));
  };
  const S3Credentials credentials = credentials_();
  const std::string signing = "aws:amz:" + region_ + ":s3";
  const std::string user = credentials.access_key + ":" + credentials.secret_key;
  if (!credentials.access_key.empty()) {
    add("x-amz-content-sha256: UNSIGNED-PAYLOAD");
    if (!credentials.session_token.empty()) add("x-amz-security-token: " + credentials.session_token);
    curl_easy_setopt(handle, CURLOPT_AWS_SIGV4, signing.c_str());
    curl_easy_setopt(handle, CURLOPT_USERPWD, user.c_str());
  }
  if (!request.etag.empty()) add("If-Match: " + request.etag);
  const std::string range = fmt::format("{}-{}", request.offset, request.offset + request.length - 1);
  curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, request.method);
  curl_easy_setopt(handle, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(handle, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers.get());
  if (request.length > 0) curl_easy_setopt(handle, CURLOPT_RANGE, range.c_str());
  curl_easy_setopt(handle, CURLOPT_BUFFERSIZE, kReceiveBytes);
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
  curl_easy_setopt(handle, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(handle, CURLOPT_LOW_SPEED_TIME, kStallSeconds);
  if (!verify_tls_) {
    curl_easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, 0L);
  }
  if (!ca_bundle_.empty()) curl_easy_setopt(handle, CURLOPT_CAINFO, ca_bundle_.c_str());
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &Exchange::OnBody);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, exchange);
  curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, &Exchange::OnHeader);
  curl_easy_setopt(handle, CURLOPT_HEADERDATA, exchange);
  curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, &Exchange::OnProgress);
  curl_easy_setopt(handle, CURLOPT_XFERINFODATA, exchange);
  exchange->code = curl_easy_perform(handle);
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &exchange->status);
  GiveBack(handle);
  return arrow::Status::OK();
}

arrow::Status S3Http::Perform(const Request& request, const std::atomic<bool>& given_up, Exchange* exchange) {
  const Clock::time_point deadline = Clock::now() + timeout_;
  const auto stops = [&] { return given_up || (cancelled_ && cancelled_()); };
  const std::string& name = request.name;
  auto delay = kFirstDelay;
  for (;;) {
    if (!request.cleans_up && stops()) return MakeError(ErrorKind::kCancelled, "stopped");
    *exchange = Exchange();
    if (!request.cleans_up) exchange->stops = stops;
    ARROW_RETURN_NOT_OK(Try(request, exchange));
    std::string reason;
    if (exchange->code != CURLE_OK) {
      if (exchange->code == CURLE_PEER_FAILED_VERIFICATION || exchange->code == CURLE_SSL_CACERT_BADFILE) {
        return UsageError(
            "{}: the store's certificate cannot be verified ({}); name its CA with AWS_CA_BUNDLE", name,
            curl_easy_strerror(exchange->code));
      }
      reason = exchange->code == CURLE_WRITE_ERROR ? "the answer is longer than what was asked for"
                                                   : curl_easy_strerror(exchange->code);
    } else if (exchange->status == 403 || exchange->status == 401 ||
               exchange->error_text.find("ExpiredToken") != std::string::npos) {  // a 400
      return UsageError("{}: no access ({}); check the credentials and the rights of their owner", name,
                        exchange->error_text.substr(0, 300));
    } else if (exchange->status == 404 || exchange->status == 412) {
      return arrow::Status::OK();
    } else if (exchange->status >= 300 && !MayPass(exchange->status)) {
      return InputErrorAt(name, "the store answers {}: {}", exchange->status,
                          exchange->error_text.substr(0, 300));
    } else if (exchange->status >= 300) {
      reason = fmt::format("the store answers {}", exchange->status);
    } else if (exchange->received < request.length) {
      reason = fmt::format("{} of {} bytes came", exchange->received, request.length);
    } else {
      return arrow::Status::OK();
    }
    const auto wait = WithJitter(delay);
    waited_ms_ += wait.count();
    if (Clock::now() + wait >= deadline || waited_ms_ > 5 * timeout_.count() ||
        (request.cleans_up && stops())) {
      return MakeError(
          ErrorKind::kTransient,
          fmt::format("{}: the request fails, tried for long: {}; try again later", name, reason));
    }
    for (const auto end = Clock::now() + wait; Clock::now() < end && !stops();) {
      std::this_thread::sleep_for(
          std::min<Clock::duration>(end - Clock::now(), std::chrono::milliseconds(50)));
    }
    delay = std::min(delay * 2, kLongestDelay);
  }
}

arrow::Result<S3Response> S3Http::Get(const std::string& url, const std::string& name, int64_t offset,
                                      int64_t length, const std::string& etag,
                                      const std::atomic<bool>& given_up) {
  Exchange exchange;
  ARROW_RETURN_NOT_OK(Perform({"GET", url, name, offset, length, etag}, given_up, &exchange));
  if (exchange.status == 404) return InputErrorAt(name, "is gone since it was listed; run again");
  if (exchange.status == 412) {
    return InputErrorAt(name, "the object has changed while it was read; run again");
  }
  exchange.response.body = std::move(exchange.body);
  return std::move(exchange.response);
}

arrow::Status S3Http::Delete(const std::string& url, const std::string& name) {
  Exchange exchange;
  return Perform({"DELETE", url, name, 0, 0, "", true}, false, &exchange);
}

}  // namespace costream
