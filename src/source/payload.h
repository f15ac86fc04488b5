// Operator payloads: .tar.gz files with a manifest and CSV reports (spec: "Operator payload"). Members are
// read out of the archive as they stand in it; nothing is unpacked to disk.
#pragma once

#include <arrow/result.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "source/input_file.h"
#include "source/manifest.h"

namespace costream {

// Of each archive.
struct PayloadLimits {
  int64_t max_bytes = int64_t{8} << 30;  // unpacked
  int64_t max_members = 10'000;
};

// A report of a payload. Its text begins with the header line of a CSV; its name is
// `payload.tar.gz:member.csv`.
struct PayloadReport {
  InputFilePtr file;
  std::shared_ptr<const Manifest> manifest;  // one for all reports of a payload; lists are empty
};

struct Payloads {
  std::vector<PayloadReport> reports;
  int64_t repeated = 0;  // times that a member of one payload came again
  std::vector<std::string> notes, warnings;
};

// Whether the path names a payload.
bool IsPayload(const std::string& path);

// Reads each archive once, to see what is in it. Archives with one uuid are one payload. Input error for an
// archive that cannot be read, has no manifest, or passes a limit.
arrow::Result<Payloads> ReadPayloads(std::vector<InputFilePtr> archives, const PayloadLimits& limits);

}  // namespace costream
