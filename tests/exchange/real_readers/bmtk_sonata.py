#!/usr/bin/env python3
"""bmtk's own reader of SONATA on exports (needs h5py, pandas and six).

    bmtk_sonata.py CHECKOUT EXPORT_FOLDER ...

Reads configuration, nodes, edges, types and spikes with bmtk.utils and compares them with the files; exits with 1
where anything was refused or differs.
"""
import os
import sys

import h5py
import numpy as np


def check(condition, message):
    if not condition:
        raise AssertionError(message)


def read_part(config, kind):
    from bmtk.utils.sonata.file import File
    n = 0
    for entry in getattr(config, kind + "s"):
        data, types = entry[kind + "s_file"], entry[kind + "_types_file"]
        root = getattr(File(data_files=data, data_type_files=types), kind + "s")
        with h5py.File(data, "r") as f:
            names = sorted(f[kind + "s"])
            check(sorted(root.population_names) == names, f"{data}: populations {root.population_names}")
            for name in names:
                population, group = root.get_population(name), f[f"{kind}s/{name}"]
                size = len(group[kind + "_type_id"])
                check(len(population) == size, f"{name}: {len(population)} of {size}")
                n += size
                if kind == "edge":
                    weights = [edge["syn_weight"] for edge in population]
                    check(np.array_equal(np.array(weights, np.float32), group["0/syn_weight"][:]), f"{name}: weights")
                    check(all(edge["model_template"] == "static_synapse" for edge in population), f"{name}: model")
                else:
                    models = {node["model_type"] for node in population}
                    check(len(models) == 1, f"{name}: {models}")
    return n


def read_spikes(config, folder):
    from bmtk.utils.reports.spike_trains import SpikeTrains
    n = 0
    for entry in config["inputs"].values():
        trains = SpikeTrains.load(entry["input_file"], file_type="sonata", population=entry["node_set"])
        with h5py.File(entry["input_file"], "r") as f:
            times = f[f"spikes/{entry['node_set']}/timestamps"][:]
        check(len(times) == 0 or times.min() > 0, "pointnet refuses spikes at 0 ms")
        if len(times):
            check(trains.n_spikes(population=entry["node_set"]) == len(times), "number of spikes")
        n += len(times)
    return n


def main():
    checkout, *folders = sys.argv[1:]
    sys.path.insert(0, checkout)
    from bmtk.utils.sonata.config import SonataConfig
    failed = 0
    for folder in folders:
        try:
            config = SonataConfig.from_json(os.path.join(os.path.abspath(folder), "simulation_config.bmtk.json"))
            n_nodes, n_edges = read_part(config, "node"), read_part(config, "edge")
            n_spikes = read_spikes(config, folder)
            check(config.tstop > 0 and config.dt > 0, "run")
            check(n_nodes > 0, "no nodes")
            print(f"{folder}: read, {n_nodes} nodes, {n_edges} synapses, {n_spikes} spikes of sources")
        except Exception as error:
            print(f"{folder}: refused: {type(error).__name__}: {error}")
            failed += 1
    sys.exit(1 if failed or not folders else 0)


if __name__ == "__main__":
    main()
