// The members of a .tar.gz one after the other, by libarchive. Nothing is ever written to disk.
#pragma once

#include <arrow/result.h>

#include <cstdint>
#include <memory>
#include <string>

#include "source/gzip_stream.h"

namespace costream {

struct TarMember {
  std::string path;  // as the archive spells it; may be anything
  int64_t bytes = 0;
  bool plain = false;    // a regular file with all its bytes: no link, device, directory or file with holes
  int64_t position = 0;  // where its headers begin, in decompressed bytes
};

// Not thread-safe. Errors are input errors that name the archive.
class TarStream {
 public:
  // Goes on from where the stream is, which must be the begin of a member's headers.
  // `place_every`: least bytes of the file between the places that are kept, each where headers may begin.
  TarStream(std::unique_ptr<GzipStream> gzip, std::string name, int64_t place_every);
  ~TarStream();

  // The next member, whose bytes can be read then; false after the last.
  arrow::Result<bool> Next(TarMember* member);
  // Of the member. Fewer bytes than asked for only at its end.
  arrow::Result<int64_t> Read(int64_t size, uint8_t* out);
  // The last place that was kept at or before that position; null is the begin.
  // REQUIRES: the position of the member at hand.
  std::shared_ptr<const GzipStream::Place> PlaceBefore(int64_t position) const;
  // Reads what follows the last member, so that its checksum is verified.
  arrow::Status Drain();

 private:
  class Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace costream
