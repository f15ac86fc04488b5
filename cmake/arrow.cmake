# Arrow C++: the system's where there is one, else the headers and libraries inside the pinned pyarrow wheel. A wheel
# of our own always takes that of pyarrow, which lies beside it where it is installed.
# Defines the interface target costream_arrow (Arrow with CSV and S3, and Parquet).
# Empty where Arrow is the system's; else what a package must carry: COSTREAM_ARROW_LIBRARIES, and their licence and
# notice files.
add_library(costream_arrow INTERFACE)
set(COSTREAM_ARROW_LIBRARIES)
set(COSTREAM_ARROW_LICENCES)
if(NOT SKBUILD)
  find_package(Arrow 20 CONFIG QUIET)
  find_package(Parquet 20 CONFIG QUIET)
endif()
if(Arrow_FOUND AND Parquet_FOUND)
  target_link_libraries(costream_arrow INTERFACE Arrow::arrow_shared Parquet::parquet_shared)
else()
  if(SKBUILD)
    set(COSTREAM_PYTHON "${Python_EXECUTABLE}")
  endif()
  set(COSTREAM_PYTHON "${CMAKE_SOURCE_DIR}/build/python/bin/python" CACHE FILEPATH "Python that has pyarrow")
  execute_process(
    COMMAND "${COSTREAM_PYTHON}" -c "import pyarrow; print(pyarrow.get_include()); print(pyarrow.get_library_dirs()[0])"
    OUTPUT_VARIABLE arrow_paths OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE arrow_result)
  if(NOT arrow_result EQUAL 0)
    message(FATAL_ERROR "No Arrow C++ found. Run tools/bootstrap.sh, which installs the pinned pyarrow wheel.")
  endif()
  string(REPLACE "\n" ";" arrow_paths "${arrow_paths}")
  list(GET arrow_paths 0 arrow_include)
  list(GET arrow_paths 1 arrow_lib)
  file(GLOB arrow_libraries "${arrow_lib}/libarrow.so.[0-9][0-9][0-9][0-9]" "${arrow_lib}/libparquet.so.[0-9][0-9][0-9][0-9]"
    "${arrow_lib}/libarrow_s3.so.[0-9][0-9][0-9][0-9]")
  file(GLOB COSTREAM_ARROW_LICENCES "${arrow_lib}/../pyarrow-*.dist-info/licenses/*.txt")
  set(COSTREAM_ARROW_LIBRARIES ${arrow_libraries})
  target_include_directories(costream_arrow SYSTEM INTERFACE "${arrow_include}")
  target_link_libraries(costream_arrow INTERFACE ${arrow_libraries})
  # libparquet has a libcrypto of its own inside and exports its symbols. The system's, which libcurl and libpq take,
  # must come before it, or else calls within the one end in the other.
  target_link_options(costream_arrow INTERFACE "LINKER:--push-state,--no-as-needed,-lssl,-lcrypto,--pop-state")
  if(NOT SKBUILD)
    set(CMAKE_BUILD_RPATH "${arrow_lib}")  # of the build only: install() puts another in its place
  endif()
endif()
