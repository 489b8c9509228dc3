# Where the weights are looked for that ship with libfer (src/api/shipped_models.c), and what is installed.
option(FER_INSTALL_STATIC "Install the static archive too" OFF)
include(CMakePackageConfigHelpers)

file(RELATIVE_PATH FER_DATADIR_FROM_LIB ${CMAKE_INSTALL_FULL_LIBDIR} ${CMAKE_INSTALL_FULL_DATADIR}/fer)
file(RELATIVE_PATH FER_DATADIR_FROM_BIN ${CMAKE_INSTALL_FULL_BINDIR} ${CMAKE_INSTALL_FULL_DATADIR}/fer)
file(RELATIVE_PATH FER_LIBDIR_FROM_BIN ${CMAKE_INSTALL_FULL_BINDIR} ${CMAKE_INSTALL_FULL_LIBDIR})
set_source_files_properties(src/api/shipped_models.c PROPERTIES COMPILE_DEFINITIONS
    "FER_DATADIR=\"${CMAKE_INSTALL_FULL_DATADIR}/fer\";FER_DATADIR_FROM_LIB=\"${FER_DATADIR_FROM_LIB}\";FER_DATADIR_FROM_BIN=\"${FER_DATADIR_FROM_BIN}\"")

set(FER_WEIGHTS default.safetensors libfer-xs.safetensors)
# A build tree has them next to the library and next to the tests, which contain it.
foreach(directory ${PROJECT_BINARY_DIR} ${PROJECT_BINARY_DIR}/tests)
    file(MAKE_DIRECTORY ${directory}/share/fer)
    foreach(weights ${FER_WEIGHTS})
        file(CREATE_LINK ${PROJECT_SOURCE_DIR}/models/${weights} ${directory}/share/fer/${weights} SYMBOLIC)
    endforeach()
endforeach()

# The command finds the library relative to itself, so the installation may be moved.
# It has the same run path in the build tree, where the library is in its own directory, so that installing changes no byte.
set_target_properties(fer_cli PROPERTIES INSTALL_RPATH "$ORIGIN;$ORIGIN/${FER_LIBDIR_FROM_BIN}" BUILD_WITH_INSTALL_RPATH ON)

set(FER_WEIGHTS_FILES ${FER_WEIGHTS})
list(TRANSFORM FER_WEIGHTS_FILES PREPEND models/)

# The components are Debian packages (cmake/packages.cmake); `cmake --install` installs all but python.
if(FER_STATIC)
    install(TARGETS fer_cli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT command)
    install(FILES ${FER_WEIGHTS_FILES} DESTINATION ${CMAKE_INSTALL_DATADIR}/fer COMPONENT data)
    install(FILES LICENSE CHANGELOG.md docs/third-party.md DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT licence)
    return()
endif()
install(TARGETS fer EXPORT fer-targets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT library NAMELINK_COMPONENT dev)
install(TARGETS fer_cli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT command)
if(FER_INSTALL_STATIC)
    install(TARGETS fer_static ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT dev)
endif()
install(DIRECTORY include/fer DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT dev FILES_MATCHING PATTERN "*.h")
install(FILES ${FER_WEIGHTS_FILES} DESTINATION ${CMAKE_INSTALL_DATADIR}/fer COMPONENT data OPTIONAL)
install(FILES LICENSE CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT licence)
set(data_docs ${CMAKE_INSTALL_DOCDIR})
if(FER_DEB) # A Debian package's documents lie in a folder of its name.
    set(data_docs ${CMAKE_INSTALL_DATADIR}/doc/libfer-data)
endif()
install(FILES docs/third-party.md DESTINATION ${data_docs} COMPONENT data)
install(FILES models/README.md DESTINATION ${data_docs} RENAME model-cards.md COMPONENT data)
install(DIRECTORY recipes DESTINATION ${CMAKE_INSTALL_DATADIR}/fer COMPONENT data FILES_MATCHING PATTERN "*.recipe")

set(FER_CMAKEDIR ${CMAKE_INSTALL_LIBDIR}/cmake/fer)
install(EXPORT fer-targets NAMESPACE fer:: DESTINATION ${FER_CMAKEDIR} COMPONENT dev)
configure_package_config_file(cmake/fer-config.cmake.in ${PROJECT_BINARY_DIR}/fer-config.cmake
                              INSTALL_DESTINATION ${FER_CMAKEDIR})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/fer-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/fer-config.cmake ${PROJECT_BINARY_DIR}/fer-config-version.cmake
        DESTINATION ${FER_CMAKEDIR} COMPONENT dev)

# ${pcfiledir} makes the file right after a move too.
file(RELATIVE_PATH FER_PREFIX_FROM_PC ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
# What the static archive needs. Without the archive, who only compiles should not need these packages.
set(FER_PC_PRIVATE "")
if(FER_INSTALL_STATIC)
    set(FER_PC_PRIVATE "Requires.private: libpng libturbojpeg jansson zlib\nLibs.private: -pthread -lm -ldl\n")
endif()
configure_file(cmake/fer.pc.in ${PROJECT_BINARY_DIR}/fer.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/fer.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT dev)
