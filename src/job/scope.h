// Whose rows a run makes, and of which days: from flags, the reference data and what the inputs say.
#pragma once

#include "job/plan.h"

namespace costream {

// Sets the plan's identity, month and days, and drops the inputs of other organizations and sources. Usage
// error where something is not known or not unique, input error where no input is left.
arrow::Status ChooseScope(const RunOptions& options, const ReferenceData& reference, Inputs* inputs,
                          Plan* plan);

}  // namespace costream
