// The partial state of a run, which may come from another machine: merged, and made into rows.
// rows.
#include "job/partial.h"
#include "run_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace costream;
  const auto bytes =
      std::make_shared<arrow::Buffer>(std::string_view(reinterpret_cast<const char*>(data), size));
  const auto merged = MergePartials({bytes});
  RequireBlame(merged.status());
  const auto rows_of = [](const PartialBytes& partial) -> arrow::Result<std::shared_ptr<arrow::Table>> {
    TableSink sink;
    ARROW_RETURN_NOT_OK(FinalizePartials({}, {partial}, &sink));
    return sink.Finish();
  };
  const auto rows = rows_of(bytes);
  RequireBlame(rows.status());
  if (!rows.ok()) return 0;
  Require((*rows)->ValidateFull().ok(), "rows");
  Require(merged.ok() && (*rows)->Equals(**rows_of(*merged)), "other rows of the state merged");
  return 0;
}
