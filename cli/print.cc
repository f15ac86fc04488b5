#include "print.h"

#include <spdlog/spdlog.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/error.h"
#include "base/utf8.h"
#include "log_lines.h"

namespace costream {
namespace {

constexpr size_t kUsualWidth = 80;
constexpr size_t kLeastWidth = 40;  // narrower terminals break the lines themselves

// Columns that the bytes take: one a UTF-8 sequence, none those of colours.
size_t WidthOf(std::string_view text) {
  size_t width = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\033') {
      while (i + 1 < text.size() && text[i] != 'm') ++i;
    } else if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) {
      ++width;
    }
  }
  return width;
}

// Where the text after the last two blanks within the first half of the line begins.
size_t IndentOf(std::string_view line, size_t width) {
  size_t indent = 0;
  for (size_t i = line.find("  "); i != line.npos; i = line.find("  ", i)) {
    i = line.find_first_not_of(' ', i);
    if (i == line.npos) break;
    const size_t column = WidthOf(line.substr(0, i));
    if (column > width / 2) break;
    indent = column;
  }
  return indent;
}

std::string WrappedLine(std::string_view line, size_t width) {
  const size_t indent = IndentOf(line, width);
  std::string out;
  size_t column = 0;
  for (size_t at = 0; at < line.size();) {
    const size_t word = std::min(line.find_first_not_of(' ', at), line.size());
    const size_t end = std::min(line.find(' ', word), line.size());
    const size_t word_width = WidthOf(line.substr(word, end - word));
    if (column > indent && column + (word - at) + word_width > width) {
      out += '\n' + std::string(indent, ' ');
      column = indent;
    } else {
      out += line.substr(at, word - at);
      column += word - at;
    }
    out += line.substr(word, end - word);
    column += word_width;
    at = end;
  }
  return out;
}

// Breaks lines of more than `width` columns between words. What follows stands below where the text of the
// line begins: the last column in its left half that two blanks set off. A word that is too long stays whole.
std::string Wrapped(const std::string& text, size_t width) {
  std::string out;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line(text.data() + begin, end - begin);
    if (WidthOf(line) > width) {
      out += WrappedLine(line, width);
    } else {
      out += line;
    }
    if (end < text.size()) out += '\n';
    begin = end + 1;
  }
  return out;
}

// 0 where it is no terminal.
size_t TerminalWidth(std::FILE* stream) {
  winsize size{};
  if (!isatty(fileno(stream)) || ioctl(fileno(stream), TIOCGWINSZ, &size) != 0) return 0;
  return size.ws_col > 0 ? size.ws_col : kUsualWidth;
}

std::string Formed(const std::string& text, Form form, std::FILE* stream) {
  if (form == Form::kData) return text;
  const std::string shown = form == Form::kText ? Printable(text, "\n") : text;
  const size_t width = TerminalWidth(stream);
  return width > 0 ? Wrapped(shown, std::max(width, kLeastWidth)) : shown;
}

}  // namespace

arrow::Status Print(const std::string& text, Form form) {
  const std::string shown = Formed(text, form, stdout);
  if (std::fwrite(shown.data(), 1, shown.size(), stdout) == shown.size() && std::fflush(stdout) == 0)
    return arrow::Status::OK();
  return UsageError("standard output cannot be written: {}", std::strerror(errno));
}

arrow::Status PrintClosing(const std::string& text, Form form, const std::string& target) {
  if (target == "-") {
    Tell(spdlog::level::info, LogsJson() ? text : Formed(text, form, stderr));
    return arrow::Status::OK();
  }
  const arrow::Status printed = Print(text, form);
  if (printed.ok() || target.empty()) return WithContext(printed, "closing table");
  spdlog::warn("the rows are written, the closing table cannot be: {}", Message(printed));
  return arrow::Status::OK();
}

}  // namespace costream
