# spikewell_embed(TARGET name FILE path SYMBOL ident)
#
# Builds a file into a target. The target's own sources then read it, without copying, as
#   #include "embedded/ident.hpp"    ->    std::string_view spikewell::embedded::ident();
# The assembler takes the bytes in (.incbin), so a megabyte costs no compile time; the directives are those that the assembler
# has on every 64-bit ELF system. FILE may be the output of a custom command of the same directory.
function(spikewell_embed)
    cmake_parse_arguments(PARSE_ARGV 0 arg "" "TARGET;FILE;SYMBOL" "")
    if(NOT (arg_TARGET AND arg_FILE AND arg_SYMBOL) OR arg_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "spikewell_embed(TARGET name FILE path SYMBOL ident)")
    endif()
    set(symbol ${arg_SYMBOL})
    cmake_path(ABSOLUTE_PATH arg_FILE NORMALIZE OUTPUT_VARIABLE file)
    set(folder ${CMAKE_CURRENT_BINARY_DIR}/generated)
    set(templates ${CMAKE_CURRENT_FUNCTION_LIST_DIR})
    configure_file(${templates}/embedded.hpp.in ${folder}/embedded/${symbol}.hpp @ONLY)
    configure_file(${templates}/embedded.cpp.in ${folder}/embedded/${symbol}.cpp @ONLY)
    # The compiler does not report .incbin as a dependency. The file is listed as a source too, so that Makefiles know its rule.
    # Sources that are compiled together lose what one of them depends on.
    set_source_files_properties(${folder}/embedded/${symbol}.cpp PROPERTIES OBJECT_DEPENDS "${file}" SKIP_UNITY_BUILD_INCLUSION ON)
    target_sources(${arg_TARGET} PRIVATE ${folder}/embedded/${symbol}.cpp ${file})
    target_include_directories(${arg_TARGET} PRIVATE ${folder})
endfunction()
