# What is installed where, and the Debian package that cpack makes of it (tools/package.sh).
include(GNUInstallDirs)
set(manual "${CMAKE_BINARY_DIR}/manual")

# Made by the command itself, from the definitions that it parses its arguments by.
add_custom_target(manual
  COMMAND "${CMAKE_COMMAND}" -E rm -rf "${manual}"
  COMMAND "${CMAKE_COMMAND}" -E make_directory "${manual}/man1"
  COMMAND costream_cli manual "${manual}/man1"
  COMMAND costream_cli completion bash > "${manual}/costream.bash"
  COMMAND costream_cli completion zsh > "${manual}/costream.zsh"
  COMMAND costream_cli completion fish > "${manual}/costream.fish")

set(private_libraries lib/costream)  # those that Debian has not
set(data "${CMAKE_INSTALL_DATADIR}")
install(TARGETS costream_cli RUNTIME)
set_target_properties(costream_cli PROPERTIES INSTALL_RPATH "$ORIGIN/../${private_libraries}")
install(FILES ${COSTREAM_ARROW_LIBRARIES} DESTINATION ${private_libraries})
install(DIRECTORY "${manual}/man1" DESTINATION "${CMAKE_INSTALL_MANDIR}")
install(FILES "${manual}/costream.bash" DESTINATION "${data}/bash-completion/completions" RENAME costream)
install(FILES "${manual}/costream.zsh" DESTINATION "${data}/zsh/vendor-completions" RENAME _costream)
install(FILES "${manual}/costream.fish" DESTINATION "${data}/fish/vendor_completions.d")
install(FILES "${CMAKE_SOURCE_DIR}/cmake/copyright" ${COSTREAM_ARROW_LICENCES} DESTINATION "${data}/doc/costream")

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME costream)
set(CPACK_PACKAGE_CONTACT "costream maintainers <maintainers@costream.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "exact daily cost summaries of OpenShift usage reports")
set(CPACK_PACKAGE_DESCRIPTION "costream turns a month of OpenShift usage reports (Parquet, CSV, operator
payloads) into daily summary rows (PostgreSQL, Parquet, CSV, SQLite), in bounded
memory.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION utils)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS ca-certificates)
foreach(library IN LISTS COSTREAM_ARROW_LIBRARIES)
  get_filename_component(folder "${library}" DIRECTORY)
  list(APPEND CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS "${folder}")
endforeach()
list(REMOVE_DUPLICATES CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS)
include(CPack)
