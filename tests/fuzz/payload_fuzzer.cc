// A payload to summary rows. The input is a tar archive: it is gzipped here, and the checksums of its headers
// are made right, so that what is changed in them is looked at.
#include <zlib.h>

#include <vector>

#include "run_file.h"

namespace {

constexpr size_t kBlock = 512, kChecksum = 148, kChecksumSize = 8, kMagic = 257;

void MakeChecksumsRight(std::string* tar) {
  for (size_t at = 0; at + kBlock <= tar->size(); at += kBlock) {
    if (tar->compare(at + kMagic, 5, "ustar") != 0) continue;
    char* header = tar->data() + at;
    std::fill_n(header + kChecksum, kChecksumSize, ' ');
    unsigned sum = 0;
    for (size_t i = 0; i < kBlock; ++i) sum += static_cast<uint8_t>(header[i]);
    std::snprintf(header + kChecksum, kChecksumSize, "%06o", sum);
    header[kChecksum + kChecksumSize - 1] = ' ';
  }
}

std::string Gzip(std::string text) {
  z_stream stream{};
  costream::Require(deflateInit2(&stream, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK, "deflate");
  std::string zipped(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(text.data());
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(zipped.data());
  stream.avail_out = static_cast<uInt>(zipped.size());
  costream::Require(deflate(&stream, Z_FINISH) == Z_STREAM_END, "deflate");
  zipped.resize(stream.total_out);
  deflateEnd(&stream);
  return zipped;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string tar(reinterpret_cast<const char*>(data), size);
  MakeChecksumsRight(&tar);
  costream::RequireRows(costream::WriteFile("x.tar.gz", Gzip(std::move(tar))));
  return 0;
}
