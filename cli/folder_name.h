// A flag whose value becomes the name of a folder.
#pragma once

#include <string>

namespace costream {

// For CLI11's check(). Empty: it may.
inline std::string CheckFolderName(const std::string& name) {
  const bool fine = !name.empty() && name != "." && name != ".." && name.find('/') == name.npos;
  return fine ? "" : "cannot be the name of a folder";
}

}  // namespace costream
