// Objects of an S3 store: MinIO, Ceph, AWS.
//
// Arrow's S3 file system lists objects, finds credentials and writes. Objects are read by libcurl, which
// signs requests itself: Arrow gives no user metadata, does not pin the version that it reads, and cannot
// give up on a request that stalls (docs/decisions/0013).
#pragma once

#include <arrow/filesystem/filesystem.h>
#include <arrow/result.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "source/input_file.h"

namespace costream {

// The environment variables of settings that are not given; the first that is set and not empty counts.
struct S3Variables {
  std::vector<std::string> endpoint = {"AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "S3_ENDPOINT"};
  std::vector<std::string> region = {"AWS_REGION", "AWS_DEFAULT_REGION", "S3_REGION"};
  std::vector<std::string> ca_bundle = {"AWS_CA_BUNDLE"};
  std::vector<std::string> bucket = {"S3_BUCKET"};
  // With any of these the credentials are all AWS's own, else these two.
  std::vector<std::string> aws_credentials = {"AWS_ACCESS_KEY_ID", "AWS_PROFILE",
                                              "AWS_WEB_IDENTITY_TOKEN_FILE"};
  std::vector<std::string> access_key = {"S3_ACCESS_KEY"}, secret_key = {"S3_SECRET_KEY"};
};
const S3Variables& VariablesOfS3();

// Where the store is. Empty: as the environment (S3Variables), then AWS, has it.
struct S3Settings {
  std::string endpoint;                // "http://host:port" or "host:port"
  std::string region;                  // us-east-1 where nothing names one
  std::string access_key, secret_key;  // in place of what AWS finds: variables, profile, web identity, role
  std::string ca_bundle;               // a file
  bool verify_tls = true;              // the certificate of an https:// endpoint
  double timeout_seconds = 60;  // to keep trying one request; all waiting of a run is at most five times that
  std::function<bool()> cancelled;  // asked often; may be empty
  bool virtual_addressing = false;  // bucket.host instead of host/bucket; always so without an endpoint
};

// "bucket" and "key" of s3://bucket/key; the bucket may be left out where S3_BUCKET names it.
struct S3Path {
  std::string bucket, key;
};

bool IsS3(const std::string& path);
arrow::Result<S3Path> ParseS3(const std::string& path);

// An error of Arrow's S3 file system with its kind; `name` is what was read or written.
arrow::Status StoreError(const std::string& name, const arrow::Status& status);

// A connection to the store. Thread-safe.
class S3Store {
 public:
  // Usage error where the settings cannot be used.
  static arrow::Result<std::shared_ptr<S3Store>> Make(const S3Settings& settings);
  virtual ~S3Store() = default;

  // The objects whose key begins with that of the path, ascending by key: the object of that name, or those
  // in the folder of that name. Usage error without access or bucket, transient error where the store is not
  // there.
  virtual arrow::Result<std::vector<InputFilePtr>> List(const std::string& path) = 0;

  // The object of that name, or null. Errors as of List.
  virtual arrow::Result<InputFilePtr> Find(const std::string& path) = 0;

  // The object is gone afterwards, and no empty one stands for its folder, as Arrow would leave it.
  virtual arrow::Status Delete(const std::string& path) = 0;

  // For writing; an object is there when its stream has been closed.
  virtual const std::shared_ptr<arrow::fs::FileSystem>& file_system() const = 0;
};

}  // namespace costream
