# cmake -DBUILD=<of Spikewell> -DSOURCE=<here> -DWORK=<scratch> -DGENERATOR=<as of Spikewell> -DCXX=<compiler> -DSANITIZE=<its sanitizers>
# -DCONFIG=<type> -P run.cmake: installs Spikewell into the scratch folder, then configures, builds and runs the consumer against it.
function(run)
    execute_process(COMMAND ${ARGV} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

if(SANITIZE)
    set(flags -fsanitize=${SANITIZE})
endif()

file(REMOVE_RECURSE ${WORK})
run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${WORK}/installed)
run(${CMAKE_COMMAND} -S ${SOURCE} -B ${WORK}/build -G ${GENERATOR} -DCMAKE_PREFIX_PATH=${WORK}/installed
    -DCMAKE_CXX_COMPILER=${CXX} -DCMAKE_CXX_FLAGS=${flags} -DCMAKE_BUILD_TYPE=${CONFIG}
    -DOWN_NEURON=${SOURCE}/../../examples/own_neuron)
run(${CMAKE_COMMAND} --build ${WORK}/build)
run(${WORK}/build/consumer)
run(${WORK}/build/own_neuron)
run(${WORK}/installed/bin/spikewell --version)
