#include "version.h"

#include <archive.h>
#include <arrow/config.h>
#include <curl/curl.h>
#include <fmt/format.h>
#include <isa-l.h>
#include <libpq-fe.h>
#include <spdlog/version.h>
#include <sqlite3.h>
#include <zlib.h>

#include <CLI/Version.hpp>
#include <nlohmann/json.hpp>

#include "costream_commit.h"

namespace costream {

std::string VersionText() {
  std::string text = fmt::format("costream {}\n", COSTREAM_VERSION);
  const auto line = [&](std::string_view name, const std::string& value) {
    text += fmt::format("{:<15} {}\n", name, value);
  };
  line("commit", fmt::format("{} ({})", COSTREAM_COMMIT, COSTREAM_COMMIT_DATE));
  // Those that are loaded say it themselves; of the others, what was compiled in.
  line("Arrow, Parquet", arrow::GetBuildInfo().version_string);
  line("libpq", fmt::format("{}.{}", PQlibVersion() / 10000, PQlibVersion() % 10000));
  line("SQLite", sqlite3_libversion());
  line("libcurl", curl_version_info(CURLVERSION_NOW)->version);
  line("libarchive", fmt::format("{}.{}.{}", archive_version_number() / 1000000,
                                 archive_version_number() / 1000 % 1000, archive_version_number() % 1000));
  line("zlib", zlibVersion());
  line("ISA-L", fmt::format("{}.{}.{}", ISAL_MAJOR_VERSION, ISAL_MINOR_VERSION, ISAL_PATCH_VERSION));
  line("spdlog", fmt::format("{}.{}.{}", SPDLOG_VER_MAJOR, SPDLOG_VER_MINOR, SPDLOG_VER_PATCH));
  line("fmt", fmt::format("{}.{}.{}", FMT_VERSION / 10000, FMT_VERSION / 100 % 100, FMT_VERSION % 100));
  line("CLI11", CLI11_VERSION);
  line("nlohmann/json", fmt::format("{}.{}.{}", NLOHMANN_JSON_VERSION_MAJOR, NLOHMANN_JSON_VERSION_MINOR,
                                    NLOHMANN_JSON_VERSION_PATCH));
  text.pop_back();
  return text;
}

std::string CommitDate() { return COSTREAM_COMMIT_DATE; }

}  // namespace costream
