# The page of `costream report`, bundled from report/ by npm's packages into one HTML file that the program holds.
file(GLOB page_sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/report/src/*")
set(COSTREAM_PAGE "${CMAKE_BINARY_DIR}/page.html")
add_custom_command(
  OUTPUT "${COSTREAM_PAGE}"
  COMMAND "${CMAKE_SOURCE_DIR}/tools/build_page.sh" "${COSTREAM_PAGE}"
  DEPENDS ${page_sources} "${CMAKE_SOURCE_DIR}/report/package-lock.json" "${CMAKE_SOURCE_DIR}/report/build.mjs"
          "${CMAKE_SOURCE_DIR}/tools/build_page.sh"
  COMMENT "Bundling the page of costream report")
