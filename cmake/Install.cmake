# What `cmake --install` puts where: the program, the static library, the headers of its C++ interface under include/spikewell (so
# that "network/network.hpp" and "core/ids.hpp" are included as in the sources), and a package for find_package(spikewell).
include(CMakePackageConfigHelpers)

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/spikewell)
set(headers ${CMAKE_INSTALL_INCLUDEDIR}/spikewell)
install(TARGETS spikewell_program RUNTIME)
install(TARGETS spikewell EXPORT spikewell ARCHIVE INCLUDES DESTINATION ${headers})
# The rooms of the engine, and what lies in a folder `detail`, are nobody's business.
install(DIRECTORY mapping network neuron_models DESTINATION ${headers} FILES_MATCHING PATTERN "*.hpp"
    REGEX "/(detail|loop|lif|dyadic)/" EXCLUDE)
# Of src/, what spikewell/spikewell.hpp includes: tests/consumer builds a program with no more than that.
set(public_headers
    core/alternatives.hpp
    core/energy.hpp
    core/error.hpp
    core/file_descriptor.hpp
    core/ids.hpp
    core/lane_math.hpp
    core/matrix.hpp
    core/parallel.hpp
    core/process_use.hpp
    core/random.hpp
    core/temporary_file.hpp
    experiments/compare.hpp
    experiments/complexity.hpp
    experiments/config.hpp
    experiments/dataset.hpp
    experiments/evaluation.hpp
    experiments/form.hpp
    experiments/metrics.hpp
    experiments/simulations.hpp
    experiments/training.hpp
    io/config_file.hpp
    io/file_list.hpp
    io/folder_output.hpp
    io/layout_files.hpp
    io/model_file.hpp
    io/network/network_file.hpp
    io/output.hpp
    io/output_lock.hpp
    rate/attractor_network.hpp
    rate/large_network.hpp
    spikewell/spikewell.hpp)
foreach(header ${public_headers})
    cmake_path(GET header PARENT_PATH folder)
    install(FILES src/${header} DESTINATION ${headers}/${folder})
endforeach()
install(EXPORT spikewell NAMESPACE spikewell:: FILE spikewellTargets.cmake DESTINATION ${package})
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/spikewellConfig.cmake.in ${PROJECT_BINARY_DIR}/spikewellConfig.cmake
    INSTALL_DESTINATION ${package} NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/spikewellConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/spikewellConfig.cmake ${PROJECT_BINARY_DIR}/spikewellConfigVersion.cmake DESTINATION ${package})
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
