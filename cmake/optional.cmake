# Libraries that libfer can do without. Each is taken where it is found; FER_ALL makes a missing one an error.
option(FER_ALL "Fail where an optional library is missing, instead of building without it" OFF)
set(FER_MISSING "")

# fer_find_optional(OPTION NAME PACKAGES MODULES...): NAME_FOUND is true if OPTION is on and pkg-config knows the modules.
# PACKAGES: Debian's, for the message. A variable hides what an earlier run found, in the cache, once OPTION is off.
macro(fer_find_optional option name packages)
    if(${option})
        pkg_check_modules(${name} QUIET IMPORTED_TARGET ${ARGN})
        if(NOT ${name}_FOUND)
            list(APPEND FER_MISSING ${packages})
        endif()
    else()
        set(${name}_FOUND OFF)
    endif()
endmacro()

# After the last of them.
function(fer_report_missing)
    if(FER_MISSING)
        string(REPLACE ";" " " packages "${FER_MISSING}")
        if(FER_ALL)
            message(FATAL_ERROR "FER_ALL is on, and optional libraries are missing (Debian's packages): ${packages}")
        endif()
        message(STATUS "Without optional libraries: ${packages}")
    endif()
endfunction()
