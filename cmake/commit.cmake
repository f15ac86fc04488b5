# Writes OUTPUT, a header with the commit that SOURCE is at, only where it has changed: run at each build.
execute_process(COMMAND git -C "${SOURCE}" describe --always --dirty --abbrev=12 --exclude=*
  OUTPUT_VARIABLE COMMIT OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE unknown)
execute_process(COMMAND git -C "${SOURCE}" show -s --format=%cs
  OUTPUT_VARIABLE COMMIT_DATE OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(unknown OR NOT COMMIT_DATE)  # sources without their history
  set(COMMIT unknown)
  set(COMMIT_DATE unknown)
endif()
file(CONFIGURE OUTPUT "${OUTPUT}" CONTENT [[
#define COSTREAM_COMMIT "@COMMIT@"
#define COSTREAM_COMMIT_DATE "@COMMIT_DATE@"
]] @ONLY)
