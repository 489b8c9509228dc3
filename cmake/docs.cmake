# An API reference from the comments of the public headers: `make docs` writes build/docs/html/index.html. A warning of
# Doxygen is an error.
find_program(FER_DOXYGEN doxygen)
if(FER_DOXYGEN)
    configure_file(cmake/Doxyfile.in ${PROJECT_BINARY_DIR}/Doxyfile @ONLY)
    add_custom_target(docs COMMAND ${CMAKE_COMMAND} -E make_directory ${PROJECT_BINARY_DIR}/docs
                           COMMAND ${FER_DOXYGEN} ${PROJECT_BINARY_DIR}/Doxyfile VERBATIM)
endif()
