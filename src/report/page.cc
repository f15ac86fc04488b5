#include "report/page.h"

// The bundled file, as it is (cmake/page.cmake).
asm(".pushsection .rodata\n"
    ".global costream_page_begin\n"
    ".global costream_page_end\n"
    "costream_page_begin:\n"
    ".incbin \"" COSTREAM_PAGE
    "\"\n"
    "costream_page_end:\n"
    ".popsection\n");

extern "C" const char costream_page_begin[], costream_page_end[];

namespace costream {
namespace {

constexpr std::string_view kDataMark = "%DATA%";

}  // namespace

std::array<std::string_view, 2> PageParts() {
  const std::string_view page(costream_page_begin,
                              static_cast<size_t>(costream_page_end - costream_page_begin));
  const size_t mark = page.find(kDataMark);
  return {page.substr(0, mark), page.substr(mark + kDataMark.size())};
}

std::string EmbeddableJson(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  for (const char c : json) {
    if (c == '<') {
      out += "\\u003c";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace costream
