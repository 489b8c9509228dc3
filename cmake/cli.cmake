include(CheckLinkerFlag)

# The shared library, and the command, which uses of it what every other program can use, and the room `base`.
add_library(fer SHARED $<TARGET_OBJECTS:fer_objects> ${FER_BASE_OBJECTS} ${FER_KERNEL_OBJECTS})
add_library(fer::fer ALIAS fer)
target_include_directories(fer INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
                                         $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_link_libraries(fer PRIVATE PkgConfig::PNG PkgConfig::TURBOJPEG PkgConfig::JANSSON PkgConfig::ZLIB
                                  Threads::Threads m ${CMAKE_DL_LIBS})
# The library's name and the version node of its symbols carry the number of the interface, so that a program built for
# another one does not start.
set(FER_ABI_HEADER ${PROJECT_SOURCE_DIR}/include/fer/abi.h)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${FER_ABI_HEADER})
file(STRINGS ${FER_ABI_HEADER} FER_ABI REGEX "^#define FER_ABI [0-9]+$")
string(REGEX MATCH "[0-9]+$" FER_ABI "${FER_ABI}")
set_target_properties(fer PROPERTIES VERSION ${FER_ABI}.${PROJECT_VERSION} SOVERSION ${FER_ABI})
set(FER_VERSION_SCRIPT ${PROJECT_BINARY_DIR}/fer.map)
file(WRITE ${FER_VERSION_SCRIPT} "FER_ABI_${FER_ABI} { global: fer_*; local: *; };\n")
check_linker_flag(C "-Wl,--version-script=${FER_VERSION_SCRIPT}" FER_HAVE_VERSION_SCRIPT)
if(FER_HAVE_VERSION_SCRIPT AND NOT FER_SANITIZE)
    target_link_options(fer PRIVATE "-Wl,--version-script=${FER_VERSION_SCRIPT}")
    set_property(TARGET fer APPEND PROPERTY LINK_DEPENDS ${FER_VERSION_SCRIPT})
endif()
target_link_libraries(fer_static PUBLIC ${CMAKE_DL_LIBS})
set_target_properties(fer_static PROPERTIES OUTPUT_NAME fer)

# The command's rooms (docs/architecture.md). Drawing and the window are folders that are taken or left as a whole: a
# build without them takes the one that says so.
set(FER_CLI_DRAW none)
set(FER_CLI_WINDOW none)
if(FER_PLOTS)
    set(FER_CLI_DRAW cairo)
endif()
if(SDL2_FOUND)
    set(FER_CLI_WINDOW sdl)
endif()
set(FER_CLI_ROOMS cli/common cli/faces cli/photos cli/films cli/draw/${FER_CLI_DRAW} cli/window/${FER_CLI_WINDOW} cli/runs
    cli/experiment cli/report cli/commands)
list(TRANSFORM FER_CLI_ROOMS APPEND /*.c OUTPUT_VARIABLE FER_CLI_FILES)
file(GLOB FER_CLI_SOURCES CONFIGURE_DEPENDS ${FER_CLI_FILES})
list(REMOVE_ITEM FER_CLI_SOURCES ${PROJECT_SOURCE_DIR}/cli/commands/main.c)

# All of the command but main(), so that tests can link it too, there with the static library.
include(cmake/recipes.cmake)
add_library(fer_cli_rooms STATIC ${FER_CLI_SOURCES} ${FER_SHIPPED_RECIPES})
target_include_directories(fer_cli_rooms PUBLIC ${PROJECT_SOURCE_DIR}/cli ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/include)
target_link_libraries(fer_cli_rooms PUBLIC PkgConfig::JANSSON Threads::Threads m ${CMAKE_DL_LIBS})
if(FER_PLOTS)
    fer_runtime_name(FER_CAIRO ${pkgcfg_lib_CAIRO_cairo})
    target_include_directories(fer_cli_rooms SYSTEM PUBLIC ${CAIRO_INCLUDE_DIRS})
    target_compile_definitions(fer_cli_rooms PUBLIC FER_PLOTS FER_CAIRO="${FER_CAIRO}")
endif()
if(SDL2_FOUND)
    fer_runtime_name(FER_SDL2 ${pkgcfg_lib_SDL2_SDL2})
    target_include_directories(fer_cli_rooms SYSTEM PRIVATE ${SDL2_INCLUDE_DIRS})
    target_compile_definitions(fer_cli_rooms PRIVATE FER_SDL2="${FER_SDL2}")
endif()
add_executable(fer_cli cli/commands/main.c ${FER_BASE_OBJECTS})
set_target_properties(fer_cli PROPERTIES OUTPUT_NAME fer)
target_link_libraries(fer_cli PRIVATE fer_cli_rooms fer)
