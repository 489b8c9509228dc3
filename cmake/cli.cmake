# The shared library and the command, which sees of it what every other program sees.
add_library(fer SHARED $<TARGET_OBJECTS:fer_objects> ${FER_KERNEL_OBJECTS})
add_library(fer::fer ALIAS fer)
target_include_directories(fer INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
                                         $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_link_libraries(fer PRIVATE PkgConfig::PNG PkgConfig::TURBOJPEG PkgConfig::JANSSON
                                  Threads::Threads m ${CMAKE_DL_LIBS})
# Before 1.0 every minor version may change the interface.
set_target_properties(fer PROPERTIES VERSION ${PROJECT_VERSION}
                                     SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
target_link_libraries(fer_static PUBLIC ${CMAKE_DL_LIBS})
set_target_properties(fer_static PROPERTIES OUTPUT_NAME fer)

file(GLOB FER_CLI_SOURCES CONFIGURE_DEPENDS cli/*.c)
if(FER_PLOTS)
    list(FILTER FER_CLI_SOURCES EXCLUDE REGEX "/plot_none\\.c$")
else()
    list(FILTER FER_CLI_SOURCES EXCLUDE REGEX "/plot_(canvas|lines|curves|confusion|reliability|faces|explain)\\.c$")
endif()
add_executable(fer_cli ${FER_CLI_SOURCES})
set_target_properties(fer_cli PROPERTIES OUTPUT_NAME fer)
target_link_libraries(fer_cli PRIVATE fer PkgConfig::JANSSON m)
if(FER_PLOTS)
    fer_runtime_name(FER_CAIRO ${pkgcfg_lib_CAIRO_cairo})
    target_include_directories(fer_cli SYSTEM PRIVATE ${CAIRO_INCLUDE_DIRS})
    target_link_libraries(fer_cli PRIVATE ${CMAKE_DL_LIBS})
    target_compile_definitions(fer_cli PRIVATE FER_PLOTS FER_CAIRO="${FER_CAIRO}")
endif()
