#include "source/s3.h"

#include <arrow/filesystem/s3fs.h>
#include <arrow/io/concurrency.h>
#include <arrow/io/interfaces.h>
#include <arrow/util/thread_pool.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <mutex>

#include "base/arrow_pool.h"
#include "base/error.h"
#include "source/read_ahead.h"
#include "source/s3_http.h"

namespace costream {
namespace {

constexpr std::string_view kScheme = "s3://";
constexpr int64_t kReadAheadBytes = 8 << 20;  // of one open object

std::string FromEnvironment(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    const char* const value = std::getenv(name.c_str());
    if (value && *value) return value;
  }
  return "";
}

// As S3 wants it signed: all but unreserved characters and the slashes.
std::string EscapeKey(std::string_view key) {
  std::string escaped;
  for (const char c : key) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.' || c == '~' || c == '/';
    if (plain) {
      escaped += c;
    } else {
      escaped += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return escaped;
}

// libcurl's codes for a certificate that does not verify, and for a CA bundle that cannot be read.
bool IsCertificateTrouble(std::string_view message) {
  return message.find("curlCode: 60") != message.npos || message.find("curlCode: 77") != message.npos;
}

// Waits longer each time.
class PatientRetry : public arrow::fs::S3RetryStrategy {
 public:
  explicit PatientRetry(double timeout_seconds) : timeout_ms_(static_cast<int64_t>(timeout_seconds * 1000)) {}

  bool ShouldRetry(const AWSErrorDetail& error, int64_t attempted) override {
    int64_t waited = 0;
    for (int64_t i = 0; i < attempted; ++i) waited += LongestDelay(i);
    return error.should_retry && waited < timeout_ms_ && !IsCertificateTrouble(error.message);
  }
  int64_t CalculateDelayBeforeNextRetry(const AWSErrorDetail&, int64_t attempted) override {
    return WithJitter(std::chrono::milliseconds(LongestDelay(attempted))).count();
  }

 private:
  static int64_t LongestDelay(int64_t attempted) {
    return std::min<int64_t>(5000, int64_t{50} << std::min<int64_t>(attempted, 10));
  }

  const int64_t timeout_ms_;
};

class S3File;

class S3StoreImpl : public S3Store, public std::enable_shared_from_this<S3StoreImpl> {
 public:
  S3StoreImpl(S3Settings settings, arrow::fs::S3Options options,
              std::shared_ptr<arrow::fs::FileSystem> file_system)
      : settings_(std::move(settings)),
        options_(std::move(options)),
        file_system_(std::move(file_system)),
        http_(settings_, [this] {
          return S3Credentials{options_.GetAccessKey(), options_.GetSecretKey(), options_.GetSessionToken()};
        }) {}

  arrow::Result<std::vector<InputFilePtr>> List(const std::string& path) override;
  arrow::Result<InputFilePtr> Find(const std::string& path) override;
  arrow::Status Delete(const std::string& path) override {
    ARROW_ASSIGN_OR_RAISE(const S3Path place, ParseS3(path));
    return http_.Delete(UrlOf(place.bucket, place.key), path);
  }
  const std::shared_ptr<arrow::fs::FileSystem>& file_system() const override { return file_system_; }

  S3Http& http() { return http_; }

  std::string UrlOf(const std::string& bucket, const std::string& key) const {
    std::string host = settings_.endpoint;
    std::string scheme = options_.scheme + "://";
    if (host.empty()) host = "s3." + settings_.region + ".amazonaws.com";
    if (const size_t at = host.find("://"); at != std::string::npos) host.erase(0, at + 3);
    while (host.ends_with('/')) host.pop_back();
    const bool virtual_host = settings_.virtual_addressing || settings_.endpoint.empty();
    return virtual_host ? fmt::format("{}{}.{}/{}", scheme, bucket, host, EscapeKey(key))
                        : fmt::format("{}{}/{}/{}", scheme, host, bucket, EscapeKey(key));
  }

 private:
  const S3Settings settings_;
  const arrow::fs::S3Options options_;
  const std::shared_ptr<arrow::fs::FileSystem> file_system_;
  S3Http http_;
};

// The object, and which version of it is read.
class S3File : public InputFile, public std::enable_shared_from_this<S3File> {
 public:
  S3File(std::shared_ptr<S3StoreImpl> store, std::string bucket, std::string key, int64_t bytes)
      : store_(std::move(store)),
        name_(fmt::format("{}{}/{}", kScheme, bucket, key)),
        url_(store_->UrlOf(bucket, key)),
        bytes_(bytes) {}

  const std::string& name() const override { return name_; }
  int64_t bytes() const override { return bytes_; }
  bool remote() const override { return true; }
  std::map<std::string, std::string> metadata() const override {
    const std::lock_guard lock(mutex_);
    return metadata_;
  }
  std::string identity() const override { return name_; }
  std::string version() const override { return fmt::format("{} {}", bytes_, etag()); }
  arrow::Result<std::shared_ptr<arrow::io::RandomAccessFile>> Open() const override;
  arrow::Result<std::shared_ptr<arrow::io::InputStream>> OpenText() const override;

  arrow::Result<std::shared_ptr<arrow::Buffer>> Get(int64_t offset, int64_t length,
                                                    const std::atomic<bool>& given_up) const {
    ARROW_ASSIGN_OR_RAISE(S3Response response,
                          store_->http().Get(url_, name_, offset, length, etag(), given_up));
    const std::lock_guard lock(mutex_);
    if (etag_.empty()) {
      etag_ = response.etag;
      metadata_ = response.metadata;
    }
    if (response.object_bytes != bytes_ || response.etag != etag_) {
      return InputErrorAt(name_, "the object has changed while it was read; run again");
    }
    return response.body;
  }

 private:
  std::string etag() const {
    const std::lock_guard lock(mutex_);
    return etag_;
  }

  const std::shared_ptr<S3StoreImpl> store_;
  const std::string name_, url_;
  const int64_t bytes_;
  mutable std::mutex mutex_;
  mutable std::string etag_;  // of the first answer
  mutable std::map<std::string, std::string> metadata_;
};

class S3RandomAccessFile : public arrow::io::RandomAccessFile {
 public:
  explicit S3RandomAccessFile(std::shared_ptr<const S3File> file)
      : file_(std::move(file)),
        ahead_([this](int64_t offset, int64_t length) { return file_->Get(offset, length, given_up_); },
               [this](int64_t offset, int64_t length) {
                 return arrow::DeferNotOk(arrow::io::default_io_context().executor()->Submit(
                     [this, offset, length] { return file_->Get(offset, length, given_up_); }));
               }) {}
  ~S3RandomAccessFile() override { given_up_ = true; }  // ahead_ waits for what is on its way

  arrow::Status Close() override {
    closed_ = true;
    return arrow::Status::OK();
  }
  bool closed() const override { return closed_; }
  arrow::Result<int64_t> Tell() const override { return position_; }
  arrow::Status Seek(int64_t position) override {
    position_ = position;
    return arrow::Status::OK();
  }
  arrow::Result<int64_t> GetSize() override { return file_->bytes(); }

  arrow::Status WillNeed(const std::vector<arrow::io::ReadRange>& ranges) override {
    const std::lock_guard lock(mutex_);
    ahead_.WillNeed(ranges, kReadAheadBytes);
    return arrow::Status::OK();
  }

  arrow::Result<int64_t> ReadAt(int64_t position, int64_t length, void* out) override {
    if (position < 0 || position > file_->bytes()) return arrow::Status::IOError("read past the end");
    length = std::min(length, file_->bytes() - position);
    const std::lock_guard lock(mutex_);
    ARROW_RETURN_NOT_OK(ahead_.ReadAt(position, length, static_cast<uint8_t*>(out)));
    return length;
  }
  arrow::Result<std::shared_ptr<arrow::Buffer>> ReadAt(int64_t position, int64_t length) override {
    length = std::min(length, file_->bytes() - position);
    ARROW_ASSIGN_OR_RAISE(auto buffer,
                          arrow::AllocateResizableBuffer(std::max<int64_t>(0, length), ArrowPool()));
    ARROW_RETURN_NOT_OK(ReadAt(position, length, buffer->mutable_data()).status());
    return std::shared_ptr<arrow::Buffer>(std::move(buffer));
  }
  arrow::Result<int64_t> Read(int64_t length, void* out) override {
    ARROW_ASSIGN_OR_RAISE(const int64_t read, ReadAt(position_, length, out));
    position_ += read;
    return read;
  }
  arrow::Result<std::shared_ptr<arrow::Buffer>> Read(int64_t length) override {
    ARROW_ASSIGN_OR_RAISE(auto buffer, ReadAt(position_, length));
    position_ += buffer->size();
    return buffer;
  }

 private:
  const std::shared_ptr<const S3File> file_;
  std::mutex mutex_;
  std::atomic<bool> given_up_ = false;
  ReadAhead ahead_;
  int64_t position_ = 0;
  bool closed_ = false;
};

arrow::Result<std::shared_ptr<arrow::io::RandomAccessFile>> S3File::Open() const {
  return std::make_shared<S3RandomAccessFile>(shared_from_this());
}

arrow::Result<std::shared_ptr<arrow::io::InputStream>> S3File::OpenText() const {
  ARROW_ASSIGN_OR_RAISE(const auto file, Open());
  ARROW_RETURN_NOT_OK(file->WillNeed({{0, bytes_}}));
  return TextOf(*this, file);
}

arrow::Result<std::vector<InputFilePtr>> S3StoreImpl::List(const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(const S3Path place, ParseS3(path));
  const std::string base = place.key.empty() ? place.bucket : place.bucket + "/" + place.key;
  ARROW_ASSIGN_OR_RAISE(const InputFilePtr object, Find(path));
  if (object) return std::vector{object};
  arrow::fs::FileSelector selector;
  selector.base_dir = base;
  while (selector.base_dir.ends_with('/')) selector.base_dir.pop_back();
  selector.recursive = true;
  selector.allow_not_found = !place.key.empty();
  auto listed = file_system_->GetFileInfo(selector);
  ARROW_RETURN_NOT_OK(StoreError(path, listed.status()));
  std::vector<arrow::fs::FileInfo> found = *std::move(listed);
  if (found.empty()) {
    const auto bucket = file_system_->GetFileInfo(place.bucket);
    ARROW_RETURN_NOT_OK(StoreError(path, bucket.status()));
    if (bucket->type() == arrow::fs::FileType::NotFound)
      return UsageError("{}: there is no such bucket", path);
  }
  std::ranges::sort(found, {}, &arrow::fs::FileInfo::path);
  std::vector<InputFilePtr> files;
  for (const auto& info : found) {
    if (!info.IsFile()) continue;
    files.push_back(std::make_shared<S3File>(shared_from_this(), place.bucket,
                                             info.path().substr(place.bucket.size() + 1), info.size()));
  }
  return files;
}

arrow::Result<InputFilePtr> S3StoreImpl::Find(const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(const S3Path place, ParseS3(path));
  if (place.key.empty() || place.key.ends_with('/')) return nullptr;
  const auto object = file_system_->GetFileInfo(place.bucket + "/" + place.key);
  ARROW_RETURN_NOT_OK(StoreError(path, object.status()));
  if (!object->IsFile()) return nullptr;
  return std::make_shared<S3File>(shared_from_this(), place.bucket, place.key, object->size());
}

// Of the store; the address is empty where it is Amazon's.
struct Endpoint {
  std::string scheme, address;
};

arrow::Result<Endpoint> ParseEndpoint(const std::string& text) {
  const size_t at = text.find("://");
  Endpoint endpoint =
      at == std::string::npos ? Endpoint{"http", text} : Endpoint{text.substr(0, at), text.substr(at + 3)};
  if (endpoint.scheme != "http" && endpoint.scheme != "https") {
    return UsageError("S3 endpoint {}: must begin with http:// or https://", text);
  }
  while (endpoint.address.ends_with('/')) endpoint.address.pop_back();
  return endpoint;
}

}  // namespace

const S3Variables& VariablesOfS3() {
  static const S3Variables variables;
  return variables;
}

arrow::Status StoreError(const std::string& name, const arrow::Status& status) {
  if (status.ok() || status.IsOutOfMemory() || KindOf(status) != ErrorKind::kInternal) return status;
  const std::string& message = status.message();
  const auto says = [&](std::string_view text) { return message.find(text) != std::string::npos; };
  if (says("NO_SUCH_BUCKET") || says("NoSuchBucket")) return UsageError("{}: there is no such bucket", name);
  if (says("ACCESS_DENIED") || says("INVALID_ACCESS_KEY") || says("SIGNATURE_DOES_NOT_MATCH") ||
      says("EXPIRED_TOKEN") || says("ExpiredToken") || says("403")) {
    return UsageError("{}: no access; check the credentials and the rights of their owner: {}", name,
                      message);
  }
  if (IsCertificateTrouble(message)) {
    return UsageError("{}: the store's certificate cannot be verified; name its CA with AWS_CA_BUNDLE: {}",
                      name, message);
  }
  if (says("NETWORK_CONNECTION") || says("SLOW_DOWN") || says("SERVICE_UNAVAILABLE") ||
      says("INTERNAL_FAILURE") || says("XML_ERROR") || says("503") || says("500") || says("429")) {
    return MakeError(ErrorKind::kTransient, fmt::format("{}: the store is not available: {}", name, message));
  }
  return InputErrorAt(name, "{}", message);
}

bool IsS3(const std::string& path) { return path.starts_with(kScheme); }

arrow::Result<S3Path> ParseS3(const std::string& path) {
  const std::string rest = path.substr(std::min(path.size(), kScheme.size()));
  const size_t slash = std::min(rest.find('/'), rest.size());
  S3Path place{rest.substr(0, slash), slash < rest.size() ? rest.substr(slash + 1) : ""};
  if (place.bucket.empty()) place.bucket = FromEnvironment(VariablesOfS3().bucket);
  if (!IsS3(path) || place.bucket.empty()) {
    return UsageError("{}: names no bucket; write s3://bucket/prefix, or set S3_BUCKET", path);
  }
  return place;
}

arrow::Result<std::shared_ptr<S3Store>> S3Store::Make(const S3Settings& given) {
  S3Settings settings = given;
  const auto fill = [](std::string* value, const std::vector<std::string>& names) {
    if (value->empty()) *value = FromEnvironment(names);
  };
  const S3Variables& variables = VariablesOfS3();
  fill(&settings.endpoint, variables.endpoint);
  fill(&settings.region, variables.region);
  fill(&settings.ca_bundle, variables.ca_bundle);
  if (settings.region.empty()) settings.region = "us-east-1";
  if (FromEnvironment(variables.aws_credentials).empty()) {
    fill(&settings.access_key, variables.access_key);
    fill(&settings.secret_key, variables.secret_key);
  }
  // What can be wrong with the settings comes first: once begun, the library is to be used, else the process
  // ends badly.
  ARROW_ASSIGN_OR_RAISE(const Endpoint endpoint, ParseEndpoint(settings.endpoint));
  static const arrow::Status initialized = arrow::fs::InitializeS3(arrow::fs::S3GlobalOptions::Defaults());
  ARROW_RETURN_NOT_OK(initialized);
  auto options = settings.access_key.empty()
                     ? arrow::fs::S3Options::Defaults()
                     : arrow::fs::S3Options::FromAccessKey(settings.access_key, settings.secret_key);
  options.region = settings.region;
  options.tls_ca_file_path = settings.ca_bundle;
  options.tls_verify_certificates = settings.verify_tls;
  options.connect_timeout = 5;
  options.background_writes = false;  // they have no bound of memory
  options.retry_strategy = std::make_shared<PatientRetry>(settings.timeout_seconds);
  options.force_virtual_addressing = settings.virtual_addressing;
  if (!endpoint.address.empty()) {
    options.scheme = endpoint.scheme;
    options.endpoint_override = endpoint.address;
  }
  auto file_system = arrow::fs::S3FileSystem::Make(options);
  // Only now, so that it comes before the end of what the file system has just set up for the process.
  static const int finalized = std::atexit([] { (void)arrow::fs::FinalizeS3(); });
  (void)finalized;
  ARROW_RETURN_NOT_OK(StoreError("S3", file_system.status()));
  return std::make_shared<S3StoreImpl>(settings, options, *file_system);
}

}  // namespace costream
