# One static library per folder of src/, from every .cc there; every *_test.cc goes into one test program.
function(costream_folder name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  set(folder "${CMAKE_SOURCE_DIR}/src/${name}")
  file(GLOB sources CONFIGURE_DEPENDS "${folder}/*.cc")
  file(GLOB tests CONFIGURE_DEPENDS "${folder}/*_test.cc")
  list(REMOVE_ITEM sources ${tests})
  add_library(costream_${name} STATIC ${sources})
  target_link_libraries(costream_${name} PUBLIC costream_flags ${ARG_LINK})
  if(COSTREAM_TESTS AND tests)
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE costream_${name} GTest::gmock GTest::gtest_main)
    gtest_discover_tests(${name}_test DISCOVERY_TIMEOUT 60)
  endif()
endfunction()

add_library(costream_flags INTERFACE)
target_include_directories(costream_flags INTERFACE "${CMAKE_SOURCE_DIR}/src" "${CMAKE_SOURCE_DIR}/include")
target_compile_options(costream_flags INTERFACE -Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion -Werror
  $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>  # false with std::optional in g++ 12
  $<$<CXX_COMPILER_ID:Clang>:-Wno-deprecated-declarations>  # std::stable_sort of libstdc++ 12
  -fno-math-errno -fno-trapping-math -fno-omit-frame-pointer)
# What makes a memory error a crash instead of a way in; tests/cli/test_hardening.py looks for it in the binary.
target_compile_options(costream_flags INTERFACE $<$<CONFIG:Release>:-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3
  -fstack-protector-strong -fstack-clash-protection -fcf-protection -fno-semantic-interposition>)
target_link_options(costream_flags INTERFACE $<$<CONFIG:Release>:-pie -Wl,-z,relro,-z,now,-z,noexecstack>)
if(COSTREAM_SANITIZE)
  target_compile_options(costream_flags INTERFACE -fsanitize=${COSTREAM_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(costream_flags INTERFACE -fsanitize=${COSTREAM_SANITIZE})
endif()
if(COSTREAM_FAULT_POINTS)
  target_compile_definitions(costream_flags INTERFACE COSTREAM_FAULT_POINTS)
endif()
if(COSTREAM_COVERAGE)
  target_compile_options(costream_flags INTERFACE --coverage)
  target_link_options(costream_flags INTERFACE --coverage)
endif()
