// Gzipped bytes decompressed as a stream that can be taken up again in the middle: a tar member deep inside
// an archive can be read without what lies before it.
#pragma once

#include <arrow/io/interfaces.h>
#include <arrow/result.h>

#include <cstdint>
#include <memory>
#include <string>

#include "source/input_file.h"

namespace costream {

// Checks the checksum of every gzip member; members one after the other are one stream. Not thread-safe.
class GzipStream {
 public:
  // A place in the stream, about 40 KiB; outlives the stream it is of.
  class Place;

  // Input error from Open and Read, naming the file: it is no gzip file, is damaged or cut off, or holds more
  // than `max_bytes` or far more than any report, relative to its size (see kLargestRatio).
  static arrow::Result<std::unique_ptr<GzipStream>> Open(const InputFile& file, int64_t max_bytes,
                                                         const Place* from = nullptr);
  ~GzipStream();

  // Fewer bytes than asked for only at the end.
  arrow::Result<int64_t> Read(int64_t size, uint8_t* out);
  // Decompressed bytes so far.
  int64_t position() const;
  // Bytes of the file so far.
  int64_t file_position() const;
  std::shared_ptr<const Place> Mark() const;

 private:
  class Impl;
  explicit GzipStream(std::unique_ptr<Impl> impl);
  const std::unique_ptr<Impl> impl_;
};

class GzipStream::Place {
 public:
  virtual ~Place() = default;
  virtual int64_t position() const = 0;
};

// Reports shrink to a tenth or a fiftieth; a thousandth is the most that gzip can.
inline constexpr int64_t kLargestRatio = 200;
inline constexpr int64_t kRatioCountsFrom = int64_t{64} << 20;  // decompressed bytes

}  // namespace costream
