# spikewell_report_assets(target): builds into `target` what a report page carries: its style sheet, its script, and the plotting
# library (vega, vega-lite, vega-embed), which npm takes from its registry at build time, at the versions of
# src/report/assets/package-lock.json. Without npm, or without a network, an empty file takes the library's place and the build
# goes on. To move to newer versions: `npm install --package-lock-only` in src/report/assets.
include(${CMAKE_CURRENT_LIST_DIR}/Embed.cmake)

option(SPIKEWELL_PLOTS "Build the plotting library into reports (needs npm)" ON)

function(spikewell_report_assets target)
    set(assets ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/../src/report/assets)
    set(script ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/FetchPlottingLibrary.cmake)
    set(library ${CMAKE_CURRENT_BINARY_DIR}/report_assets/plotting_library.js)

    find_program(SPIKEWELL_NPM npm)
    mark_as_advanced(SPIKEWELL_NPM)
    if(SPIKEWELL_PLOTS AND SPIKEWELL_NPM)
        # An empty file is a build without the library; configuring again is the occasion to try again.
        if(EXISTS ${library})
            file(SIZE ${library} size)
            if(size EQUAL 0)
                file(REMOVE ${library})
            endif()
        endif()
        add_custom_command(
            OUTPUT ${library}
            COMMAND ${CMAKE_COMMAND} -DNPM=${SPIKEWELL_NPM} -DASSETS=${assets} -DOUTPUT=${library} -P ${script}
            DEPENDS ${assets}/package.json ${assets}/package-lock.json ${script}
            COMMENT "Installing the plotting library of reports"
            VERBATIM)
    else()
        if(SPIKEWELL_PLOTS)
            message(STATUS "npm not found: reports keep tables and images, plots are left out")
        endif()
        file(CONFIGURE OUTPUT ${library} CONTENT "")
    endif()

    spikewell_embed(TARGET ${target} FILE ${library} SYMBOL plotting_library_js)
    spikewell_embed(TARGET ${target} FILE ${assets}/page.css SYMBOL report_page_css)
    spikewell_embed(TARGET ${target} FILE ${assets}/page.js SYMBOL report_page_js)
endfunction()
