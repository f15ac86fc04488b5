// The HTTP side of the server: read-only, with a limit on everything, for this machine unless there is a
// token.
#pragma once

#include <arrow/status.h>

#include <functional>
#include <string>

#include "serve/api.h"

namespace costream {

struct ServeOptions {
  std::string address = "127.0.0.1";
  int port = 8080;    // 0: any that is free
  std::string token;  // needed for any address but the loopback's
};

// Whether only this machine can reach the address.
bool IsLoopback(const std::string& address);

// Whether a request whose Host header says so is meant for a server at a loopback address: a page of another
// name that a browser was made to look up as 127.0.0.1 is not.
bool HostIsLoopback(const std::string& host);

// Whether the header names the token: "Bearer TOKEN", or the user costream with it as the password.
bool IsAuthorized(const std::string& authorization, const std::string& token);

// Until `stopped` says so, which is asked a few times a second. `listening`: called with the port. Usage
// error for an address that cannot be listened at, or that needs a token and has none.
arrow::Status Serve(const ServeOptions& options, Api* api, const std::function<void(int)>& listening,
                    const std::function<bool()>& stopped);

}  // namespace costream
