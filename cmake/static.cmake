# FER_STATIC: one binary that needs no library of the system, for machines whose libraries are old or unknown. It reads
# PNG and JPEG pictures, folders, and weights. A static program cannot load libraries, so what others are needed for is left out:
# films, drawings, the server, archives. The weights lie beside it, in share/fer.
if(FER_STATIC)
    if(FER_TESTS OR FER_FUZZ OR FER_SANITIZE OR FER_DEB)
        message(FATAL_ERROR "FER_STATIC builds the command only: leave out FER_TESTS, FER_FUZZ, FER_SANITIZE and FER_DEB")
    endif()
    foreach(option FFMPEG PLOTS TIFF WEBP HEIF JXL LCMS WINDOW SERVE)
        set(FER_${option} OFF)
    endforeach()
    set_source_files_properties(src/formats/libarchive.c PROPERTIES COMPILE_DEFINITIONS FER_STATIC)
    set(CMAKE_FIND_LIBRARY_SUFFIXES .a) # for the libraries that are found from here on
endif()
