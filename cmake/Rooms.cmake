# spikewell_rooms(target): in a unity build (preset release) the sources of one folder are compiled together, up to a dozen at a
# time: headers are most of what a compiler reads here. So what a folder's sources keep to themselves has names of its own. Those of
# src/io are compiled singly: whoever links the library needs HDF5, with all that it brings along, only where such files are read.
# Not for scripts/lint, which looks at src/io a dozen at a time, too.
function(spikewell_rooms target)
    get_target_property(sources ${target} SOURCES)
    foreach(source ${sources})
        if(NOT source MATCHES "\\.cpp$" OR source MATCHES "/generated/")
            continue()
        endif()
        cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} OUTPUT_VARIABLE within)
        cmake_path(RELATIVE_PATH within BASE_DIRECTORY ${PROJECT_SOURCE_DIR})
        if(within MATCHES "^src/io/" AND NOT SPIKEWELL_LINT)
            continue()
        endif()
        cmake_path(GET within PARENT_PATH folder)
        string(MAKE_C_IDENTIFIER "${folder}" room)
        list(APPEND room_${room} ${source})
        list(LENGTH room_${room} n)
        math(EXPR part "(${n} - 1) / 12")
        set_source_files_properties(${source} PROPERTIES UNITY_GROUP ${room}_${part})
    endforeach()
    set_target_properties(${target} PROPERTIES UNITY_BUILD_MODE GROUP)
endfunction()
