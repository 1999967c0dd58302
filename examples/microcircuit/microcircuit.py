#!/usr/bin/env python3
"""Writes the cortical microcircuit of Potjans & Diesmann 2014 as a network file, from the numbers of model.json beside it:

    microcircuit.py --scale 0.1 --out microcircuit.json

microcircuit.hpp says what the scales are. A test holds the file against the network that microcircuit.cpp makes, number for number."""
import argparse
import json
import math
import os
import sys
import tempfile

FOLDER = os.path.dirname(os.path.abspath(__file__))


def whole(x):
    """The nearest whole number; halves go up."""
    return math.floor(x + 0.5)


class Microcircuit:
    """What the numbers of model.json come to at scales."""

    def __init__(self, model, scale, k_scale, background):
        self.model, self.scale, self.k_scale, self.background = model, scale, k_scale, background
        self.populations = model["populations"]
        neuron = model["neuron"]
        # 1 pA through the membrane's resistance, tau_m / C, is as many mV.
        self.background_mV = model["synapse"]["weight_pA"] * (neuron["tau_m_ms"] / neuron["C_pF"])
        self.tau_syn_s = 1e-3 * neuron["tau_syn_ms"]

    def n_synapses_full(self, post, pre):
        """As many draws with replacement as leave a pair unconnected with probability 1 - p."""
        p = self.model["connection_probability"][post][pre]
        n_pairs = self.populations[post]["size"] * self.populations[pre]["size"]
        return whole(math.log1p(-p) / math.log1p(-1 / n_pairs))

    def n_synapses(self, post, pre):
        return whole(self.n_synapses_full(post, pre) * self.scale * self.k_scale)

    def excites(self, pre):
        return pre % 2 == 0

    def weight_mV(self, post, pre):
        """Of the full model."""
        synapse = self.model["synapse"]
        if not self.excites(pre):
            return self.background_mV * synapse["relative_inhibition"]
        is_L4E_to_L23E = (post, pre) == (0, 2)
        return self.background_mV * synapse["relative_L4E_to_L23E"] if is_L4E_to_L23E else self.background_mV

    def background_Hz(self, population):
        return population["background_synapses"] * self.model["background_Hz"]

    def drive_mV(self, post):
        """The mean input that is lacking at these scales."""
        population = self.populations[post]
        recurrent_mV = 0.0
        for pre, source in enumerate(self.populations):
            recurrent_mV += (self.n_synapses_full(post, pre) / population["size"] * self.weight_mV(post, pre) *
                             self.tau_syn_s * source["rate_Hz"])
        background_mV = self.background_Hz(population) * self.background_mV * self.tau_syn_s
        lacking = 1 - math.sqrt(self.k_scale)
        return lacking * recurrent_mV + (1 if self.background == "dc" else lacking) * background_mV

    def population(self, p):
        of, neuron = self.populations[p], self.model["neuron"]
        made = {"name": of["name"], "model": "lif_exp", "size": whole(self.scale * of["size"]),
                "tau_m_ms": neuron["tau_m_ms"], "tau_syn_exc_ms": neuron["tau_syn_ms"], "tau_syn_inh_ms": neuron["tau_syn_ms"],
                "E_L_mV": neuron["E_L_mV"], "drive_mV": self.drive_mV(p), "V_th_mV": neuron["V_th_mV"],
                "V_reset_mV": neuron["V_reset_mV"], "t_ref_ms": neuron["t_ref_ms"],
                "V_init_mV": {"distribution": "normal", **of["V_init_mV"],
                              "high": math.nextafter(neuron["V_th_mV"], -math.inf)}}
        if self.background == "poisson":
            made["inputs"] = [{"rate_Hz": self.background_Hz(of) * self.k_scale,
                               "weight_mV": self.background_mV / math.sqrt(self.k_scale)}]
        return made

    def projection(self, post, pre):
        synapse = self.model["synapse"]
        names = [self.populations[p]["name"] for p in (pre, post)]
        weight_mV = self.weight_mV(post, pre) / math.sqrt(self.k_scale)
        excites = self.excites(pre)
        return {"name": " to ".join(names), "pre": names[0], "post": names[1],
                "connector": "fixed_total_number", "total": self.n_synapses(post, pre),
                "weight_mV": {"distribution": "normal", "mean": weight_mV,
                              "sd": abs(weight_mV) * synapse["weight_relative_sd"], "low" if excites else "high": 0},
                "delay_ms": {"distribution": "normal", **synapse["delay_exc_ms" if excites else "delay_inh_ms"],
                             "low": synapse["least_delay_ms"]}}

    def document(self, options):
        ends = range(len(self.populations))
        return {"format": "spikewell-network", "version": 1, "seed": options.seed,
                "duration_ms": options.duration_ms, "warm_up_ms": options.warm_up_ms,
                "populations": [self.population(p) for p in ends],
                "projections": [self.projection(post, pre) for post in ends for pre in ends if self.n_synapses(post, pre) > 0],
                "recordings": [{"name": f"spikes_{of['name']}", "record": "spikes", "population": of["name"]}
                               for of in self.populations if options.record]}


def number(low, high, kind=float, above=False):
    """Takes low .. high, without low itself where `above`."""
    def read(text):
        try:
            value = kind(text)
        except ValueError:
            value = math.nan
        if not (low < value if above else low <= value) or not value <= high:
            raise argparse.ArgumentTypeError(f"must be {'> ' if above else ''}{low} .. {high}, got {text!r}")
        return value
    return read


class Parser(argparse.ArgumentParser):
    def error(self, message):
        self.exit(1, f"{self.prog}: {message}\n")


def options_of(words):
    scale = number(0, 1, above=True)
    parser = Parser(description="Writes the cortical microcircuit of Potjans & Diesmann 2014 as a network file.",
                    allow_abbrev=False)
    parser.add_argument("--scale", type=scale, default=1.0, help="share of the neurons (default 1)")
    parser.add_argument("--k-scale", type=scale, help="share of the in-degrees (default: that of the neurons)")
    parser.add_argument("--background", choices=("poisson", "dc"), default="poisson", help="default poisson")
    parser.add_argument("--seed", type=number(0, 2**64 - 1, int), default=1, help="default 1")
    parser.add_argument("--duration-ms", type=number(0, 1e12), default=1000.0, help="of a run (default 1000)")
    parser.add_argument("--warm-up-ms", type=number(0, 1e12), default=500.0, help="of it, left out of statistics (default 500)")
    parser.add_argument("--record", action="store_true", help="have a run write all spikes")
    parser.add_argument("--out", required=True, metavar="FILE", help="the network file")
    parser.add_argument("--force", action="store_true", help="also over a file")
    options = parser.parse_args(words)
    if options.k_scale is None:
        options.k_scale = options.scale
    return options


def text_of(document):
    """JSON, a line for each population, projection and recording."""
    lines = []
    for key, value in document.items():
        if isinstance(value, list):
            value = "[" + ",".join("\n  " + json.dumps(entry) for entry in value) + "\n ]"
        else:
            value = json.dumps(value)
        lines.append(f' "{key}": {value}')
    return "{\n" + ",\n".join(lines) + "\n}\n"


def write(text, path, force):
    """All of it or nothing."""
    handle, partial = tempfile.mkstemp(dir=os.path.dirname(os.path.abspath(path)))
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(partial, 0o644)
        if force:
            os.replace(partial, path)
        else:
            os.link(partial, path)
    finally:
        if os.path.exists(partial):
            os.unlink(partial)


def main(words):
    options = options_of(words)
    try:
        with open(os.path.join(FOLDER, "model.json"), encoding="utf-8") as file:
            model = json.load(file)
        circuit = Microcircuit(model, options.scale, options.k_scale, options.background)
        document = circuit.document(options)
        for population in document["populations"]:
            if population["size"] == 0:
                raise ValueError(f"argument --scale: {options.scale} leaves no neuron of {population['name']}")
        write(text_of(document), options.out, options.force)
    except FileExistsError:
        sys.exit(f"microcircuit.py: {options.out}: exists; --force replaces it")
    except OSError as error:
        sys.exit(f"microcircuit.py: {options.out}: cannot be written: {error.strerror}")
    except ValueError as error:
        sys.exit(f"microcircuit.py: {error}")


if __name__ == "__main__":
    main(sys.argv[1:])
