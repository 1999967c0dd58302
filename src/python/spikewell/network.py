"""Networks piece by piece: what a network file says (network/FORMAT.md), with its names as keywords."""
from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from . import _html
from ._spikewell import (DescriptionError, NetworkError, Simulator, _check_network, _export_network, _map_network,
                         _write_network)
from ._types import Array, ArrayLike, Document, Floats, Indices, Path, Spikes
from .layout import Layout

__all__ = ["Network", "Population", "Projection", "Recording", "Selection", "Simulation", "lognormal", "normal", "uniform"]


def uniform(low: float, high: float) -> Document:
    """Values drawn uniformly from low .. high, of each neuron or synapse its own.

    Parameters
    ----------
    low, high : float
        In the unit of the field that they are given for.

    Returns
    -------
    dict
        As a network file says it.

    Examples
    --------
    >>> sw.uniform(-60, -50)
    {'distribution': 'uniform', 'low': -60, 'high': -50}
    """
    return {"distribution": "uniform", "low": low, "high": high}


def normal(mean: float, sd: float, *, low: float | None = None, high: float | None = None) -> Document:
    """Normal values; those outside low .. high are drawn again.

    Parameters
    ----------
    mean, sd : float
        In the unit of the field that they are given for.
    low, high : float, optional
        What may be drawn; default all.

    Returns
    -------
    dict
        As a network file says it.

    Examples
    --------
    >>> sw.normal(0.1, 0.01, low=0)
    {'distribution': 'normal', 'mean': 0.1, 'sd': 0.01, 'low': 0}
    """
    return {"distribution": "normal", "mean": mean, "sd": sd, **_given(low=low, high=high)}


def lognormal(mu: float, sigma: float, *, low: float | None = None, high: float | None = None) -> Document:
    """Values whose logarithm is normal; those outside low .. high are drawn again.

    Parameters
    ----------
    mu, sigma : float
        Of the logarithm.
    low, high : float, optional
        What may be drawn; default all.

    Returns
    -------
    dict
        As a network file says it.

    Examples
    --------
    >>> sw.lognormal(0, 0.5)
    {'distribution': 'lognormal', 'mu': 0, 'sigma': 0.5}
    """
    return {"distribution": "lognormal", "mu": mu, "sigma": sigma, **_given(low=low, high=high)}


def _given(**values: Any) -> Document:
    return {key: value for key, value in values.items() if value is not None}


def _named_rule(rule: str | Document | None) -> Document | None:
    """"pair_stdp" is short for {"rule": "pair_stdp"}."""
    return {"rule": rule} if isinstance(rule, str) else rule


def _check(document: Document, what: str, place: str = "") -> None:
    """Raises the program's line for a part of a network, without the place it has in `document`."""
    try:
        _check_network({"format": "spikewell-network", "version": 1, **document}, what)
    except DescriptionError as error:
        raise DescriptionError(str(error).replace(f"{place}/", "")) from None


class Selection:
    """Neurons of a population, one after another: `E[:100]`, `E[100:150]`.

    Attributes
    ----------
    population : Population
        What it is of.
    first : int
        Its first neuron in the population.
    size : int
        Neurons.

    Examples
    --------
    >>> net = sw.Network(seed=1)
    >>> E = net.population("lif_exp", 80, name="E", V_init_mV=sw.uniform(-60, -50))
    >>> E[10:30]
    E[10:30]
    >>> len(E[10:30])
    20
    """

    def __init__(self, population: Population, first: int, size: int) -> None:
        self.population = population
        self.first = first
        self.size = size

    def __len__(self) -> int:
        return self.size

    def __repr__(self) -> str:
        return f"{self.population.name}[{self.first}:{self.first + self.size}]"

    def _range(self) -> Document:
        return {"population": self.population.name, "first": self.first, "count": self.size}


class Population:
    """Neurons of one model, or a source of spikes; made by `Network.population`.

    Attributes
    ----------
    name, model : str
        As the network file has them.
    size : int
        Neurons. Of a population of nodes, nodes.
    parameters : dict
        What the network file says of it.

    Examples
    --------
    >>> net = sw.Network(seed=1)
    >>> E = net.population("lif_exp", 80, name="E", V_init_mV=sw.uniform(-60, -50))
    >>> E
    <E: 80 lif_exp>
    >>> E[:20]
    E[0:20]
    """

    first = 0  # as of a selection of all

    def __init__(self, network: Network, entry: Document) -> None:
        self.network = network
        self.parameters = entry

    @property
    def population(self) -> Population:
        """Itself, as a selection has its population."""
        return self

    @property
    def name(self) -> str:
        """What it is called in the network."""
        return self.parameters["name"]

    @property
    def model(self) -> str:
        """The model's name, as `spikewell.models` has it."""
        return self.parameters["model"]

    @property
    def size(self) -> int:
        """Neurons; of a population of nodes, nodes."""
        return int(self.parameters.get("size", self.parameters.get("n_nodes")))

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, neurons: int | slice) -> Selection:
        if not isinstance(neurons, slice):
            neurons = slice(neurons, neurons + 1 if neurons != -1 else None)
        first, end, step = neurons.indices(self.size)
        if step != 1 or end <= first:
            raise NetworkError(f"population {self.name}: a selection must be of neurons one after another of the "
                               f"{self.size} there are, got {neurons.start}:{neurons.stop}:{neurons.step}")
        return Selection(self, first, end - first)

    def __repr__(self) -> str:
        return f"<{self.name}: {self.size} {self.model}>"

    def _range(self) -> Document:
        return {"population": self.name}


class Projection:
    """Synapses or couplings from one population to another; made by `Network.connect` and `Network.couple`.

    Attributes
    ----------
    name : str
        As the network file has it.
    pre, post : Population or Selection
        What it joins.
    parameters : dict
        What the network file says of it.

    Examples
    --------
    >>> net = sw.Network(seed=1)
    >>> E = net.population("lif_exp", 80, name="E", V_init_mV=sw.uniform(-60, -50))
    >>> net.connect(E[:40], E[40:], "one_to_one", weight_mV=1, delay_ms=1)
    <E-E: one_to_one from E[0:40] to E[40:80]>
    """

    def __init__(self, pre: Population | Selection, post: Population | Selection, entry: Document) -> None:
        self.pre = pre
        self.post = post
        self.parameters = entry

    @property
    def name(self) -> str:
        """What it is called in the network."""
        return self.parameters["name"]

    def __repr__(self) -> str:
        return f"<{self.name}: {self.parameters.get('connector', 'couplings')} from {self.pre!r} to {self.post!r}>"


class Recording:
    """What a simulation keeps beside spikes; made by `Network.record`.

    Attributes
    ----------
    name : str
        As the network file has it.
    parameters : dict
        What the network file says of it.

    Examples
    --------
    >>> net = sw.Network(seed=1)
    >>> E = net.population("lif_exp", 80, name="E", V_init_mV=sw.uniform(-60, -50))
    >>> net.record(E[:2], "potential", interval_ms=1)
    <recording potential_E: potential>
    """

    def __init__(self, entry: Document) -> None:
        self.parameters = entry

    @property
    def name(self) -> str:
        """What it is called in the network."""
        return self.parameters["name"]

    def __repr__(self) -> str:
        return f"<recording {self.name}: {self.parameters['record']}>"


class Network:
    """Populations, what joins them, what drives them and what is recorded.

    Keywords are the fields of network/FORMAT.md; `spikewell.models(name)` lists those of a model. What is wrong is told
    where it is said, as the program tells it.

    Parameters
    ----------
    seed : int, 0 .. 2^64 - 1
        The same network and seed give the same spikes.
    duration_ms, warm_up_ms : float, optional
        Of a run, where `simulate` is not told another; what statistics leave out.

    Raises
    ------
    DescriptionError
        A value out of range.

    Examples
    --------
    >>> net = sw.Network(seed=1)
    >>> E = net.population("lif_exp", 80, name="E", V_init_mV=sw.uniform(-60, -50))
    >>> I = net.population("lif_exp", 20, name="I", V_init_mV=sw.uniform(-60, -50))
    >>> net.connect(E, I, "fixed_indegree", indegree=10, weight_mV=1.62, delay_ms=0.8)
    <E-I: fixed_indegree from <E: 80 lif_exp> to <I: 20 lif_exp>>
    >>> net.connect(I, E, "fixed_indegree", indegree=5, weight_mV=-9, delay_ms=0.8)
    <I-E: fixed_indegree from <I: 20 lif_exp> to <E: 80 lif_exp>>
    >>> sim = net.simulate(100, threads=2)
    >>> t_ms, neurons = sim.spikes(E)
    >>> len(t_ms) > 0
    True
    """

    def __init__(self, *, seed: int = 1, duration_ms: float | None = None, warm_up_ms: float | None = None) -> None:
        self._settings = {"seed": seed, **_given(duration_ms=duration_ms, warm_up_ms=warm_up_ms)}
        _check({**self._settings, "populations": []}, "Network")
        self._populations: dict[str, Population] = {}
        self._projections: dict[str, Projection] = {}
        self._recordings: dict[str, Recording] = {}

    # --- What it is made of ---

    @property
    def seed(self) -> int:
        """What random numbers are drawn from."""
        return self._settings["seed"]

    @property
    def populations(self) -> dict[str, Population]:
        """Populations by name, in their order: a dict that is the caller's."""
        return dict(self._populations)

    @property
    def projections(self) -> dict[str, Projection]:
        """Projections by name, in their order: a dict that is the caller's."""
        return dict(self._projections)

    @property
    def recordings(self) -> dict[str, Recording]:
        """Recordings by name, in their order: a dict that is the caller's."""
        return dict(self._recordings)

    def __repr__(self) -> str:
        neurons = sum(population.size for population in self._populations.values())
        return (f"<Network: {len(self._populations)} populations of {neurons} neurons, "
                f"{len(self._projections)} projections, seed {self.seed}>")

    def population(self, model: str, size: int | None = None, *, name: str | None = None, **parameters: Any) -> Population:
        """Adds neurons of a model, or a source.

        Parameters
        ----------
        model : str
            "lif_exp", "adex", "poisson", "spike_list", "dyadic_attractor" ..: `spikewell.models()` lists them.
        size : int
            Neurons; of a model of nodes, nodes.
        name : str, optional
            Letters, digits, _ and -; default the model's name and a number.
        **parameters
            Fields of the model and of all populations (`V_init_mV`, `inputs`, `positions` ..). A number that may differ
            from neuron to neuron takes `uniform(..)` or the like, or an array [size].

        Returns
        -------
        Population

        Raises
        ------
        DescriptionError
            An unknown model or field (with the nearest known one), a value out of range.

        Examples
        --------
        >>> net = sw.Network()
        >>> net.population("lif_exp", 100, tau_m_ms=20, V_th_mV=np.linspace(-51, -49, 100))
        <lif_exp_1: 100 lif_exp>
        >>> net.population("poisson", 10, name="noise", rate_hz=5)
        Traceback (most recent call last):
            ...
        spikewell._spikewell.DescriptionError: population noise: rate_hz: key is unknown; did you mean rate_Hz?
        """
        name = self._free_name(name, model, self._populations)
        size_key = "n_nodes" if str(model).startswith("dyadic_") else "size"
        entry = {"name": name, "model": model, **_given(**{size_key: size}), **parameters}
        _check({"populations": [entry]}, f"population {name}", "/populations/0")
        self._populations[name] = Population(self, entry)
        return self._populations[name]

    def connect(self, pre: Population | Selection, post: Population | Selection, connector: str, *, name: str | None = None,
                plasticity: str | Document | None = None, short_term: str | Document | None = None,
                third_factor: Population | Selection | Document | None = None, **parameters: Any) -> Projection:
        """Joins neurons by synapses.

        Parameters
        ----------
        pre, post : Population or Selection
            Onto a population of nodes synapses act as evidence.
        connector : str
            "all_to_all", "one_to_one", "fixed_indegree" (`indegree`), "list" (`synapses`, an array [n, 4] of source,
            target, weight and delay) ..
        name : str, optional
            Default PRE-POST, and a number where that is taken.
        plasticity, short_term : str or dict, optional
            A rule's name, or its name as "rule" and its fields.
        third_factor : Population, Selection or dict, optional
            Neurons whose spikes move the weights of "reward_stdp"; a dict has them as "population", and "delay_ms".
        **parameters
            The connector's fields, `weight_mV` (or the unit of the model of `post`), `delay_ms` ..

        Returns
        -------
        Projection

        Raises
        ------
        DescriptionError
            An unknown connector, rule or field (with the nearest known one), a value out of range.
        NetworkError
            A population of another network, or a name that is there already.

        Examples
        --------
        >>> net = sw.Network(seed=1)
        >>> E = net.population("lif_exp", 80, name="E", V_init_mV=sw.uniform(-60, -50))
        >>> source = net.population("poisson", 40, name="source", rate_Hz=20)
        >>> net.connect(source, E, "fixed_indegree", indegree=10, weight_mV=0.1, delay_ms=1.5, plasticity="pair_stdp")
        <source-E: fixed_indegree from <source: 40 poisson> to <E: 80 lif_exp>>
        """
        if isinstance(third_factor, (Population, Selection)):
            third_factor = {"population": third_factor}
        involved = [pre, post]
        if third_factor is not None:
            third_factor = dict(third_factor)
            neurons = third_factor.pop("population")
            involved.append(neurons)
            third_factor = {**self._own(neurons)._range(), **third_factor}
        entry = {"pre": self._own(pre)._range(), "post": self._own(post)._range(), "connector": connector, **parameters,
                 **_given(plasticity=_named_rule(plasticity), short_term=_named_rule(short_term),
                          third_factor=third_factor)}
        return self._join(involved, name, entry)

    def couple(self, pre: Population, post: Population, coupling: ArrayLike, *, name: str | None = None,
               plasticity: str | Document | None = None, **parameters: Any) -> Projection:
        """Joins the nodes of attractor networks through couplings.

        Parameters
        ----------
        pre, post : Population
            Of model "dyadic_attractor" ("dyadic_spike_list" as `pre`, too).
        coupling : array [n_post_nodes, n_pre_nodes]
            [i, j] from node j to node i; a node's to itself is 0.
        name : str, optional
            Default PRE-POST, and a number where that is taken.
        plasticity : str or dict, optional
            "predictive_hebbian", or its name as "rule" and its fields.
        **parameters
            `delay_ms`, `mask`.

        Returns
        -------
        Projection

        Raises
        ------
        DescriptionError, NetworkError
            Couplings of another shape, a rule or field that is unknown.

        Examples
        --------
        >>> net = sw.Network()
        >>> nodes = net.population("dyadic_attractor", 2, name="nodes", neurons_per_node=3)
        >>> net.couple(nodes, nodes, [[0, 1], [1, 0]])
        <nodes-nodes: couplings from <nodes: 2 dyadic_attractor> to <nodes: 2 dyadic_attractor>>
        """
        matrix = np.asarray(coupling, dtype=float)
        if matrix.ndim != 2:
            raise NetworkError(f"couple: coupling must be of shape (n_post_nodes, n_pre_nodes), got {matrix.shape}")
        entry = {"pre": self._own(pre).population.name, "post": self._own(post).population.name,
                 "coupling": {"rows": matrix.shape[0], "cols": matrix.shape[1], "row_major": matrix.ravel()},
                 **parameters, **_given(plasticity=_named_rule(plasticity))}
        return self._join([pre, post], name, entry)

    def input(self, neurons: Population | Selection, **parameters: Any) -> None:
        """Gives each neuron an independent Poisson train.

        Parameters
        ----------
        neurons : Population or Selection
            Each has a train of its own.
        **parameters
            `rate_Hz` (or `times_ms` and `rates_Hz`), `weight_mV` (or the unit of the model).

        Raises
        ------
        DescriptionError
            An unknown field (with the nearest known one), a value out of range.

        Examples
        --------
        >>> net = sw.Network(seed=1)
        >>> E = net.population("lif_exp", 80, name="E", V_init_mV=sw.uniform(-60, -50))
        >>> net.input(E, rate_Hz=900, weight_mV=0.5)
        """
        self._add_to(neurons, "inputs", parameters)

    def current(self, neurons: Population | Selection, kind: str, **parameters: Any) -> None:
        """Injects a current.

        Parameters
        ----------
        neurons : Population or Selection
            Each gets it; of "noise" one of its own.
        kind : str
            "step", "table", "sine" or "noise".
        **parameters
            Its fields.

        Raises
        ------
        DescriptionError
            An unknown kind or field (with the nearest known one), a value out of range.

        Examples
        --------
        >>> net = sw.Network(seed=1)
        >>> E = net.population("lif_exp", 80, name="E", V_init_mV=sw.uniform(-60, -50))
        >>> net.current(E[:20], "step", amplitude_mV=2, from_ms=30)
        """
        self._add_to(neurons, "currents", {"current": kind, **parameters})

    def record(self, what: Population | Selection | Projection, record: str = "spikes", *, name: str | None = None,
               **parameters: Any) -> Recording:
        """Records neurons, nodes or a projection.

        Parameters
        ----------
        what : Population, Selection or Projection
            What is recorded.
        record : str
            "spikes", "potential", "state" (`variables`), "rate" (`bin_ms`), "weights", "couplings". All spikes are kept by
            a simulation whether recorded or not; the program writes those that are.
        name : str, optional
            Default RECORD_WHAT, and a number where that is taken.
        **parameters
            `interval_ms` or `times_ms`, `neurons` ..

        Returns
        -------
        Recording

        Raises
        ------
        DescriptionError
            An unknown recording or field (with the nearest known one), a value out of range.

        Examples
        --------
        >>> net = sw.Network(seed=1)
        >>> E = net.population("lif_exp", 80, name="E", V_init_mV=sw.uniform(-60, -50))
        >>> V = net.record(E[:2], "potential", interval_ms=1)
        >>> net.simulate(10).recorded(V)["V_mV"].shape
        (10, 2)
        """
        projection = isinstance(what, Projection)
        own: Any = self._own_projection(what) if isinstance(what, Projection) else self._own(what)
        word = re.sub(r"[^A-Za-z0-9_-]", "_", own.name if projection else own.population.name)
        name = self._free_name(name, f"{record}_{word}", self._recordings, first_without_number=True)
        entry = {"name": name, "record": record, **({"projection": own.name} if projection else own._range()), **parameters}
        involved = [own.pre, own.post] if projection else [own]
        document = {"populations": self._entries(involved), "recordings": [entry]}
        if projection:
            document["projections"] = [own.parameters]
        _check(document, f"recording {name}", "/recordings/0")
        self._recordings[name] = Recording(entry)
        return self._recordings[name]

    # --- What is done with it ---

    def to_dict(self) -> Document:
        """The network as a network file says it.

        Returns
        -------
        dict
            Of the caller's, with arrays as they were given.

        Examples
        --------
        >>> net = sw.Network(seed=1)
        >>> E = net.population("lif_exp", 80, name="E", V_init_mV=sw.uniform(-60, -50))
        >>> net.to_dict()["populations"][0]["size"]
        80
        """
        return {"format": "spikewell-network", "version": 1, **self._settings,
                "populations": [dict(p.parameters) for p in self._populations.values()],
                "projections": [dict(p.parameters) for p in self._projections.values()],
                "recordings": [dict(r.parameters) for r in self._recordings.values()]}

    @classmethod
    def from_dict(cls, document: Document) -> Network:
        """The network of a dict as network/FORMAT.md describes it, whose parts are then known by name.

        Parameters
        ----------
        document : dict
            What a network file says; paths in it are relative to the working directory.

        Returns
        -------
        Network

        Raises
        ------
        DescriptionError
            What is wrong, and where.

        Examples
        --------
        >>> net = sw.Network(seed=1)
        >>> E = net.population("lif_exp", 80, name="E", V_init_mV=sw.uniform(-60, -50))
        >>> sw.Network.from_dict(net.to_dict()).populations["E"]
        <E: 80 lif_exp>
        """
        _check_network(document, "network")
        settings = {key: document[key] for key in ("seed", "duration_ms", "warm_up_ms") if key in document}
        net = cls(**settings)
        for entry in document["populations"]:
            net._populations[entry["name"]] = Population(net, dict(entry))
        for k, entry in enumerate(document.get("projections", [])):
            pre, post = (net._end(entry[key]) for key in ("pre", "post"))
            name = entry.get("name") or net._free_name(None, f"{pre.population.name}-{post.population.name}",
                                                       net._projections, True)
            net._projections[name] = Projection(pre, post, {**entry, "name": name})
        for entry in document.get("recordings", []):
            net._recordings[entry["name"]] = Recording(dict(entry))
        return net

    @classmethod
    def load(cls, path: Path) -> Network:
        """The network of a network file.

        Tables that it names are looked for from its folder, so they must lie where they are; a network that names some is
        best simulated by `spikewell.Simulator(path)`.

        Parameters
        ----------
        path : path
            A NETWORK.json.

        Returns
        -------
        Network

        Raises
        ------
        DescriptionError
            What is wrong, and where.

        Examples
        --------
        >>> net = sw.Network(seed=1)
        >>> E = net.population("lif_exp", 80, name="E", V_init_mV=sw.uniform(-60, -50))
        >>> net.save("network.json")
        >>> sw.Network.load("network.json")
        <Network: 1 populations of 80 neurons, 0 projections, seed 1>
        """
        with open(path, encoding="utf-8") as file:
            return cls.from_dict(json.load(file))

    def save(self, path: Path, *, force: bool = False) -> None:
        """Writes the network file that `spikewell simulate`, `map` and `export` read.

        Parameters
        ----------
        path : path
            A NETWORK.json.
        force : bool
            Also over a file.

        Raises
        ------
        IoError
            A file is there already, or cannot be written.

        Examples
        --------
        >>> net = sw.Network(seed=1)
        >>> E = net.population("lif_exp", 80, name="E", V_init_mV=sw.uniform(-60, -50))
        >>> net.save("network.json")
        >>> net.save("network.json", force=True)
        """
        _write_network(self.to_dict(), os.fspath(path), force)

    def simulate(self, duration_ms: float | None = None, *, threads: int = 1) -> Simulation:
        """Simulates it.

        Parameters
        ----------
        duration_ms : float, optional
            Model time; default the network's own, 1000 where it says none. 0 builds the network only.
        threads : int
            0 for all cores; results do not depend on it.

        Returns
        -------
        Simulation
            Ctrl-C ends a run between windows of time.

        Raises
        ------
        Error
            What only the whole network tells: memory, a delay that cannot be.

        Examples
        --------
        >>> net = sw.Network(seed=1)
        >>> E = net.population("lif_exp", 80, name="E", V_init_mV=sw.uniform(-60, -50))
        >>> net.input(E, rate_Hz=2000, weight_mV=1)
        >>> sim = net.simulate(50)
        >>> sim.time_ms
        50.0
        """
        simulation = Simulation(self, threads)
        simulation.run(duration_ms)
        return simulation

    def map(self, machine: Path, *, placer: str = "multilevel", router: str = "steiner", minimiser: str = "pair", effort: float = 1.0,
            seed: int = 1, time_step_ms: float | None = None, slow_down: float = 1.0, rates_from_ms: float = 0.0,
            neurons_per_core: int = 0, down_chips: str = "", down_links: str = "", down_cores: str = "") -> Layout:
        """Cuts it into slices that fit a machine's cores, places and routes them, and proves the result.

        Parameters
        ----------
        machine : str
            "spinn5", "loihi2", "24x24" ..: `spikewell machines` lists them; or the path of a machine.json.
        placer, router, minimiser : str
            Stages: "multilevel" or "fast" ..; a name that is unknown is told with those there are.
        effort : float
            How long the placer "multilevel" works.
        seed : int
            Of the placer.
        time_step_ms : float, optional
            Of a board that has one; default the board's own.
        slow_down : float, >= 1
            Real time over model time.
        rates_from_ms : float
            Simulates so long to weigh traffic with rates counted; 0: estimated.
        neurons_per_core : int
            At most so many; 0: as many as fit.
        down_chips, down_links, down_cores : str
            What is dead: "1,7:9,10", "6,9,2", "0,0,3-5".

        Returns
        -------
        Layout

        Raises
        ------
        Error
            Where it does not fit: what is short, and what would help.

        Examples
        --------
        >>> net = sw.Network(seed=1)
        >>> E = net.population("lif_exp", 80, name="E", V_init_mV=sw.uniform(-60, -50))
        >>> net.connect(E, E, "fixed_probability", probability=0.1, weight_mV=1, delay_ms=1)
        <E-E: fixed_probability from <E: 80 lif_exp> to <E: 80 lif_exp>>
        >>> net.map("spinn5")
        <Layout: 1 slices on 1 chips of spinn5, 0 hops>
        """
        return Layout(_map_network(self.to_dict(), os.fspath(machine), placer, router, minimiser, effort, seed, time_step_ms,
                                   slow_down, rates_from_ms, neurons_per_core, down_chips, down_links, down_cores))

    def export(self, to: str, folder: Path, *, nir_convention: str = "dt", nir_profile: str = "full",
               force: bool = False) -> Document:
        """Writes it for other programs, as `spikewell export`.

        Parameters
        ----------
        to : {"pynn", "sonata", "nir", "nestml"}
            The format.
        folder : path
            Where the files go.
        nir_convention : {"dt", "dirac"}
            For importers that take steps, or of Dirac pulses.
        nir_profile : {"full", "strict"}
            strict: for snnTorch.
        force : bool
            Also over a folder that an export wrote.

        Returns
        -------
        dict
            "exact", "approximated" and "lost": lines of what a reader gets how.

        Raises
        ------
        Error
            What the format has no place for, or a folder that cannot be written.

        Examples
        --------
        >>> net = sw.Network(seed=1)
        >>> E = net.population("lif_delta", 80, name="E", t_ref_ms=0)
        >>> net.connect(E, E, "fixed_probability", probability=0.1, weight_mV=1, delay_ms=1)
        <E-E: fixed_probability from <E: 80 lif_delta> to <E: 80 lif_delta>>
        >>> report = net.export("sonata", "circuit")
        >>> sorted(report)
        ['approximated', 'exact', 'lost']
        """
        return _export_network(self.to_dict(), to, os.fspath(folder), force, nir_convention, nir_profile)

    def _repr_html_(self) -> str:
        populations = [(p.name, p.model, p.size) for p in self.populations.values()]
        shown = _html.table(repr(self)[1:-1], ("population", "model", "neurons"), populations)
        projections = [(p.name, p.pre.name if isinstance(p.pre, Population) else repr(p.pre)[1:-1],
                        p.post.name if isinstance(p.post, Population) else repr(p.post)[1:-1])
                       for p in self.projections.values()]
        return shown + (_html.table("", ("projection", "from", "to"), projections) if projections else "")

    def resume(self, path: Path, *, threads: int = 1) -> Simulation:
        """The simulation that `Simulation.save` wrote, at that moment of time.

        Parameters
        ----------
        path : path
            What was saved, of a simulation of this network.
        threads : int
            0 for all cores; results do not depend on it, nor on those that were before.

        Returns
        -------
        Simulation
            Its spikes and recordings begin there.

        Raises
        ------
        IoError
            A file that is not there, or of another network.

        Examples
        --------
        >>> net = sw.Network(seed=1)
        >>> E = net.population("lif_exp", 80, name="E", V_init_mV=sw.uniform(-60, -50))
        >>> net.simulate(50).save("half.checkpoint")
        >>> net.resume("half.checkpoint").run(50).time_ms
        100.0
        """
        simulation = Simulation(self, threads)
        simulation.simulator.load(os.fspath(path))
        return simulation

    # --- Names and parts ---

    def _free_name(self, name: str | None, stem: str, taken: Mapping[str, object],
                   first_without_number: bool = False) -> str:
        if name is not None:
            if name in taken:
                raise NetworkError(f"network: the name {name} is there twice")
            return name
        number = 1
        name = stem if first_without_number else f"{stem}_{number}"
        while name in taken:
            number += 1
            name = f"{stem}_{number}"
        return name

    def _own(self, neurons: Population | Selection) -> Population | Selection:
        if not isinstance(neurons, (Population, Selection)):
            raise TypeError(f"must be a population of the network, or a selection E[:10] of one, got {type(neurons).__name__}")
        if neurons.population.network is not self:
            raise NetworkError(f"network: population {neurons.population.name} is of another network")
        return neurons

    def _own_projection(self, projection: Projection) -> Projection:
        if self._projections.get(projection.name) is not projection:
            raise NetworkError(f"network: projection {projection.name} is of another network")
        return projection

    def _end(self, end: str | Document) -> Population | Selection:
        """A population or selection as a file names it."""
        if isinstance(end, str):
            return self._populations[end]
        population = self._populations[end["population"]]
        first = end.get("first", 0)
        count = end.get("count")
        return Selection(population, first, population.size - first if count is None else count)

    @staticmethod
    def _entries(involved: Sequence[Population | Selection]) -> list[Document]:
        return [population.parameters for population in dict.fromkeys(neurons.population for neurons in involved)]

    def _join(self, involved: Sequence[Population | Selection], name: str | None, entry: Document) -> Projection:
        pre, post = involved[0], involved[1]
        name = self._free_name(name, f"{pre.population.name}-{post.population.name}", self._projections,
                               first_without_number=True)
        entry = {"name": name, **entry}
        _check({"populations": self._entries(involved), "projections": [entry]}, f"projection {name}", "/projections/0")
        self._projections[name] = Projection(pre, post, entry)
        return self._projections[name]

    def _add_to(self, neurons: Population | Selection, key: str, item: Document) -> None:
        population = self._own(neurons).population
        span = neurons._range()
        del span["population"]
        listed = [*population.parameters.get(key, []), {**item, **span}]
        entry = {**population.parameters, key: listed}
        _check({"populations": [entry]}, f"population {population.name}", "/populations/0")
        population.parameters[key] = listed


class Simulation:
    """A network as it runs; made by `Network.simulate`.

    Parameters
    ----------
    network : Network
        What is simulated, as it is now.
    threads : int
        0 for all cores; results do not depend on it.

    Attributes
    ----------
    network : Network
        As it was when the simulation was made; what is added to it later is not part of it.
    simulator : spikewell.Simulator
        What it is made of.

    Examples
    --------
    >>> net = sw.Network(seed=1)
    >>> E = net.population("lif_delta", 100, name="E")
    >>> net.input(E, rate_Hz=2000, weight_mV=1)
    >>> sim = net.simulate(200)
    >>> sim.run(300)
    <Simulation at 500 ms of <Network: 1 populations of 100 neurons, 0 projections, seed 1>>
    >>> t_ms, neurons = sim.spikes(E)
    >>> bool(t_ms[-1] < 500)
    True
    """

    def __init__(self, network: Network, threads: int = 1) -> None:
        self.network = network
        self.simulator = Simulator(network.to_dict(), threads)

    def run(self, duration_ms: float | None = None) -> Simulation:
        """Goes on.

        Parameters
        ----------
        duration_ms : float, >= 0, optional
            Model time; default the network's own.

        Returns
        -------
        Simulation
            Itself.

        Raises
        ------
        Error
            A run that cannot go on: what became of which neuron.

        Examples
        --------
        >>> net = sw.Network(seed=1)
        >>> E = net.population("lif_delta", 100, name="E")
        >>> net.input(E, rate_Hz=2000, weight_mV=1)
        >>> net.simulate(200).run(300).time_ms
        500.0
        """
        self.simulator.run(duration_ms)
        return self

    @property
    def time_ms(self) -> float:
        """Model time reached, ms."""
        return self.simulator.time_ms

    def __repr__(self) -> str:
        return f"<Simulation at {self.time_ms:g} ms of {self.network!r}>"

    def _repr_html_(self) -> str:
        rows = []
        for population in self.network.populations.values():
            n_spikes = len(self.simulator.spikes(population.name)[0])
            rate_Hz = 1000 * n_spikes / (self.time_ms * population.size) if self.time_ms > 0 else 0.0
            rows.append((population.name, population.size, n_spikes, f"{rate_Hz:.4g}"))
        return _html.table(repr(self)[1:-1], ("population", "neurons", "spikes", "mean rate, Hz"), rows)

    def set_rate_limit(self, limit_Hz: float) -> None:
        """How fast a population may fire on average before the run is ended, as spikes would fill all memory.

        Parameters
        ----------
        limit_Hz : float, 1e-3 .. 1e12
            Of each population's mean over 10 ms; until it is set 20,000.

        Raises
        ------
        ParameterError
            A limit out of range.

        Examples
        --------
        >>> net = sw.Network(seed=1)
        >>> E = net.population("lif_delta", 100, name="E")
        >>> net.input(E, rate_Hz=20000, weight_mV=1)
        >>> sim = net.simulate(0)
        >>> sim.set_rate_limit(100)
        >>> sim.run(100)
        Traceback (most recent call last):
        spikewell.NetworkError: ...
        """
        self.simulator.set_rate_limit(limit_Hz)

    def to_neo(self, *populations: Population) -> Any:
        """Spikes so far as neo has them, for Elephant and others; needs the package neo.

        Parameters
        ----------
        *populations : Population
            Default all.

        Returns
        -------
        neo.Block
            Of one segment with a SpikeTrain for each neuron, annotated with its population and number.

        Raises
        ------
        ImportError
            neo is not installed.

        Examples
        --------
        >>> net = sw.Network(seed=1)
        >>> E = net.population("lif_delta", 100, name="E")
        >>> net.input(E, rate_Hz=2000, weight_mV=1)
        >>> try:
        ...     n_trains = len(net.simulate(200).to_neo(E).segments[0].spiketrains)
        ... except ImportError:
        ...     n_trains = 100
        >>> n_trains
        100
        """
        import neo
        segment = neo.Segment(name="Spikewell", description=repr(self))
        for population in populations or self.network.populations.values():
            t_ms, neurons = self.simulator.spikes(population.name)
            order = np.argsort(neurons, kind="stable")
            ends = np.searchsorted(neurons[order], np.arange(1, population.size))
            for neuron, times in enumerate(np.split(t_ms[order], ends)):
                segment.spiketrains.append(neo.SpikeTrain(times, units="ms", t_start=0.0, t_stop=self.time_ms,
                                                          population=population.name, neuron=neuron))
        block = neo.Block(name="Spikewell")
        block.segments.append(segment)
        return block

    def spikes(self, neurons: Population | Selection) -> Spikes:
        """Spikes so far of a population or selection.

        Parameters
        ----------
        neurons : Population or Selection
            Whose.

        Returns
        -------
        t_ms : float64 [n_spikes], sorted
        neurons : uint32 [n_spikes]
            Of the population, also where a selection is asked for. Of a population both are read-only views of what the
            simulation keeps.

        Examples
        --------
        >>> net = sw.Network(seed=1)
        >>> E = net.population("lif_delta", 100, name="E")
        >>> net.input(E, rate_Hz=2000, weight_mV=1)
        >>> t_ms, neurons = net.simulate(200).spikes(E[10:20])
        >>> bool(neurons.min() >= 10 and neurons.max() < 20)
        True
        """
        if not isinstance(neurons, Selection):
            return self.simulator.spikes(neurons.name)
        t_ms, sources = self.simulator.spikes(neurons.population.name)
        among = (sources >= neurons.first) & (sources < neurons.first + neurons.size)
        return t_ms[among], sources[among]

    def counters(self) -> dict[str, int]:
        """What has been computed so far: `Simulator.counters`.

        Returns
        -------
        dict of int
            "spikes", "synaptic_events", "poisson_inputs" and others.

        Examples
        --------
        >>> net = sw.Network(seed=1)
        >>> E = net.population("lif_delta", 100, name="E")
        >>> E_to_E = net.connect(E, E, "all_to_all", weight_mV=0.1, delay_ms=1)
        >>> net.input(E, rate_Hz=2000, weight_mV=1)
        >>> done = net.simulate(200).counters()
        >>> done["synaptic_events"] > done["spikes"] > 0
        True
        """
        return self.simulator.counters()

    def energy(self, watts_per_core: float | None = None) -> Document:
        """Energy that the processors took for these runs, and over their events: `Simulator.energy`.

        Parameters
        ----------
        watts_per_core : float, optional
            Power of a busy core, W, for the estimate where nothing measures energy.

        Returns
        -------
        dict
            "J", "how" ("measured" or "estimate"), "source", "uJ_per_synaptic_event" and others.

        Raises
        ------
        ParameterError
            A power out of range.

        Examples
        --------
        >>> net = sw.Network(seed=1)
        >>> E = net.population("lif_delta", 100, name="E")
        >>> net.input(E, rate_Hz=2000, weight_mV=1)
        >>> net.simulate(200).energy(watts_per_core=4)["J"] > 0
        True
        """
        return self.simulator.energy(watts_per_core)

    def rate(self, neurons: Population | Selection, bin_ms: float = 10.0) -> tuple[Floats, Floats]:
        """Mean rate of a population or selection in bins; a last bin that is not over is left out.

        Parameters
        ----------
        neurons : Population or Selection
            Whose.
        bin_ms : float, > 0
            Width of a bin.

        Returns
        -------
        t_ms : float64 [n_bins]
            Where bins begin.
        rate_Hz : float64 [n_bins]

        Raises
        ------
        NetworkError
            A bin that is not > 0.

        Examples
        --------
        >>> net = sw.Network(seed=1)
        >>> E = net.population("lif_delta", 100, name="E")
        >>> net.input(E, rate_Hz=2000, weight_mV=1)
        >>> t_ms, rate_Hz = net.simulate(200).rate(E, bin_ms=50)
        >>> t_ms
        array([  0.,  50., 100., 150.])
        """
        if not bin_ms > 0:
            raise NetworkError(f"rate: bin_ms must be > 0, got {bin_ms}")
        t_ms, _ = self.spikes(neurons)
        begins_ms = float(bin_ms) * np.arange(int(np.floor(self.time_ms / bin_ms + 1e-9)) + 1)
        counts = np.diff(np.searchsorted(t_ms, begins_ms, "left"))
        return begins_ms[:-1], counts * (1000.0 / bin_ms / neurons.size)

    def recorded(self, recording: Recording | str) -> dict[str, Array]:
        """What a recording of states, weights or couplings holds so far.

        Parameters
        ----------
        recording : Recording or str
            What `Network.record` made, or its name.

        Returns
        -------
        dict of arrays
            "t_ms" [n_samples] and more (`spikewell.Simulator.recorded`).

        Raises
        ------
        NetworkError
            The network has no such recording.

        Examples
        --------
        >>> net = sw.Network(seed=1)
        >>> E = net.population("lif_delta", 100, name="E")
        >>> net.input(E, rate_Hz=2000, weight_mV=1)
        >>> V = net.record(E[:3], "potential", interval_ms=10)
        >>> net.simulate(100).recorded(V)["t_ms"][:3]
        array([ 0., 10., 20.])
        """
        return self.simulator.recorded(recording if isinstance(recording, str) else recording.name)

    def potential(self, population: Population | Selection) -> Floats:
        """V now of each neuron of a population or selection of point neurons.

        Parameters
        ----------
        population : Population or Selection
            Whose.

        Returns
        -------
        float64 [n_neurons]
            In mV.

        Raises
        ------
        ParameterError
            A population that has no potential.

        Examples
        --------
        >>> net = sw.Network(seed=1)
        >>> E = net.population("lif_delta", 100, name="E")
        >>> net.input(E, rate_Hz=2000, weight_mV=1)
        >>> net.simulate(100).potential(E[:5]).shape
        (5,)
        """
        first = population.first
        return self.simulator.potentials(population.population.name)[first:first + population.size]

    def state(self, population: Population) -> Floats:
        """States now of the nodes of an attractor network.

        Parameters
        ----------
        population : Population
            Of model "dyadic_attractor".

        Returns
        -------
        float64 [n_nodes]
            -1 .. 1.

        Raises
        ------
        ParameterError
            A population that is not of nodes.

        Examples
        --------
        >>> net = sw.Network()
        >>> nodes = net.population("dyadic_attractor", 2, name="nodes", neurons_per_node=3)
        >>> couplings = net.couple(nodes, nodes, [[0, 1], [1, 0]], plasticity="predictive_hebbian")
        >>> sim = net.simulate(100)
        >>> sim.state(nodes).shape
        (2,)
        """
        return self.simulator.state(population.name)

    def weights(self, projection: Projection) -> tuple[Indices, Indices, Array, Array]:
        """Synapses now.

        Parameters
        ----------
        projection : Projection
            Through synapses.

        Returns
        -------
        pre, post : uint32 [n_synapses]
            Indices within the projection's ranges, sorted by (pre, post).
        weight : float32 [n_synapses]
            In the unit of the target's model.
        delay_ms : float32 [n_synapses]

        Raises
        ------
        ParameterError
            A projection through couplings.

        Examples
        --------
        >>> net = sw.Network(seed=1)
        >>> E = net.population("lif_delta", 100, name="E")
        >>> net.input(E, rate_Hz=2000, weight_mV=1)
        >>> synapses = net.connect(E[:50], E[50:], "one_to_one", weight_mV=0.5, delay_ms=1)
        >>> pre, post, weight, delay_ms = net.simulate(10).weights(synapses)
        >>> weight[:3]
        array([0.5, 0.5, 0.5], dtype=float32)
        """
        return self.simulator.synapses(projection.name)

    def coupling(self, projection: Projection) -> Floats:
        """Couplings now.

        Parameters
        ----------
        projection : Projection
            Through couplings.

        Returns
        -------
        float64 [n_post_nodes, n_pre_nodes]
            [i, j] from node j to node i; dimensionless.

        Raises
        ------
        ParameterError
            A projection through synapses.

        Examples
        --------
        >>> net = sw.Network()
        >>> nodes = net.population("dyadic_attractor", 2, name="nodes", neurons_per_node=3)
        >>> couplings = net.couple(nodes, nodes, [[0, 1], [1, 0]], plasticity="predictive_hebbian")
        >>> sim = net.simulate(100)
        >>> sim.coupling(couplings).shape
        (2, 2)
        """
        return self.simulator.coupling(projection.name)

    def set(self, what: Population | Projection, **values: Any) -> None:
        """Changes what may change between runs.

        Parameters
        ----------
        what : Population or Projection
            What is changed.
        **values
            Of a population of nodes: `evidence`, array [n_nodes], from now on; `state`, array [n_nodes], the means that its
            state is drawn with now; `inverse_temperature`, from now on. Of a projection through couplings: `learning`,
            whether its rule is on from now on.

        Raises
        ------
        NetworkError, ParameterError
            What cannot be set, or not so.

        Examples
        --------
        >>> net = sw.Network()
        >>> nodes = net.population("dyadic_attractor", 2, name="nodes", neurons_per_node=3)
        >>> couplings = net.couple(nodes, nodes, [[0, 1], [1, 0]], plasticity="predictive_hebbian")
        >>> sim = net.simulate(100)
        >>> sim.set(nodes, evidence=[3, 0], inverse_temperature=2)
        >>> sim.set(couplings, learning=False)
        >>> sim.run(100).time_ms
        200.0
        """
        known = ("learning",) if isinstance(what, Projection) else ("evidence", "state", "inverse_temperature")
        for key in values:
            if key not in known:
                raise NetworkError(f"set: {key} is unknown of {what.name}; {', '.join(known)} can be set")
        for key, value in values.items():
            getattr(self.simulator, f"set_{key}")(what.name, value)

    def add_spikes(self, population: Population, t_ms: ArrayLike, neurons: ArrayLike) -> None:
        """Adds spikes to a population of listed ones: what an experiment answers to what the network does.

        Parameters
        ----------
        population : Population
            Of model "spike_list".
        t_ms : array [n]
            Now or later, in any order.
        neurons : array [n]
            Which fires each.

        Raises
        ------
        Error
            A time that is past, a neuron that is not there.

        Examples
        --------
        >>> net = sw.Network()
        >>> source = net.population("spike_list", 2, name="source", spikes=[])
        >>> sim = net.simulate(10)
        >>> sim.add_spikes(source, [12, 15], [1, 0])
        >>> sim.run(10).spikes(source)
        (array([12., 15.]), array([1, 0], dtype=uint32))
        """
        self.simulator.add_spikes(population.name, t_ms, neurons)

    def save(self, path: Path, *, force: bool = False) -> None:
        """Writes all that the future depends on, for `Network.resume`; spikes and recordings so far are not among it.

        Parameters
        ----------
        path : path
            Any name.
        force : bool
            Also over a file.

        Raises
        ------
        IoError
            A file is there already, or cannot be written.

        Examples
        --------
        >>> net = sw.Network(seed=1)
        >>> E = net.population("lif_delta", 100, name="E")
        >>> net.input(E, rate_Hz=2000, weight_mV=1)
        >>> net.simulate(50).save("half.checkpoint")
        >>> net.resume("half.checkpoint").time_ms
        50.0
        """
        self.simulator.save(os.fspath(path), force)
