# A Debian package of all that `cmake --install` installs, with the Python module where Debian's Python looks for it and what shells
# complete: scripts/package, which configures the preset `package` and calls cpack.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME spikewell)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "The authors of Spikewell <spikewell@users.noreply.github.com>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "event-driven simulator of spiking and attractor networks")
set(CPACK_PACKAGE_DESCRIPTION "The free-energy attractor network in rates and in spikes, any spiking network, and layouts for neuromorphic boards: program, C++ library and Python module.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON) # libraries, by dpkg-shlibdeps
find_package(Python3 3.9 REQUIRED COMPONENTS Interpreter)
math(EXPR python_next "${Python3_VERSION_MINOR} + 1") # whose modules are others
set(CPACK_DEBIAN_PACKAGE_DEPENDS
    "python3 (>= 3.${Python3_VERSION_MINOR}), python3 (<< 3.${python_next}), python3-numpy")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "python3-matplotlib")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "libeigen3-dev, libtbb-dev, libboost-graph-dev, nlohmann-json3-dev, libfmt-dev, librandom123-dev, libpng-dev, zlib1g-dev, libhdf5-dev, libmatio-dev, libxxhash-dev")

set(completions ${PROJECT_BINARY_DIR}/completions)
foreach(shell bash zsh fish)
    add_custom_command(OUTPUT ${completions}/${shell} DEPENDS spikewell_program VERBATIM
        COMMAND ${CMAKE_COMMAND} -E make_directory ${completions}
        COMMAND sh -c "\"$0\" completion ${shell} >\"$1\"" $<TARGET_FILE:spikewell_program> ${completions}/${shell})
endforeach()
add_custom_target(completions ALL DEPENDS ${completions}/bash ${completions}/zsh ${completions}/fish)
install(FILES ${completions}/bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME spikewell)
install(FILES ${completions}/zsh DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions RENAME _spikewell)
install(FILES ${completions}/fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d RENAME spikewell.fish)

# Manual pages are made of --help, where help2man is.
find_program(HELP2MAN help2man)
if(HELP2MAN)
    add_custom_command(OUTPUT ${PROJECT_BINARY_DIR}/spikewell.1 DEPENDS spikewell_program VERBATIM
        COMMAND ${HELP2MAN} --no-info --help-option=--help-all --name "${CPACK_PACKAGE_DESCRIPTION_SUMMARY}"
            --output ${PROJECT_BINARY_DIR}/spikewell.1 $<TARGET_FILE:spikewell_program>)
    add_custom_target(manual ALL DEPENDS ${PROJECT_BINARY_DIR}/spikewell.1)
    install(FILES ${PROJECT_BINARY_DIR}/spikewell.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
endif()
include(CPack)
