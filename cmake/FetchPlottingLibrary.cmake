# Script of ReportAssets.cmake: cmake -DNPM=... -DASSETS=folder -DOUTPUT=file -P FetchPlottingLibrary.cmake
# OUTPUT becomes the three libraries one after another, each below its licence; empty where npm could not install them.
cmake_minimum_required(VERSION 3.25)

cmake_path(GET OUTPUT PARENT_PATH folder)
file(COPY ${ASSETS}/package.json ${ASSETS}/package-lock.json DESTINATION ${folder})
# Few and short retries: a build without a network should not wait minutes to learn that.
execute_process(
    COMMAND ${NPM} ci --ignore-scripts --no-audit --no-fund --prefer-offline
            --fetch-retries=2 --fetch-retry-mintimeout=1000 --fetch-retry-maxtimeout=5000
    WORKING_DIRECTORY ${folder}
    OUTPUT_FILE ${folder}/npm.log
    ERROR_FILE ${folder}/npm.log
    TIMEOUT 300
    RESULT_VARIABLE result)

set(content "")
foreach(name IN ITEMS vega vega-lite vega-embed)
    set(package ${folder}/node_modules/${name})
    if(NOT result EQUAL 0 OR NOT EXISTS ${package}/build/${name}.min.js)
        message("npm ci failed (see ${folder}/npm.log): reports keep tables and images, plots are left out; "
                "configure again to try again")
        set(content "")
        break()
    endif()
    file(READ ${package}/LICENSE licence)
    file(READ ${package}/build/${name}.min.js code)
    # The source map is not there in a page of one file.
    string(REPLACE "//# sourceMappingURL=${name}.min.js.map" "" code "${code}")
    string(APPEND content "/*! ${name}\n\n${licence}*/\n${code}\n;\n")
endforeach()

# 30 MB that nothing reads any more.
file(REMOVE_RECURSE ${folder}/node_modules)
file(WRITE ${OUTPUT}.new "${content}")
file(RENAME ${OUTPUT}.new ${OUTPUT})
