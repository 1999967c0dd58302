# Exports NETWORK to FORMAT with PROGRAM and has a reader of another make (CHECK, in Python) compare the files with the network.
file(REMOVE_RECURSE ${WORK})
execute_process(COMMAND ${PROGRAM} export ${NETWORK} --to ${FORMAT} --out ${WORK} ${OPTIONS} COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${PYTHON} ${CHECK} ${WORK} ${NETWORK} ${OF_CHECK} COMMAND_ERROR_IS_FATAL ANY)
