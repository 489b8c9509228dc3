# The WebAssembly module (docs/web.md): only the rooms that find and classify faces. Nothing that reads files or decodes
# pictures is needed, so no library is.
add_compile_options(-msimd128 -ffunction-sections -fdata-sections -ffile-prefix-map=${PROJECT_SOURCE_DIR}=.)
include(cmake/kernels.cmake)

file(GLOB FER_WEB_SOURCES CONFIGURE_DEPENDS src/base/*.c src/graph/*.c src/graph/ops/*.c src/models/*.c src/vision/*.c)
list(FILTER FER_WEB_SOURCES EXCLUDE REGEX "/base/(json|csv|input|atomic_file|stop|file|open_file|mem_size|pool|lock)\\.c$")
file(GLOB FER_WEB_API CONFIGURE_DEPENDS src/api/pipeline*.c src/api/face*.c src/api/tracker*.c src/api/session*.c src/api/detector*.c)
list(APPEND FER_WEB_SOURCES ${FER_WEB_API})
foreach(name formats/safetensors formats/half formats/file_kind image/view image/view_shrink image/resize image/mirror
             image/preprocess)
    list(APPEND FER_WEB_SOURCES src/${name}.c)
endforeach()

# fer.wasm, and fer-threads.wasm (docs/web.md) of the same object files. Only these sources have atomic variables, so only
# they are compiled twice. The linker refuses to share the memory of others that have any.
set(FER_WEB_ATOMIC web/threads.c src/formats/tensors.c src/models/checkpoint.c)
list(REMOVE_ITEM FER_WEB_SOURCES ${PROJECT_SOURCE_DIR}/src/models/checkpoint.c)
add_library(fer_web_core OBJECT web/no_files.c ${FER_WEB_SOURCES} ${FER_DETECTOR_SOURCES})
target_include_directories(fer_web_core PRIVATE include src)
add_library(fer_web_alone OBJECT ${FER_WEB_ATOMIC})
add_library(fer_web_shared OBJECT ${FER_WEB_ATOMIC})
target_compile_options(fer_web_shared PRIVATE -matomics -mbulk-memory)
foreach(atomics alone shared)
    target_include_directories(fer_web_${atomics} PRIVATE include src)
endforeach()

function(fer_web_module target name atomics)
    add_executable(${target} web/fer_web.c $<TARGET_OBJECTS:fer_web_core> $<TARGET_OBJECTS:${atomics}> ${FER_KERNEL_OBJECTS})
    target_include_directories(${target} PRIVATE include src)
    target_link_options(${target} PRIVATE -O3 -sSTANDALONE_WASM --no-entry -sALLOW_MEMORY_GROWTH -sINITIAL_MEMORY=33554432 ${ARGN})
    set_target_properties(${target} PROPERTIES OUTPUT_NAME ${name} SUFFIX .wasm RUNTIME_OUTPUT_DIRECTORY libfer)
endfunction()
fer_web_module(fer_web fer fer_web_alone)
set(wrapped malloc calloc realloc aligned_alloc free) # by web/threads.c
list(TRANSFORM wrapped PREPEND ,--wrap=)
list(JOIN wrapped "" wrapped)
fer_web_module(fer_web_threads fer-threads fer_web_shared -sIMPORTED_MEMORY -Wl,--shared-memory,--export=stackRestore${wrapped})

# The folder that npm publishes.
set(FER_WEB_FILES LICENSE web/README.md web/libfer.js web/thread.js web/libfer.d.ts models/libfer-xs.safetensors)
list(TRANSFORM FER_WEB_FILES PREPEND ${PROJECT_SOURCE_DIR}/)
set(FER_WEB ${PROJECT_BINARY_DIR}/libfer)
find_package(Python3 REQUIRED COMPONENTS Interpreter) # emscripten needs it, too
add_custom_command(OUTPUT ${FER_WEB}/libfer-s-small.safetensors
    COMMAND Python3::Interpreter ${PROJECT_SOURCE_DIR}/tools/round_weights.py --bits 5 ${PROJECT_SOURCE_DIR}/models/default.safetensors
            ${FER_WEB}/libfer-s-small.safetensors
    DEPENDS tools/round_weights.py models/default.safetensors VERBATIM)
configure_file(web/package.json.in ${FER_WEB}/package.json @ONLY)
add_custom_target(web ALL DEPENDS fer_web fer_web_threads ${FER_WEB}/libfer-s-small.safetensors
    COMMAND ${CMAKE_COMMAND} -E copy_if_different ${FER_WEB_FILES} ${FER_WEB}
    COMMAND ${CMAKE_COMMAND} -E copy_if_different ${PROJECT_SOURCE_DIR}/models/default.safetensors ${FER_WEB}/libfer-s.safetensors VERBATIM)

# The kernels' tests as programs that Node runs (tests/web/run.sh), since these sources are compiled differently here.
file(GLOB FER_WEB_TESTS CONFIGURE_DEPENDS tests/kernels/test_*.c)
add_custom_target(web_tests DEPENDS web)
foreach(source ${FER_WEB_TESTS})
    get_filename_component(name ${source} NAME_WE)
    add_executable(${name} EXCLUDE_FROM_ALL ${source} $<TARGET_OBJECTS:fer_web_core> $<TARGET_OBJECTS:fer_web_alone> ${FER_KERNEL_OBJECTS})
    target_include_directories(${name} PRIVATE tests/web include src)
    target_link_options(${name} PRIVATE -O1 -sSTANDALONE_WASM -sALLOW_MEMORY_GROWTH)
    set_target_properties(${name} PROPERTIES SUFFIX .wasm RUNTIME_OUTPUT_DIRECTORY tests)
    add_dependencies(web_tests ${name})
endforeach()
