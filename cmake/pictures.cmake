# Optional libraries for pictures. Where one is found, its folder of src/formats is built and the library is loaded when the
# first picture needs it; where not, the file of that name in src/formats/none says which package is missing.

# The name that the loader knows a shared library by, and the Debian package that holds it: libtiff.so.6 is in libtiff6,
# liblcms2.so.2 in liblcms2-2.
function(fer_loaded_library name library)
    file(REAL_PATH "${library}" real)
    execute_process(COMMAND ${CMAKE_OBJDUMP} -p ${real} OUTPUT_VARIABLE headers ERROR_QUIET)
    if(NOT headers MATCHES "SONAME +([^ \n]+)")
        message(FATAL_ERROR "${library}: a shared library is needed")
    endif()
    set(file ${CMAKE_MATCH_1})
    string(REGEX REPLACE "\\.so\\.?" "" package ${file})
    if(file MATCHES "^(.*[0-9])\\.so\\.(.*)$")
        set(package ${CMAKE_MATCH_1}-${CMAKE_MATCH_2})
    endif()
    add_compile_definitions(FER_LIB${name}="${file}" FER_LIB${name}_PACKAGE="${package}")
endfunction()

macro(fer_picture_library name package library debian)
    string(TOLOWER ${name} folder)
    fer_find_optional(FER_${name} ${name} ${debian} ${package})
    if(${name}_FOUND)
        fer_loaded_library(${name} ${pkgcfg_lib_${name}_${library}})
        include_directories(SYSTEM ${${name}_INCLUDE_DIRS})
        file(GLOB sources CONFIGURE_DEPENDS src/formats/${folder}/*.c)
        list(APPEND FER_PICTURE_SOURCES ${sources})
    else()
        list(APPEND FER_PICTURE_SOURCES src/formats/none/${folder}.c)
    endif()
endmacro()

fer_picture_library(TIFF libtiff-4>=4.5 tiff libtiff-dev)
fer_picture_library(WEBP libwebp webp libwebp-dev)
fer_picture_library(HEIF libheif heif libheif-dev)
fer_picture_library(JXL libjxl jxl libjxl-dev)
fer_picture_library(LCMS lcms2 lcms2 liblcms2-dev)
list(TRANSFORM FER_PICTURE_SOURCES PREPEND ${PROJECT_SOURCE_DIR}/ REGEX "^src/")
