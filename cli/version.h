// What this program was built from.
#pragma once

#include <string>

namespace costream {

// Version, commit, and the libraries in use, a line each.
std::string VersionText();

// Of the commit, like 2025-11-30; "unknown" where the sources came without their history.
std::string CommitDate();

}  // namespace costream
