// One file of the input, wherever its bytes are.
#pragma once

#include <arrow/io/interfaces.h>
#include <arrow/result.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>

namespace costream {

// May be opened any number of times, from several threads.
class InputFile {
 public:
  virtual ~InputFile() = default;
  // As the user knows it: what errors name.
  virtual const std::string& name() const = 0;
  // As it is stored, compressed or not.
  virtual int64_t bytes() const = 0;
  // User metadata of an object, by name in lower case; known once some of it has been read.
  virtual std::map<std::string, std::string> metadata() const { return {}; }
  // Whether each access takes a round trip.
  virtual bool remote() const { return false; }
  // What makes it the same file if it is reached again by another name.
  virtual std::string identity() const = 0;
  // Differs where the bytes differ, as far as that can be told without reading them; of an object, once some
  // of it has been read.
  virtual std::string version() const = 0;
  // For Parquet. Input error where it cannot be read.
  virtual arrow::Result<std::shared_ptr<arrow::io::RandomAccessFile>> Open() const = 0;
  // For CSV: the text, decompressed. Input error where it cannot be read.
  virtual arrow::Result<std::shared_ptr<arrow::io::InputStream>> OpenText() const = 0;
};

using InputFilePtr = std::shared_ptr<const InputFile>;

// A file on disk; .gz is gzipped text.
InputFilePtr LocalFile(const std::string& path);

// The text of a file that `stream` reads: decompressed where its name ends in .gz.
arrow::Result<std::shared_ptr<arrow::io::InputStream>> TextOf(const InputFile& file,
                                                              std::shared_ptr<arrow::io::InputStream> stream);

}  // namespace costream
