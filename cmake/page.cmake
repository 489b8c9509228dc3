# The page that `fer serve` shows (docs/page.md), as C arrays in the command: web/page, and the engine for WebAssembly where
# `make wasm` has built it. Generates build/page/*.c and the table page_files[] (cli/serve/page.h).
file(GLOB FER_PAGE_FILES CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}/web/page web/page/*)

set(FER_PAGE_SOURCES ${PROJECT_BINARY_DIR}/page/page_files.c)
set(symbols "")
set(rows "")

# One file, served at /PATH.
function(fer_page_file path file)
    string(MAKE_C_IDENTIFIER page_${path} name)
    set(source ${PROJECT_BINARY_DIR}/page/${name}.c)
    add_custom_command(OUTPUT ${source}
                       COMMAND ${CMAKE_COMMAND} -DINPUT=${file} -DOUTPUT=${source} -DNAME=${name} -DORDER=${CMAKE_C_BYTE_ORDER}
                               -P ${PROJECT_SOURCE_DIR}/cmake/embed.cmake
                       DEPENDS ${file} ${PROJECT_SOURCE_DIR}/cmake/embed.cmake VERBATIM)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file}) # for its hash
    file(SHA256 ${file} hash)
    string(SUBSTRING ${hash} 0 16 hash)
    set(FER_PAGE_SOURCES ${FER_PAGE_SOURCES} ${source} PARENT_SCOPE)
    set(symbols "${symbols}extern const uint64_t ${name}[];\nextern const size_t ${name}_size;\n" PARENT_SCOPE)
    set(rows "${rows}    {\"/${path}\", \"\\\"${hash}\\\"\", ${name}, &${name}_size},\n" PARENT_SCOPE)
endfunction()

foreach(file ${FER_PAGE_FILES})
    fer_page_file(${file} ${PROJECT_SOURCE_DIR}/web/page/${file})
endforeach()

file(GLOB FER_PAGE_ENGINE_FILES RELATIVE ${FER_PAGE_ENGINE}
     ${FER_PAGE_ENGINE}/*.js ${FER_PAGE_ENGINE}/*.wasm ${FER_PAGE_ENGINE}/*.safetensors)
if(EXISTS ${FER_PAGE_ENGINE}/fer.wasm)
    foreach(file ${FER_PAGE_ENGINE_FILES})
        fer_page_file(libfer/${file} ${FER_PAGE_ENGINE}/${file})
    endforeach()
else()
    message(STATUS "The page computes on the server only, since ${FER_PAGE_ENGINE}/fer.wasm is absent (make wasm)")
endif()

file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/page/page_files.c @ONLY CONTENT
"#include \"serve/page.h\"

@symbols@
const struct page_file page_files[] = {
@rows@    {NULL, NULL, NULL, NULL},
};
")
