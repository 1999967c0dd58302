# spikewell_build_info(target): builds into `target` what core/build_info.hpp tells. The commit is asked for at every build, and
# only the one file that holds it is compiled again where it has changed.
function(spikewell_build_info target)
    set(output ${PROJECT_BINARY_DIR}/generated/build_info.cpp)
    if(NOT TARGET spikewell_build_info)
        find_package(Git QUIET)
        add_custom_target(spikewell_build_info
            COMMAND ${CMAKE_COMMAND} -DGIT=${GIT_EXECUTABLE} -DSOURCE=${PROJECT_SOURCE_DIR} -DVERSION=${PROJECT_VERSION}
                    "-DCOMPILER=${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}" -DBUILD_TYPE=${CMAKE_BUILD_TYPE}
                    -DTEMPLATE=${PROJECT_SOURCE_DIR}/src/core/build_info.cpp.in -DOUTPUT=${output}
                    -P ${PROJECT_SOURCE_DIR}/cmake/WriteBuildInfo.cmake
            BYPRODUCTS ${output} VERBATIM COMMENT "")
    endif()
    target_sources(${target} PRIVATE ${output})
    add_dependencies(${target} spikewell_build_info)
endfunction()
