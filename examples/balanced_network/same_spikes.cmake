# cmake -DEXAMPLE=<program> -DSPIKEWELL=<program> -DNETWORK=<balanced.json> -DOUT=<scratch folder> -P same_spikes.cmake: fails unless
# the C++ example and the network file give the same number of spikes, and some.
execute_process(COMMAND ${EXAMPLE} OUTPUT_VARIABLE told COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${SPIKEWELL} simulate ${NETWORK} --out ${OUT} --force --quiet COMMAND_ERROR_IS_FATAL ANY)
file(READ ${OUT}/run.json run)
string(JSON spikes GET "${run}" counters spikes)
if(spikes EQUAL 0 OR NOT told STREQUAL "spikes: ${spikes}\n")
    message(FATAL_ERROR "The example says \"${told}\", the network file gives ${spikes} spikes")
endif()
message(STATUS "Both give ${spikes} spikes")
