# spikewell_report_assets(target): builds into `target` what a report page carries: its style sheet and its scripts.
include(${CMAKE_CURRENT_LIST_DIR}/Embed.cmake)

function(spikewell_report_assets target)
    set(assets ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/../src/report/assets)
    foreach(style IN ITEMS page plot)
        spikewell_embed(TARGET ${target} FILE ${assets}/${style}.css SYMBOL report_${style}_css)
    endforeach()
    foreach(script IN ITEMS scale marks plot page)
        spikewell_embed(TARGET ${target} FILE ${assets}/${script}.js SYMBOL report_${script}_js)
    endforeach()
endfunction()
