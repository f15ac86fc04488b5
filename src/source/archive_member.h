// A member of a .tar.gz as a file of its own, read out of the archive where it stands in it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "source/gzip_stream.h"
#include "source/input_file.h"

namespace costream {

// Where an archive has a member.
struct ArchiveMember {
  InputFilePtr archive;
  std::string path;  // as the archive spells it
  int64_t bytes = 0;
  int64_t position = 0;                            // of its headers, in decompressed bytes
  std::shared_ptr<const GzipStream::Place> place;  // at or before them; null is the begin
};

// Can be read as text only; its name is `payload.tar.gz:member.csv`. `max_bytes`: of GzipStream.
InputFilePtr MemberFile(ArchiveMember member, int64_t max_bytes);

}  // namespace costream
