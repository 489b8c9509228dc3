set_source_files_properties(cli/common/help_man.c PROPERTIES COMPILE_DEFINITIONS "FER_RELEASED=\"${FER_RELEASED}\"")

# Manual pages and completion for shells, which the built command writes. Where it cannot run here, as in a build for
# another processor, they are left out.
if(NOT CMAKE_CROSSCOMPILING)
    set(FER_MANUAL ${PROJECT_BINARY_DIR}/manual)
    add_custom_command(OUTPUT ${FER_MANUAL}/zsh/_fer
                       COMMAND sh ${PROJECT_SOURCE_DIR}/cmake/manual.sh $<TARGET_FILE:fer_cli> ${FER_MANUAL}
                       DEPENDS fer_cli ${PROJECT_SOURCE_DIR}/cmake/manual.sh VERBATIM)
    add_custom_target(manual ALL DEPENDS ${FER_MANUAL}/zsh/_fer)
    install(DIRECTORY ${FER_MANUAL}/man1 DESTINATION ${CMAKE_INSTALL_MANDIR})
    install(FILES ${FER_MANUAL}/bash/fer DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
    install(FILES ${FER_MANUAL}/zsh/_fer DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
endif()
