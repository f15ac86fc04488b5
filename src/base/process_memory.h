// What the operating system says of this process, and what it can take back.
#pragma once

#include <cstdint>

namespace costream {

int64_t ResidentBytes();      // now
int64_t PeakResidentBytes();  // the largest so far

// Gives back the pages of the program and its libraries that hold only code and constants of their files.
// Loading touches most of them once (relocation reads symbol tables: some 20 MiB), running needs a tenth;
// what is needed again is mapped again, without reading the disk while the page cache has it.
void ReleaseLibraryPages();

}  // namespace costream
