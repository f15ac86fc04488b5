#include "serve/http_server.h"

#include <httplib.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <thread>

#include "base/error.h"
#include "serve/query_text.h"

namespace costream {
namespace {

// One more than wait for readings, so that there is always one to say that all is well.
constexpr size_t kThreads = Api::kMostAtOnce + 1, kMostWaiting = 32, kMostBodyBytes = 4096,
                 kShortestToken = 16;
constexpr int kTimeoutSeconds = 10, kKeptAliveSeconds = 5, kMostKeptAlive = 100;

// A few threads; with too many connections waiting for one, the next is not accepted yet.
class BoundedTasks : public httplib::TaskQueue {
 public:
  BoundedTasks() {
    for (size_t i = 0; i < kThreads; ++i) threads_.emplace_back([this] { Work(); });
  }

  void enqueue(std::function<void()> task) override {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return tasks_.size() < kMostWaiting; });
    tasks_.push_back(std::move(task));
    changed_.notify_all();
  }

  void shutdown() override {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
      changed_.notify_all();
    }
    for (std::thread& thread : threads_) thread.join();
  }

 private:
  void Work() {
    for (;;) {
      std::function<void()> task;
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return ending_ || !tasks_.empty(); });
        if (tasks_.empty()) return;
        task = std::move(tasks_.front());
        tasks_.pop_front();
        changed_.notify_all();
      }
      task();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> tasks_;
  bool ending_ = false;
  std::vector<std::thread> threads_;
};

// In a time that does not tell where they differ.
bool EqualSecrets(const std::string& a, const std::string& b) {
  unsigned different = a.size() == b.size() ? 0 : 1;
  for (size_t i = 0; i < a.size() && i < b.size(); ++i) {
    different |= static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]);
  }
  return different == 0;
}

void Refuse(int status, const char* message, httplib::Response* response) {
  response->status = status;
  response->set_content(message, "text/plain");
}

// Whether the request goes on to its answer.
bool Admit(const ServeOptions& options, const httplib::Request& request, httplib::Response* response) {
  if (request.method != "GET" && request.method != "HEAD") {
    response->set_header("Allow", "GET, HEAD");
    Refuse(405, "this server is read-only\n", response);
  } else if (IsLoopback(options.address) && !HostIsLoopback(request.get_header_value("Host"))) {
    Refuse(403, "the Host header is not this machine's\n", response);
  } else if (!options.token.empty() && request.path != "/healthz" &&
             !IsAuthorized(request.get_header_value("Authorization"), options.token)) {
    response->set_header("WWW-Authenticate", "Basic realm=\"costream\", charset=\"UTF-8\"");
    Refuse(401, "a token is needed: Authorization: Bearer TOKEN, or user costream with it as password\n",
           response);
  } else {
    return true;
  }
  return false;
}

void SetUp(const ServeOptions& options, Api* api, httplib::Server* server) {
  server->new_task_queue = [] { return new BoundedTasks; };
  server->set_payload_max_length(kMostBodyBytes);
  server->set_read_timeout(kTimeoutSeconds);
  server->set_write_timeout(kTimeoutSeconds);
  server->set_keep_alive_timeout(kKeptAliveSeconds);
  server->set_keep_alive_max_count(kMostKeptAlive);
  // The page's own policy, in the page, forbids the rest.
  server->set_default_headers({{"Content-Security-Policy", "frame-ancestors 'none'"},
                               {"X-Frame-Options", "DENY"},
                               {"X-Content-Type-Options", "nosniff"},
                               {"Referrer-Policy", "no-referrer"},
                               {"Cross-Origin-Resource-Policy", "same-origin"},
                               {"Cache-Control", "no-store"}});
  server->set_pre_routing_handler([&options](const httplib::Request& request, httplib::Response& response) {
    return Admit(options, request, &response) ? httplib::Server::HandlerResponse::Unhandled
                                              : httplib::Server::HandlerResponse::Handled;
  });
  server->Get(".*", [api](const httplib::Request& request, httplib::Response& response) {
    auto answer = std::make_shared<ApiAnswer>(api->Answer({request.path, QueryParameters(request.target)}));
    response.status = answer->status;
    // As a provider, since content of the other kind is compressed in whole, for seconds.
    response.set_content_provider(answer->body.size(), answer->type,
                                  [answer](size_t offset, size_t length, httplib::DataSink& sink) {
                                    return sink.write(answer->body.data() + offset, length);
                                  });
  });
}

}  // namespace

bool IsLoopback(const std::string& address) {
  return address == "localhost" || address == "::1" || address.starts_with("127.");
}

bool HostIsLoopback(const std::string& host) {
  if (host.starts_with("[")) return host.substr(0, host.find(']') + 1) == "[::1]";
  const std::string name = host.substr(0, host.find(':'));
  in_addr parsed;
  return name == "localhost" || (name.starts_with("127.") && inet_pton(AF_INET, name.c_str(), &parsed) == 1);
}

bool IsAuthorized(const std::string& authorization, const std::string& token) {
  const std::string basic = httplib::make_basic_authentication_header("costream", token).second;
  const bool bearer = EqualSecrets(authorization, "Bearer " + token);
  return EqualSecrets(authorization, basic) || bearer;
}

arrow::Status Serve(const ServeOptions& options, Api* api, const std::function<void(int)>& listening,
                    const std::function<bool()>& stopped) {
  if (!IsLoopback(options.address) && options.token.size() < kShortestToken) {
    return UsageError(
        "--listen {}: others could read the summary there; set a token of at least {} characters in "
        "COSTREAM_TOKEN",
        options.address, kShortestToken);
  }
  httplib::Server server;
  SetUp(options, api, &server);
  const bool any = options.port == 0;
  const int port = any ? server.bind_to_any_port(options.address)
                   : server.bind_to_port(options.address, options.port) ? options.port
                                                                        : -1;
  if (port < 0) {
    return UsageError("cannot listen at {}:{}; take another --port or --listen", options.address,
                      options.port);
  }
  std::atomic<bool> ended = false;
  std::thread watch([&] {
    while (!ended) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      if (stopped()) server.stop();
    }
  });
  listening(port);
  server.listen_after_bind();
  ended = true;
  watch.join();
  return arrow::Status::OK();
}

}  // namespace costream
