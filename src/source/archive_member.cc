#include "source/archive_member.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "base/error.h"
#include "source/counted_stream.h"
#include "source/tar_stream.h"

namespace costream {
namespace {

class MemberStream : public CountedStream {
 public:
  explicit MemberStream(std::unique_ptr<TarStream> tar) : tar_(std::move(tar)) {}

  arrow::Status Close() override {
    tar_.reset();
    return arrow::Status::OK();
  }
  bool closed() const override { return !tar_; }

 private:
  arrow::Result<int64_t> ReadNext(int64_t size, uint8_t* out) override {
    if (!tar_) return arrow::Status::Invalid("the stream is closed");
    return tar_->Read(size, out);
  }

  std::unique_ptr<TarStream> tar_;
};

class MemberFileImpl : public InputFile {
 public:
  MemberFileImpl(ArchiveMember member, int64_t max_bytes)
      : member_(std::move(member)),
        max_bytes_(max_bytes),
        name_(member_.archive->name() + ":" + member_.path) {}

  const std::string& name() const override { return name_; }
  int64_t bytes() const override { return member_.bytes; }
  std::string identity() const override { return member_.archive->identity() + ":" + member_.path; }
  std::string version() const override { return member_.archive->version(); }

  bool remote() const override { return member_.archive->remote(); }

  arrow::Result<std::shared_ptr<arrow::io::RandomAccessFile>> Open() const override {
    return InputErrorAt(name_, "lies in an archive and can be read as text only");
  }

  arrow::Result<std::shared_ptr<arrow::io::InputStream>> OpenText() const override {
    ARROW_ASSIGN_OR_RAISE(auto gzip, GzipStream::Open(*member_.archive, max_bytes_, member_.place.get()));
    std::vector<uint8_t> skipped(64 << 10);
    while (gzip->position() < member_.position) {
      const int64_t left = member_.position - gzip->position();
      ARROW_ASSIGN_OR_RAISE(const int64_t got,
                            gzip->Read(std::min<int64_t>(left, std::ssize(skipped)), skipped.data()));
      if (got == 0) return Changed();
    }
    auto tar = std::make_unique<TarStream>(std::move(gzip), member_.archive->name(),
                                           std::numeric_limits<int64_t>::max());
    TarMember found;
    ARROW_ASSIGN_OR_RAISE(const bool any, tar->Next(&found));
    if (!any || found.path != member_.path || found.bytes != member_.bytes) return Changed();
    return std::make_shared<MemberStream>(std::move(tar));
  }

 private:
  arrow::Status Changed() const {
    return InputErrorAt(name_, "the archive has changed while it was read; run again");
  }

  const ArchiveMember member_;
  const int64_t max_bytes_;
  const std::string name_;
};

}  // namespace

InputFilePtr MemberFile(ArchiveMember member, int64_t max_bytes) {
  return std::make_shared<MemberFileImpl>(std::move(member), max_bytes);
}

}  // namespace costream
