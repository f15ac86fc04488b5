// What streams of text have in common that are not Arrow's own: they know how far they are, and read into a
// buffer by reading into memory.
#pragma once

#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>
#include <arrow/result.h>

#include <cstdint>
#include <memory>
#include <utility>

namespace costream {

class CountedStream : public arrow::io::InputStream {
 public:
  arrow::Result<int64_t> Tell() const final { return position_; }

  arrow::Result<int64_t> Read(int64_t size, void* out) final {
    ARROW_ASSIGN_OR_RAISE(const int64_t got, ReadNext(size, static_cast<uint8_t*>(out)));
    position_ += got;
    return got;
  }

  arrow::Result<std::shared_ptr<arrow::Buffer>> Read(int64_t size) final {
    ARROW_ASSIGN_OR_RAISE(auto buffer, arrow::AllocateResizableBuffer(size));
    ARROW_ASSIGN_OR_RAISE(const int64_t got, Read(size, buffer->mutable_data()));
    ARROW_RETURN_NOT_OK(buffer->Resize(got, /*shrink_to_fit=*/false));
    return std::shared_ptr<arrow::Buffer>(std::move(buffer));
  }

 private:
  // Fewer bytes than asked for only at the end.
  virtual arrow::Result<int64_t> ReadNext(int64_t size, uint8_t* out) = 0;

  int64_t position_ = 0;
};

}  // namespace costream
