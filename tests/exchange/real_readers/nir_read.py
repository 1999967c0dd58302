"""Reads NIR files with NIR's own reader, its type check on, and writes them again.

    nir_read.py NIR_CHECKOUT FILE.nir ...

NIR_CHECKOUT: a clone of github.com/neuromorphs/NIR. Says of each file what it holds, or why it is refused; fails where one is.
"""
import os
import sys
import tempfile

sys.path.insert(0, sys.argv[1])
import nir  # noqa: E402

nir.version = getattr(nir, "version", "checkout")  # which only an installed package has
failures = 0
for path in sys.argv[2:]:
    try:
        graph = nir.read(path)
        kinds = sorted(type(node).__name__ for node in graph.nodes.values())
        with tempfile.TemporaryDirectory() as folder:
            again = os.path.join(folder, "again.nir")
            nir.write(again, graph)
            same = sorted(nir.read(again).nodes) == sorted(graph.nodes)
        failures += not same
        print(f"{path}: {len(graph.nodes)} nodes ({', '.join(f'{kinds.count(k)} {k}' for k in dict.fromkeys(kinds))}), "
              f"{len(graph.edges)} edges, {'written and read again' if same else 'other nodes when written again'}")
    except Exception as error:  # whatever a reader may raise
        failures += 1
        print(f"{path}: {type(error).__name__}: {error}")
sys.exit(failures > 0)
