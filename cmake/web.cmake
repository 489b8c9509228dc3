# The WebAssembly module (docs/web.md): only the rooms that find and classify faces. Nothing that reads files or decodes
# pictures is needed, so no library is.
add_compile_options(-msimd128 -ffunction-sections -fdata-sections -ffile-prefix-map=${PROJECT_SOURCE_DIR}=.)
include(cmake/kernels.cmake)

file(GLOB FER_WEB_SOURCES CONFIGURE_DEPENDS src/base/*.c src/graph/*.c src/graph/ops/*.c src/models/*.c src/vision/*.c)
list(FILTER FER_WEB_SOURCES EXCLUDE REGEX "/base/(json|csv|input|atomic_file|stop|file|open_file|mem_size)\\.c$")
foreach(name formats/safetensors formats/tensors formats/half formats/file_kind image/view image/view_shrink image/resize image/mirror
             image/preprocess api/pipeline api/pipeline_auto api/tracker api/session api/detector api/detector_turned)
    list(APPEND FER_WEB_SOURCES src/${name}.c)
endforeach()

add_executable(fer_web web/fer_web.c web/no_files.c ${FER_WEB_SOURCES} ${FER_DETECTOR_SOURCE} ${FER_KERNEL_OBJECTS})
target_include_directories(fer_web PRIVATE include src)
target_link_options(fer_web PRIVATE -O3 -sSTANDALONE_WASM --no-entry -sALLOW_MEMORY_GROWTH -sINITIAL_MEMORY=33554432 ${FER_WEB_LINK})
set_target_properties(fer_web PROPERTIES OUTPUT_NAME fer SUFFIX .wasm RUNTIME_OUTPUT_DIRECTORY libfer)

# The folder that npm publishes.
set(FER_WEB_FILES LICENSE web/libfer.js web/libfer.d.ts web/package.json)
list(TRANSFORM FER_WEB_FILES PREPEND ${PROJECT_SOURCE_DIR}/)
set(FER_WEB ${PROJECT_BINARY_DIR}/libfer)
add_custom_target(web ALL DEPENDS fer_web
    COMMAND ${CMAKE_COMMAND} -E copy_if_different ${FER_WEB_FILES} ${FER_WEB}
    COMMAND ${CMAKE_COMMAND} -E copy_if_different ${PROJECT_SOURCE_DIR}/models/default.safetensors ${FER_WEB}/libfer-s.safetensors VERBATIM)
