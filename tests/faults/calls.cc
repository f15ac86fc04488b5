// Loaded before the C library (LD_PRELOAD, by calls.py): chosen calls of the program fail, come short, or are
// its last.
//
//   FAULTS="write:3:EIO,read:7+:short"   of all writes of the process the third fails; all reads from the
//   seventh on come
//                                        short. CLASS:N[+]:ACTION, where CLASS may be several, as in
//                                        "write|sync"; ACTION is an error's name, "short" (half of the
//                                        bytes), or "kill" (SIGKILL before the call)
//   FAULTS_LOG=FILE                      each call that a class has: "CLASS PATH"; what was done to one: "!
//   CLASS PATH".
//                                        Of memory (new, malloc) only where FAULTS has the class: there are
//                                        many
//
// Calls are counted over all threads, from the first line of the program's own: the loader's are not seen.
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>

namespace {

enum Action { kNone, kError, kShort, kKill };

struct Fault {
  char classes[96] = "";
  long at = 0;
  bool onward = false;
  Action action = kNone;
  int error = 0;
  std::atomic<long> seen{0};
};

constexpr int kMostFaults = 8;
constinit Fault faults[kMostFaults];
int fault_count = 0;
int log_file = -1;
bool ready = false;

bool Has(const char* classes, const char* name) {
  for (const char* at = classes; *at != 0;) {
    const size_t size = strcspn(at, "|");
    if (size == strlen(name) && strncmp(at, name, size) == 0) return true;
    at += size + (at[size] == '|');
  }
  return false;
}

int ErrorOf(const char* name) {
  const struct {
    const char* name;
    int error;
  } errors[] = {{"EIO", EIO},       {"ENOSPC", ENOSPC}, {"ECONNRESET", ECONNRESET}, {"EINTR", EINTR},
                {"EMFILE", EMFILE}, {"ENOMEM", ENOMEM}, {"EACCES", EACCES},         {"EDQUOT", EDQUOT}};
  for (const auto& known : errors) {
    if (strcmp(known.name, name) == 0) return known.error;
  }
  dprintf(2, "FAULTS: no such action: %s\n", name);
  _exit(99);
}

__attribute__((constructor)) void Start() {
  if (const char* log = getenv("FAULTS_LOG")) {
    log_file =
        static_cast<int>(syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  }
  char text[1024] = "";
  if (const char* all = getenv("FAULTS")) strncpy(text, all, sizeof text - 1);
  char* rest = nullptr;
  for (char* one = strtok_r(text, ",", &rest); one; one = strtok_r(nullptr, ",", &rest)) {
    Fault& fault = faults[fault_count++];
    char action[16] = "", plus[2] = "";
    if (fault_count > kMostFaults ||
        (sscanf(one, "%95[^:]:%ld%1[+]:%15s", fault.classes, &fault.at, plus, action) != 4 &&
         sscanf(one, "%95[^:]:%ld:%15s", fault.classes, &fault.at, action) != 3)) {
      dprintf(2, "FAULTS: cannot be read: %s\n", one);
      _exit(99);
    }
    fault.onward = plus[0] == '+';
    fault.action = strcmp(action, "kill") == 0 ? kKill : strcmp(action, "short") == 0 ? kShort : kError;
    if (fault.action == kError) fault.error = ErrorOf(action);
  }
  ready = true;
}

void Log(const char* mark, const char* name, const char* path, int fd) {
  if (log_file < 0) return;
  char line[512], of_fd[400] = "";
  if (!path && fd >= 0) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    const long size = syscall(SYS_readlink, link, of_fd, sizeof of_fd - 1);
    if (size > 0) of_fd[size] = 0;
    path = of_fd;
  }
  const int size = snprintf(line, sizeof line, "%s%s %.400s\n", mark, name, path ? path : "");
  syscall(SYS_write, log_file, line, size);
}

// Whether no disk and no network is behind it: a pipe, an eventfd. Those do not fail.
bool IsOfNoDevice(int fd) {
  struct stat info;
  if (fd < 0 || syscall(SYS_fstat, fd, &info) != 0) return false;
  return (info.st_mode & S_IFMT) == 0 || S_ISFIFO(info.st_mode);
}

// Whether it is no call of the program's: one that measures coverage writes its counts as it ends.
bool IsOfMeasuring(const char* path) {
  const char* const end = path ? strrchr(path, '.') : nullptr;
  return end && strcmp(end, ".gcda") == 0;
}

// What is to be done to this call; kError has set errno.
Action Decide(const char* name, const char* path, int fd) {
  if (!ready || IsOfNoDevice(fd) || IsOfMeasuring(path)) return kNone;
  const int before = errno;
  const bool memory = !path && fd < 0;
  if (!memory) Log("", name, path, fd);
  for (int i = 0; i < fault_count; ++i) {
    Fault& fault = faults[i];
    if (!Has(fault.classes, name)) continue;
    const long number = ++fault.seen;
    if (memory) Log("", name, path, fd);
    if (number != fault.at && !(fault.onward && number > fault.at)) continue;
    Log("! ", name, path, fd);
    if (fault.action == kKill) syscall(SYS_kill, getpid(), SIGKILL);
    // A socket that has failed is of no use any more.
    if (fault.action == kError && fault.error != EINTR &&
        (strcmp(name, "send") == 0 || strcmp(name, "recv") == 0))
      shutdown(fd, SHUT_RDWR);
    errno = fault.action == kError ? fault.error : before;
    return fault.action;
  }
  errno = before;
  return kNone;
}

template <typename Function>
Function* Real(Function*, const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

size_t Shorter(size_t size) { return size > 1 ? size / 2 : size; }

}  // namespace

#define REAL(name) static const auto real = Real(static_cast<decltype(::name)*>(nullptr), #name)
#define FAILS(kind, path, fd) (Decide(kind, path, fd) == kError)

extern "C" {

int open(const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const mode_t mode = va_arg(more, mode_t);
  va_end(more);
  return FAILS("open", path, -1) ? -1 : static_cast<int>(syscall(SYS_openat, AT_FDCWD, path, flags, mode));
}
int open64(const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const mode_t mode = va_arg(more, mode_t);
  va_end(more);
  return FAILS("open", path, -1) ? -1 : static_cast<int>(syscall(SYS_openat, AT_FDCWD, path, flags, mode));
}
int openat(int folder, const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const mode_t mode = va_arg(more, mode_t);
  va_end(more);
  return FAILS("open", path, -1) ? -1 : static_cast<int>(syscall(SYS_openat, folder, path, flags, mode));
}
FILE* fopen(const char* path, const char* mode) {
  REAL(fopen);
  return FAILS("open", path, -1) ? nullptr : real(path, mode);
}
FILE* fopen64(const char* path, const char* mode) {
  REAL(fopen64);
  return FAILS("open", path, -1) ? nullptr : real(path, mode);
}
int mkostemp(char* path, int flags) {
  REAL(mkostemp);
  return FAILS("open", path, -1) ? -1 : real(path, flags);
}

ssize_t read(int fd, void* data, size_t size) {
  const Action action = Decide("read", nullptr, fd);
  return action == kError ? -1 : syscall(SYS_read, fd, data, action == kShort ? Shorter(size) : size);
}
ssize_t pread(int fd, void* data, size_t size, off_t at) {
  const Action action = Decide("read", nullptr, fd);
  return action == kError ? -1 : syscall(SYS_pread64, fd, data, action == kShort ? Shorter(size) : size, at);
}
ssize_t pread64(int fd, void* data, size_t size, off64_t at) { return pread(fd, data, size, at); }

ssize_t write(int fd, const void* data, size_t size) {
  const Action action = Decide("write", nullptr, fd);
  return action == kError ? -1 : syscall(SYS_write, fd, data, action == kShort ? Shorter(size) : size);
}
ssize_t pwrite(int fd, const void* data, size_t size, off_t at) {
  const Action action = Decide("write", nullptr, fd);
  return action == kError ? -1 : syscall(SYS_pwrite64, fd, data, action == kShort ? Shorter(size) : size, at);
}
ssize_t pwrite64(int fd, const void* data, size_t size, off64_t at) { return pwrite(fd, data, size, at); }

int fsync(int fd) { return FAILS("sync", nullptr, fd) ? -1 : static_cast<int>(syscall(SYS_fsync, fd)); }
int fdatasync(int fd) {
  return FAILS("sync", nullptr, fd) ? -1 : static_cast<int>(syscall(SYS_fdatasync, fd));
}
int ftruncate(int fd, off_t size) noexcept {
  return FAILS("truncate", nullptr, fd) ? -1 : static_cast<int>(syscall(SYS_ftruncate, fd, size));
}
int ftruncate64(int fd, off64_t size) noexcept { return ftruncate(fd, size); }

int rename(const char* from, const char* to) noexcept {
  return FAILS("rename", to, -1) ? -1 : static_cast<int>(syscall(SYS_rename, from, to));
}
int unlink(const char* path) noexcept {
  return FAILS("remove", path, -1) ? -1 : static_cast<int>(syscall(SYS_unlink, path));
}
int rmdir(const char* path) noexcept {
  return FAILS("remove", path, -1) ? -1 : static_cast<int>(syscall(SYS_rmdir, path));
}
int remove(const char* path) noexcept {
  REAL(remove);
  return FAILS("remove", path, -1) ? -1 : real(path);
}
int mkdir(const char* path, mode_t mode) noexcept {
  return FAILS("mkdir", path, -1) ? -1 : static_cast<int>(syscall(SYS_mkdir, path, mode));
}

int connect(int fd, const sockaddr* to, socklen_t size) {
  return FAILS("connect", nullptr, fd) ? -1 : static_cast<int>(syscall(SYS_connect, fd, to, size));
}
ssize_t sendto(int fd, const void* data, size_t size, int flags, const sockaddr* to, socklen_t to_size) {
  const Action action = Decide("send", nullptr, fd);
  return action == kError
             ? -1
             : syscall(SYS_sendto, fd, data, action == kShort ? Shorter(size) : size, flags, to, to_size);
}
ssize_t send(int fd, const void* data, size_t size, int flags) {
  return sendto(fd, data, size, flags, nullptr, 0);
}
ssize_t sendmsg(int fd, const msghdr* message, int flags) {
  return FAILS("send", nullptr, fd) ? -1 : syscall(SYS_sendmsg, fd, message, flags);
}
ssize_t recvfrom(int fd, void* data, size_t size, int flags, sockaddr* from, socklen_t* from_size) {
  const Action action = Decide("recv", nullptr, fd);
  return action == kError ? -1
                          : syscall(SYS_recvfrom, fd, data, action == kShort ? Shorter(size) : size, flags,
                                    from, from_size);
}
ssize_t recv(int fd, void* data, size_t size, int flags) {
  return recvfrom(fd, data, size, flags, nullptr, nullptr);
}
ssize_t recvmsg(int fd, msghdr* message, int flags) {
  return FAILS("recv", nullptr, fd) ? -1 : syscall(SYS_recvmsg, fd, message, flags);
}

}  // extern "C"

// ---------------------------------------------------------------- memory
void* operator new(size_t size) {
  void* const memory = FAILS("new", nullptr, -1) ? nullptr : malloc(size ? size : 1);
  if (!memory) throw std::bad_alloc();
  return memory;
}
void* operator new[](size_t size) { return operator new(size); }
void* operator new(size_t size, std::align_val_t alignment) {
  const auto align = static_cast<size_t>(alignment);
  void* const memory =
      FAILS("new", nullptr, -1) ? nullptr : aligned_alloc(align, (size + align - 1) / align * align);
  if (!memory) throw std::bad_alloc();
  return memory;
}
void* operator new[](size_t size, std::align_val_t alignment) { return operator new(size, alignment); }
void* operator new(size_t size, const std::nothrow_t&) noexcept {
  return FAILS("new", nullptr, -1) ? nullptr : malloc(size ? size : 1);
}
void* operator new[](size_t size, const std::nothrow_t& nothrow) noexcept {
  return operator new(size, nothrow);
}
void operator delete(void* memory) noexcept { free(memory); }
void operator delete[](void* memory) noexcept { free(memory); }
void operator delete(void* memory, size_t) noexcept { free(memory); }
void operator delete[](void* memory, size_t) noexcept { free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { free(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { free(memory); }
void operator delete(void* memory, size_t, std::align_val_t) noexcept { free(memory); }
void operator delete[](void* memory, size_t, std::align_val_t) noexcept { free(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { free(memory); }
void operator delete[](void* memory, const std::nothrow_t&) noexcept { free(memory); }

extern "C" {

void* __libc_malloc(size_t);
void* __libc_calloc(size_t, size_t);
void* __libc_realloc(void*, size_t);

void* malloc(size_t size) {
  return FAILS("malloc", nullptr, -1) ? (errno = ENOMEM, nullptr) : __libc_malloc(size);
}
void* calloc(size_t count, size_t size) {
  return FAILS("malloc", nullptr, -1) ? (errno = ENOMEM, nullptr) : __libc_calloc(count, size);
}
void* realloc(void* memory, size_t size) {
  return FAILS("malloc", nullptr, -1) ? (errno = ENOMEM, nullptr) : __libc_realloc(memory, size);
}

}  // extern "C"
