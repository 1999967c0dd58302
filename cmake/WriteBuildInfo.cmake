# Script of BuildInfo.cmake: OUTPUT becomes TEMPLATE filled in, or is left as it is where nothing has changed.
cmake_minimum_required(VERSION 3.25)

set(COMMIT unknown)
# Not that of a repository around an unpacked archive.
if(GIT AND EXISTS ${SOURCE}/.git)
    execute_process(COMMAND ${GIT} rev-parse --short=12 HEAD WORKING_DIRECTORY ${SOURCE}
        OUTPUT_VARIABLE head OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
    execute_process(COMMAND ${GIT} status --porcelain --untracked-files=no WORKING_DIRECTORY ${SOURCE}
        OUTPUT_VARIABLE changes ERROR_QUIET)
    if(NOT failed)
        set(COMMIT ${head})
        if(changes)
            string(APPEND COMMIT "+changes")
        endif()
    endif()
endif()
configure_file(${TEMPLATE} ${OUTPUT} @ONLY)
