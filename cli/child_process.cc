#include "child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/error.h"
#include "signals.h"

namespace costream {
namespace {

constexpr size_t kMostOutput = size_t{16} << 20;
constexpr std::streamoff kMostErrors = 4096;
constexpr int kSignalCheck_ms = 100;

class Descriptor {
 public:
  Descriptor() = default;
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { Close(); }

  void Set(int fd) { fd_ = fd; }
  int get() const { return fd_; }
  void Close() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }

 private:
  int fd_ = -1;
};

arrow::Status StartError(int error) {
  return MakeError(ErrorKind::kInternal,
                   fmt::format("a process to measure cannot be started: {}", std::strerror(error)));
}

arrow::Result<pid_t> Spawn(std::vector<std::string> arguments, int output, const std::string& errors_file) {
  std::vector<char*> argv;
  argv.reserve(arguments.size() + 1);
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, errors_file.c_str(), O_WRONLY | O_CREAT | O_TRUNC,
                                   0600);
  pid_t child = 0;
  const int error = posix_spawn(&child, "/proc/self/exe", &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return StartError(error);
  return child;
}

// Until the child closes it.
arrow::Status ReadAll(int fd, std::string* text) {
  for (char buffer[4096];;) {
    if (CaughtSignal() != 0) return MakeError(ErrorKind::kCancelled, "stopped");
    pollfd ready{fd, POLLIN, 0};
    const int changed = poll(&ready, 1, kSignalCheck_ms);
    if (changed == 0 || (changed < 0 && errno == EINTR)) continue;
    const ssize_t size = changed < 0 ? -1 : read(fd, buffer, sizeof buffer);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return MakeError(ErrorKind::kInternal, "the output of the process measured cannot be read");
    if (size == 0) return arrow::Status::OK();
    if (text->size() + static_cast<size_t>(size) > kMostOutput)
      return MakeError(ErrorKind::kInternal, "the process measured says too much");
    text->append(buffer, static_cast<size_t>(size));
  }
}

std::string LastOf(const std::string& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  file.seekg(std::max(std::streamoff{0}, static_cast<std::streamoff>(file.tellg()) - kMostErrors));
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

double Seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

}  // namespace

arrow::Result<ChildRun> RunSelf(const std::vector<std::string>& arguments, const std::string& errors_file) {
  std::vector<std::string> argv{"costream"};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return StartError(errno);
  Descriptor from, to;
  from.Set(ends[0]);
  to.Set(ends[1]);
  ChildRun run;
  const auto start = std::chrono::steady_clock::now();
  ARROW_ASSIGN_OR_RAISE(const pid_t child, Spawn(std::move(argv), to.get(), errors_file));
  to.Close();
  const arrow::Status read = ReadAll(from.get(), &run.output);
  if (!read.ok()) kill(child, SIGKILL);
  int status = 0;
  rusage usage{};
  while (wait4(child, &status, 0, &usage) < 0) {
    if (errno != EINTR) return StartError(errno);
  }
  ARROW_RETURN_NOT_OK(read);
  run.wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  run.cpu_s = Seconds(usage.ru_utime) + Seconds(usage.ru_stime);
  run.peak_memory_bytes = int64_t{usage.ru_maxrss} * 1024;
  run.exit_code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  run.errors = LastOf(errors_file);
  return run;
}

}  // namespace costream
