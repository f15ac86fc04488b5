#include "source/http_post.h"

#include <curl/curl.h>

#include <memory>

#include "base/error.h"
#include "base/secrets.h"

namespace costream {
namespace {

constexpr long kTimeoutSeconds = 3;
constexpr size_t kShownAnswer = 200;

size_t Keep(char* data, size_t size, size_t count, void* answer) {
  static_cast<std::string*>(answer)->append(data, size * count);
  return size * count;
}

}  // namespace

arrow::Status HttpPost(const std::string& url, const std::string& content_type, const std::string& text) {
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> handle(curl_easy_init(), curl_easy_cleanup);
  const std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers(
      curl_slist_append(nullptr, ("Content-Type: " + content_type).c_str()), curl_slist_free_all);
  if (!handle || !headers) return OutOfMemoryError();
  std::string answer;
  curl_easy_setopt(handle.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(handle.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle.get(), CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(handle.get(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(text.size()));
  curl_easy_setopt(handle.get(), CURLOPT_POSTFIELDS, text.c_str());
  curl_easy_setopt(handle.get(), CURLOPT_WRITEFUNCTION, Keep);
  curl_easy_setopt(handle.get(), CURLOPT_WRITEDATA, &answer);
  curl_easy_setopt(handle.get(), CURLOPT_TIMEOUT, kTimeoutSeconds);
  curl_easy_setopt(handle.get(), CURLOPT_NOSIGNAL, 1L);
  const CURLcode code = curl_easy_perform(handle.get());
  if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL) {
    return UsageError("{}: {}", WithoutPasswords(url), curl_easy_strerror(code));
  }
  if (code != CURLE_OK) {
    return MakeError(ErrorKind::kTransient,
                     fmt::format("{}: {}", WithoutPasswords(url), curl_easy_strerror(code)));
  }
  long status = 0;
  curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
  if (status >= 200 && status < 300) return arrow::Status::OK();
  return UsageError("{}: HTTP {} {}", WithoutPasswords(url), status,
                    answer.substr(0, std::min(answer.find('\n'), kShownAnswer)));
}

}  // namespace costream
