// One POST of a text to a service that is told something and answers nothing of use.
#pragma once

#include <arrow/status.h>

#include <string>

namespace costream {

// Usage error for a URL that is none or an answer other than 2xx, with the answer's first line; transient
// error where no answer comes within three seconds: a signal does not end it. No redirects are followed.
arrow::Status HttpPost(const std::string& url, const std::string& content_type, const std::string& text);

}  // namespace costream
