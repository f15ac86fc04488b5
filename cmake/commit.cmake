# Writes OUTPUT, a header with the commit that SOURCE is at, only where it has changed: run at each build. Sources without their
# history, as in a container, are of the commit GIVEN, if one is, of the day GIVEN_DATE.
execute_process(COMMAND git -C "${SOURCE}" describe --always --dirty --abbrev=12 --exclude=*
  OUTPUT_VARIABLE COMMIT OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE unknown)
execute_process(COMMAND git -C "${SOURCE}" show -s --format=%cs
  OUTPUT_VARIABLE COMMIT_DATE OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(unknown OR NOT COMMIT_DATE)
  set(COMMIT unknown)
  set(COMMIT_DATE unknown)
  if(GIVEN AND GIVEN_DATE)
    set(COMMIT "${GIVEN}")
    set(COMMIT_DATE "${GIVEN_DATE}")
  endif()
endif()
file(CONFIGURE OUTPUT "${OUTPUT}" CONTENT [[
#define COSTREAM_COMMIT "@COMMIT@"
#define COSTREAM_COMMIT_DATE "@COMMIT_DATE@"
]] @ONLY)
