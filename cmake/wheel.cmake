# The Python wheel (docs/python.md): `ninja wheel`. Its library looks for the libraries that come with it in its own
# directory; apart from that it is the shared library.
add_library(fer_wheel SHARED EXCLUDE_FROM_ALL $<TARGET_OBJECTS:fer_objects> ${FER_BASE_OBJECTS} ${FER_KERNEL_OBJECTS})
get_target_property(FER_LINKED fer LINK_LIBRARIES)
get_target_property(FER_LINK_OPTIONS fer LINK_OPTIONS)
target_link_libraries(fer_wheel PRIVATE ${FER_LINKED})
if(FER_LINK_OPTIONS)
    target_link_options(fer_wheel PRIVATE ${FER_LINK_OPTIONS})
endif()
set_target_properties(fer_wheel PROPERTIES OUTPUT_NAME fer SOVERSION ${FER_ABI} INSTALL_RPATH "$ORIGIN"
    BUILD_WITH_INSTALL_RPATH ON LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/wheel)
find_program(FER_PYTHON python3)
if(FER_PYTHON)
    add_custom_target(wheel COMMAND ${FER_PYTHON} ${PROJECT_SOURCE_DIR}/tools/make_wheel.py
                                    --library $<TARGET_FILE:fer_wheel> --weights ${FER_WEIGHTS_FILES}
                                    --version ${PROJECT_VERSION} --out ${PROJECT_BINARY_DIR}
                            DEPENDS fer_wheel WORKING_DIRECTORY ${PROJECT_SOURCE_DIR} VERBATIM)
endif()
