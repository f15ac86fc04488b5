// Byte ranges of a slow file, fetched in blocks before they are asked for.
//
// Each range is read from its front to its end, several of them in turn: the columns of a row group. A block
// is fetched when the one before it is read, and given up when a read begins behind it (a reader may go
// back a little within a block). Small neighbours share a block, so that a fetch is seldom short.
#pragma once

#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>
#include <arrow/result.h>
#include <arrow/util/future.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace costream {

// Not thread-safe.
class ReadAhead {
 public:
  using Bytes = std::shared_ptr<arrow::Buffer>;
  // Gives exactly that length.
  using Fetch = std::function<arrow::Result<Bytes>(int64_t offset, int64_t length)>;
  using Start = std::function<arrow::Future<Bytes>(int64_t offset, int64_t length)>;

  // `start` fetches in the background.
  ReadAhead(Fetch fetch, Start start) : fetch_(std::move(fetch)), start_(std::move(start)) {}

  ~ReadAhead() { Forget(); }

  // The ranges that will be read, in bytes; about `budget` bytes of them are held at a time.
  void WillNeed(std::vector<arrow::io::ReadRange> ranges, int64_t budget);

  // Fills `out` with `length` bytes from `offset`; those of no range are fetched now.
  arrow::Status ReadAt(int64_t offset, int64_t length, uint8_t* out);

 private:
  struct Block {
    int64_t begin = 0, end = 0;
    bool follows = false;  // goes on with the range of the block before
    bool given_up = false;
    arrow::Future<Bytes> bytes;
  };

  void Begin(Block* block);
  void Forget();  // waits for what has been started
  Block* BlockAt(int64_t offset);

  const Fetch fetch_;
  const Start start_;
  std::vector<Block> blocks_;  // ascending
};

}  // namespace costream
