# Debian packages (docs/packages.md): `make deb` configures with FER_DEB, builds, and lets CPack pack the components that
# cmake/install.cmake, manual.cmake and this file name. The library's package carries the number of the interface, as its
# file does, so that programs for two interfaces can be installed side by side; what both read is in libfer-data.
set(FER_ZSH_FUNCTIONS site-functions)
if(NOT FER_DEB)
    return()
endif()
set(FER_ZSH_FUNCTIONS vendor-completions)
set(FER_MAINTAINER "libfer maintainers <libfer@packages.invalid>" CACHE STRING "Name and address in the packages")

install(DIRECTORY python/libfer DESTINATION lib/python3/dist-packages COMPONENT python EXCLUDE_FROM_ALL
        FILES_MATCHING PATTERN "*.py" PATTERN "*.pyi" PATTERN "py.typed" PATTERN "__pycache__" EXCLUDE)

# ---- what each package says of itself ----

set(library libfer${FER_ABI})
set(FER_DEB_COMPONENTS library data dev command python)
set(FER_DEB_NAME_library ${library})
set(FER_DEB_NAME_data libfer-data)
set(FER_DEB_NAME_dev libfer-dev)
set(FER_DEB_NAME_command fer)
set(FER_DEB_NAME_python python3-libfer)
execute_process(COMMAND date -u -R -d ${FER_RELEASED} OUTPUT_VARIABLE FER_DEB_DATE OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
file(READ LICENSE FER_DEB_LICENCE)
string(REGEX REPLACE "^[^\n]*\n\n[^\n]*\n\n" "" FER_DEB_LICENCE "${FER_DEB_LICENCE}")
string(REGEX REPLACE "\n\n" "\n.\n" FER_DEB_LICENCE "${FER_DEB_LICENCE}")
string(REGEX REPLACE "\n$" "" FER_DEB_LICENCE "${FER_DEB_LICENCE}")
string(REPLACE "\n" "\n " FER_DEB_LICENCE " ${FER_DEB_LICENCE}")
configure_file(packaging/deb/copyright.in ${PROJECT_BINARY_DIR}/deb/copyright @ONLY)
configure_file(packaging/deb/changelog.in ${PROJECT_BINARY_DIR}/deb/changelog.Debian @ONLY)
execute_process(COMMAND gzip -9nkf ${PROJECT_BINARY_DIR}/deb/changelog.Debian COMMAND_ERROR_IS_FATAL ANY)
foreach(component ${FER_DEB_COMPONENTS})
    install(FILES ${PROJECT_BINARY_DIR}/deb/copyright ${PROJECT_BINARY_DIR}/deb/changelog.Debian.gz
            DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/${FER_DEB_NAME_${component}} COMPONENT ${component} EXCLUDE_FROM_ALL)
endforeach()

# ---- what is loaded at first use ----

# The packages that hold these libraries here, "a, b"; those that were not found are left out.
function(fer_packages_of variable)
    set(packages "")
    foreach(library ${ARGN})
        if(library AND EXISTS ${library})
            file(REAL_PATH ${library} real)
            execute_process(COMMAND dpkg-query -S ${real} OUTPUT_VARIABLE owner ERROR_QUIET)
            string(REGEX MATCH "^[^:]+" package "${owner}")
            if(package)
                list(APPEND packages ${package})
            endif()
        endif()
    endforeach()
    list(REMOVE_DUPLICATES packages)
    list(JOIN packages ", " packages)
    set(${variable} ${packages} PARENT_SCOPE)
endfunction()

fer_packages_of(FER_DEB_LOADED ${pkgcfg_lib_ARCHIVE_archive} ${pkgcfg_lib_FFMPEG_avformat} ${pkgcfg_lib_FFMPEG_avcodec}
                ${pkgcfg_lib_FFMPEG_swscale} ${pkgcfg_lib_TIFF_tiff} ${pkgcfg_lib_WEBP_webp} ${pkgcfg_lib_HEIF_heif}
                ${pkgcfg_lib_JXL_jxl} ${pkgcfg_lib_LCMS_lcms2})
fer_packages_of(FER_DEB_CAMERA ${pkgcfg_lib_AVDEVICE_avdevice})
fer_packages_of(FER_DEB_DRAWING ${pkgcfg_lib_CAIRO_cairo} ${pkgcfg_lib_MICROHTTPD_microhttpd})
fer_packages_of(FER_DEB_WINDOW ${pkgcfg_lib_SDL2_SDL2} ${pkgcfg_lib_AVDEVICE_avdevice})

# ---- CPack ----

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME libfer)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(version ${CPACK_PACKAGE_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE})
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_ALL ${FER_DEB_COMPONENTS})
set(CPACK_COMPONENTS_GROUPING ONE_PER_GROUP)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_MAINTAINER ${FER_MAINTAINER})
set(CPACK_DEBIAN_PACKAGE_SOURCE libfer)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
# dpkg-shlibdeps finds the libraries that are linked; fer's own package is named below.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${PROJECT_BINARY_DIR})

# CPack puts its summary above each package's own, unless it is the one that CPack would make up.
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${CMAKE_PROJECT_NAME} built using CMake")
string(CONCAT about "libfer recognises facial expressions in photos, videos and camera\n"
                    "streams. For each face it reports the position, the expression and a\n"
                    "score per class. In videos it also tracks who is who. It needs no GPU\n"
                    "and no framework.\n.\n")

function(fer_deb component section summary details)
    string(TOUPPER ${component} c)
    set(CPACK_DEBIAN_${c}_PACKAGE_NAME ${FER_DEB_NAME_${component}} PARENT_SCOPE)
    set(CPACK_DEBIAN_${c}_PACKAGE_SECTION ${section} PARENT_SCOPE)
    set(CPACK_DEBIAN_${c}_DESCRIPTION "${summary}\n${about}${details}" PARENT_SCOPE)
endfunction()

fer_deb(library libs "facial expression recognition, shared library"
        "This package contains the shared library.")
set(CPACK_DEBIAN_LIBRARY_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS_POLICY "=")
set(CPACK_DEBIAN_LIBRARY_PACKAGE_DEPENDS "libfer-data (>= ${PROJECT_VERSION})")
set(CPACK_DEBIAN_LIBRARY_PACKAGE_RECOMMENDS "${FER_DEB_LOADED}")
set(CPACK_DEBIAN_LIBRARY_PACKAGE_SUGGESTS "${FER_DEB_CAMERA}")

fer_deb(data misc "facial expression recognition, weights and recipes"
        "This package contains the weights of the default model with its model\ncard, and the recipes of published training runs.")
set(CPACK_DEBIAN_DATA_PACKAGE_ARCHITECTURE all)

fer_deb(dev libdevel "facial expression recognition, development files"
        "This package contains the headers and what CMake and pkg-config need.")
set(CPACK_DEBIAN_DEV_PACKAGE_DEPENDS "${library} (= ${version})")

fer_deb(command graphics "recognise facial expressions in pictures and videos"
        "This package contains the command, its manual pages and its completion.")
set(CPACK_DEBIAN_COMMAND_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_COMMAND_PACKAGE_DEPENDS "${library} (= ${version})")
set(CPACK_DEBIAN_COMMAND_PACKAGE_RECOMMENDS "${FER_DEB_DRAWING}")
set(CPACK_DEBIAN_COMMAND_PACKAGE_SUGGESTS "${FER_DEB_WINDOW}")

fer_deb(python python "facial expression recognition, Python package"
        "This package contains the module libfer for Python 3.")
set(CPACK_DEBIAN_PYTHON_PACKAGE_ARCHITECTURE all)
set(CPACK_DEBIAN_PYTHON_PACKAGE_DEPENDS "python3 (>= 3.9), python3:any, ${library} (>= ${version})")
set(CPACK_DEBIAN_PYTHON_PACKAGE_RECOMMENDS "python3-numpy")
set(CPACK_DEBIAN_PYTHON_PACKAGE_SUGGESTS "python3-pandas, python3-pil")
set(CPACK_DEBIAN_PYTHON_PACKAGE_CONTROL_EXTRA "${PROJECT_SOURCE_DIR}/packaging/deb/postinst;${PROJECT_SOURCE_DIR}/packaging/deb/prerm")

set(CPACK_POST_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/packaging/deb/finish.cmake)
include(CPack)
