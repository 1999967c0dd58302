# What `cmake --install` puts where: the program, the static library, the headers of its C++ interface under include/spikewell (so
# that "network/network.hpp" and "core/ids.hpp" are included as in the sources), and a package for find_package(spikewell).
include(CMakePackageConfigHelpers)

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/spikewell)
set(headers ${CMAKE_INSTALL_INCLUDEDIR}/spikewell)
install(TARGETS spikewell_program RUNTIME)
install(TARGETS spikewell EXPORT spikewell ARCHIVE INCLUDES DESTINATION ${headers})
install(DIRECTORY mapping network neuron_models DESTINATION ${headers} FILES_MATCHING PATTERN "*.hpp" PATTERN detail EXCLUDE)
# Those that need no more than the package's own dependencies.
install(DIRECTORY src/core DESTINATION ${headers} FILES_MATCHING PATTERN "*.hpp" PATTERN parallel.hpp EXCLUDE
    PATTERN large_vector.hpp EXCLUDE)
install(EXPORT spikewell NAMESPACE spikewell:: FILE spikewellTargets.cmake DESTINATION ${package})
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/spikewellConfig.cmake.in ${PROJECT_BINARY_DIR}/spikewellConfig.cmake
    INSTALL_DESTINATION ${package} NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/spikewellConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/spikewellConfig.cmake ${PROJECT_BINARY_DIR}/spikewellConfigVersion.cmake DESTINATION ${package})
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
