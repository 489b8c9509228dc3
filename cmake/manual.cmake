set_source_files_properties(cli/common/help_man.c PROPERTIES COMPILE_DEFINITIONS "FER_RELEASED=\"${FER_RELEASED}\"")

# Manual pages and completion for shells, which the built command writes. Where it cannot run here, as in a build for
# another processor, they are left out.
if(NOT CMAKE_CROSSCOMPILING)
    set(FER_MANUAL ${PROJECT_BINARY_DIR}/manual)
    set(FER_GZIP "")
    if(FER_DEB)
        set(FER_GZIP gzip)
    endif()
    # A build without run paths needs to be shown where the library is.
    add_custom_command(OUTPUT ${FER_MANUAL}/zsh/_fer
                       COMMAND ${CMAKE_COMMAND} -E env LD_LIBRARY_PATH=$<TARGET_FILE_DIR:fer>
                               sh ${PROJECT_SOURCE_DIR}/cmake/manual.sh $<TARGET_FILE:fer_cli> ${FER_MANUAL} ${FER_GZIP}
                       DEPENDS fer_cli ${PROJECT_SOURCE_DIR}/cmake/manual.sh VERBATIM)
    add_custom_target(manual ALL DEPENDS ${FER_MANUAL}/zsh/_fer)
    install(DIRECTORY ${FER_MANUAL}/man1 DESTINATION ${CMAKE_INSTALL_MANDIR} COMPONENT command)
    install(FILES ${FER_MANUAL}/bash/fer DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions COMPONENT command)
    install(FILES ${FER_MANUAL}/zsh/_fer DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/${FER_ZSH_FUNCTIONS} COMPONENT command)
endif()
