#include "job/partial.h"

#include <arrow/io/memory.h>
#include <arrow/ipc/reader.h>
#include <arrow/ipc/writer.h>
#include <arrow/util/key_value_metadata.h>
#include <gmock/gmock.h>

#include "base/error.h"
#include "job/test_report_files.h"
#include "sink/table_sink.h"

namespace costream {
namespace {

using testing::HasSubstr;

class PartialTest : public ReportFiles {
 protected:
  RunOptions Options() {
    RunOptions options;
    options.inputs = {WritePods("o/OCP/source=s/year=2025/month=11/day=01", Granularity::kHourly,
                                {At(11, 1, 5), At(11, 1, 6)})};
    return options;
  }
  PartialBytes Part(int part, int parts) { return MakePartial(Options(), part, parts).ValueOrDie(); }

  // The same state that says something else of itself; without a value it says nothing.
  static PartialBytes Saying(const PartialBytes& state, const std::string& name,
                             const std::optional<std::string>& value) {
    const auto reader =
        arrow::ipc::RecordBatchStreamReader::Open(std::make_shared<arrow::io::BufferReader>(state))
            .ValueOrDie();
    const auto metadata = reader->schema()->metadata()->Copy();
    EXPECT_TRUE(value ? metadata->Set(name, *value).ok() : metadata->Delete(name).ok());
    const auto out = arrow::io::BufferOutputStream::Create().ValueOrDie();
    const auto writer =
        arrow::ipc::MakeStreamWriter(out, reader->schema()->WithMetadata(metadata)).ValueOrDie();
    for (const auto& batch : reader->ToRecordBatches().ValueOrDie())
      EXPECT_TRUE(writer->WriteRecordBatch(*batch).ok());
    EXPECT_TRUE(writer->Close().ok());
    return out->Finish().ValueOrDie();
  }

  static arrow::Status Finalized(const std::vector<PartialBytes>& states, const RunOptions& options = {}) {
    TableSink sink;
    return FinalizePartials(options, states, &sink).status();
  }
  static void ExpectError(const arrow::Status& status, ErrorKind kind, const std::string& part) {
    EXPECT_EQ(KindOf(status), kind) << status;
    EXPECT_THAT(Message(status), HasSubstr(part));
  }
};

TEST_F(PartialTest, EachPartCountsOnce) {
  const auto first = Part(0, 2), second = Part(1, 2);
  EXPECT_TRUE(Finalized({second, first}).ok());
  ExpectError(Finalized({first}), ErrorKind::kUsage, "part 1 of 2 is missing");
  ExpectError(MergePartials({first, first}).status(), ErrorKind::kUsage, "part 0 is given twice");
  ExpectError(MergePartials({first, Part(1, 3)}).status(), ErrorKind::kUsage, "different runs");
  ExpectError(MergePartials({}).status(), ErrorKind::kUsage, "no partial state is given");
  for (const auto& [part, parts] : {std::pair(2, 2), std::pair(-1, 2), std::pair(0, 0)}) {
    ExpectError(MakePartial(Options(), part, parts).status(), ErrorKind::kUsage, "parts are counted from 0");
  }
}

TEST_F(PartialTest, WhatIsNoStateIsAnInputError) {
  const auto state = Part(0, 1);
  const auto no_state = [&](const PartialBytes& bytes, const std::string& what) {
    ExpectError(Finalized({bytes}), ErrorKind::kInput, what);
  };
  no_state(arrow::Buffer::FromString("PAR1"), "are no partial state");
  no_state(arrow::SliceBuffer(state, 0, state->size() / 2), "partial state");
  no_state(Saying(state, "version", "0"), "no version");
  for (const char* name : {"source", "month", "start", "end", "kinds", "cluster_id", "cluster_alias",
                           "report_period_id", "parts", "have"}) {
    no_state(Saying(state, name, std::nullopt), std::string("no '") + name + "'");
    no_state(Saying(state, name, "\xff"), std::string("'") + name + "' is no text");
  }
  no_state(Saying(state, "parts", "many"), "its parts are no numbers");
  no_state(Saying(state, "parts", "0"), "a part that there is not");
  no_state(Saying(state, "have", "0,1"), "a part that there is not");
  no_state(Saying(state, "kinds", "1"), "no days");
  no_state(Saying(state, "end", "soon"), "no days");
  no_state(Saying(Saying(state, "start", "2025-11-02"), "end", "2025-11-30"), "it has rows of other days");
}

TEST_F(PartialTest, ASignalEndsTheMaking) {
  RunOptions options;
  options.cancelled = [] { return true; };
  ExpectError(Finalized({Part(0, 1)}, options), ErrorKind::kCancelled, "stopped");
}

}  // namespace
}  // namespace costream
