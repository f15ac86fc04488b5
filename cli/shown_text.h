// Text that a command prints: tables for people, JSON and scripts for programs.
#pragma once

#include <arrow/status.h>

#include <cstdio>
#include <string>

namespace costream {

// Breaks lines of more than `width` columns between words. What follows stands below where the text of the
// line begins: the last column in its left half that two blanks set off. A word that is too long stays whole.
std::string Wrapped(const std::string& text, size_t width);

// Writes all of it. Usage error where the stream cannot be written to.
arrow::Status WriteText(const std::string& text, std::FILE* stream);

// The same for people: on a terminal wrapped to its width, elsewhere as it is, so that each fact stays on its
// line.
arrow::Status ShowText(const std::string& text, std::FILE* stream);

}  // namespace costream
