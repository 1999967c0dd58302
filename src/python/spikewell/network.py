"""Networks piece by piece: what a network file says (network/FORMAT.md), with its names as keywords."""
import json
import os
import re

import numpy as np

from ._spikewell import DescriptionError, NetworkError, Simulator, _check_network, _map_network, _write_network
from .layout import Layout

__all__ = ["Network", "Population", "Projection", "Recording", "Selection", "Simulation", "lognormal", "normal", "uniform"]


def uniform(low, high):
    """Values drawn uniformly from low .. high, of each neuron or synapse its own.

    >>> uniform(-60, -50)
    {'distribution': 'uniform', 'low': -60, 'high': -50}
    """
    return {"distribution": "uniform", "low": low, "high": high}


def normal(mean, sd, *, low=None, high=None):
    """Normal values; those outside low .. high are drawn again.

    >>> normal(0.1, 0.01, low=0)
    {'distribution': 'normal', 'mean': 0.1, 'sd': 0.01, 'low': 0}
    """
    return {"distribution": "normal", "mean": mean, "sd": sd, **_given(low=low, high=high)}


def lognormal(mu, sigma, *, low=None, high=None):
    """Values whose logarithm is normal; those outside low .. high are drawn again.

    >>> lognormal(0, 0.5)
    {'distribution': 'lognormal', 'mu': 0, 'sigma': 0.5}
    """
    return {"distribution": "lognormal", "mu": mu, "sigma": sigma, **_given(low=low, high=high)}


def _given(**values):
    return {key: value for key, value in values.items() if value is not None}


def _named_rule(rule):
    """"pair_stdp" is short for {"rule": "pair_stdp"}."""
    return {"rule": rule} if isinstance(rule, str) else rule


def _check(document, what, place=""):
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
    first : int
    size : int
    """

    def __init__(self, population, first, size):
        self.population = population
        self.first = first
        self.size = size

    def __len__(self):
        return self.size

    def __repr__(self):
        return f"{self.population.name}[{self.first}:{self.first + self.size}]"

    def _range(self):
        return {"population": self.population.name, "first": self.first, "count": self.size}


class Population:
    """Neurons of one model, or a source of spikes; made by `Network.population`.

    Attributes
    ----------
    name, model : str
    size : int
        Neurons. Of a population of nodes, nodes.
    parameters : dict
        What the network file says of it.
    """

    first = 0  # as of a selection of all

    def __init__(self, network, entry):
        self.network = network
        self.parameters = entry

    @property
    def population(self):
        """Itself, as a selection has its population."""
        return self

    @property
    def name(self):
        return self.parameters["name"]

    @property
    def model(self):
        return self.parameters["model"]

    @property
    def size(self):
        return int(self.parameters.get("size", self.parameters.get("n_nodes")))

    def __len__(self):
        return self.size

    def __getitem__(self, neurons):
        if not isinstance(neurons, slice):
            neurons = slice(neurons, neurons + 1 if neurons != -1 else None)
        first, end, step = neurons.indices(self.size)
        if step != 1 or end <= first:
            raise NetworkError(f"population {self.name}: a selection must be of neurons one after another of the "
                               f"{self.size} there are, got {neurons.start}:{neurons.stop}:{neurons.step}")
        return Selection(self, first, end - first)

    def __repr__(self):
        return f"<{self.name}: {self.size} {self.model}>"

    def _range(self):
        return {"population": self.name}


class Projection:
    """Synapses or couplings from one population to another; made by `Network.connect` and `Network.couple`.

    Attributes
    ----------
    name : str
    pre, post : Population
    parameters : dict
        What the network file says of it.
    """

    def __init__(self, pre, post, entry):
        self.pre = pre
        self.post = post
        self.parameters = entry

    @property
    def name(self):
        return self.parameters["name"]

    def __repr__(self):
        return f"<{self.name}: {self.parameters.get('connector', 'couplings')} from {self.pre!r} to {self.post!r}>"


class Recording:
    """What a simulation keeps beside spikes; made by `Network.record`.

    Attributes
    ----------
    name : str
    parameters : dict
        What the network file says of it.
    """

    def __init__(self, entry):
        self.parameters = entry

    @property
    def name(self):
        return self.parameters["name"]

    def __repr__(self):
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

    Examples
    --------
    >>> net = Network(seed=1)
    >>> E = net.population("lif_exp", 80, name="E", V_init_mV=uniform(-60, -50))
    >>> I = net.population("lif_exp", 20, name="I", V_init_mV=uniform(-60, -50))
    >>> net.connect(E, I, "fixed_indegree", indegree=10, weight_mV=1.62, delay_ms=0.8)
    <E-I: fixed_indegree from <E: 80 lif_exp> to <I: 20 lif_exp>>
    >>> net.connect(I, E, "fixed_indegree", indegree=5, weight_mV=-9, delay_ms=0.8)
    <I-E: fixed_indegree from <I: 20 lif_exp> to <E: 80 lif_exp>>
    >>> sim = net.simulate(100, threads=2)
    >>> t_ms, neurons = sim.spikes(E)
    >>> len(t_ms) > 0
    True
    """

    def __init__(self, *, seed=1, duration_ms=None, warm_up_ms=None):
        self._settings = {"seed": seed, **_given(duration_ms=duration_ms, warm_up_ms=warm_up_ms)}
        _check({**self._settings, "populations": []}, "Network")
        self._populations = {}
        self._projections = {}
        self._recordings = {}

    # --- What it is made of ---

    @property
    def seed(self):
        return self._settings["seed"]

    @property
    def populations(self):
        """Populations by name, in their order: a dict that is the caller's."""
        return dict(self._populations)

    @property
    def projections(self):
        """Projections by name, in their order: a dict that is the caller's."""
        return dict(self._projections)

    @property
    def recordings(self):
        """Recordings by name, in their order: a dict that is the caller's."""
        return dict(self._recordings)

    def __repr__(self):
        neurons = sum(population.size for population in self._populations.values())
        return (f"<Network: {len(self._populations)} populations of {neurons} neurons, "
                f"{len(self._projections)} projections, seed {self.seed}>")

    def population(self, model, size=None, *, name=None, **parameters):
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
        """
        name = self._free_name(name, model, self._populations)
        size_key = "n_nodes" if str(model).startswith("dyadic_") else "size"
        entry = {"name": name, "model": model, **_given(**{size_key: size}), **parameters}
        _check({"populations": [entry]}, f"population {name}", "/populations/0")
        self._populations[name] = Population(self, entry)
        return self._populations[name]

    def connect(self, pre, post, connector, *, name=None, plasticity=None, short_term=None, third_factor=None,
                **parameters):
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

    def couple(self, pre, post, coupling, *, name=None, plasticity=None, **parameters):
        """Joins the nodes of attractor networks through couplings.

        Parameters
        ----------
        pre, post : Population
            Of model "dyadic_attractor" ("dyadic_spike_list" as `pre`, too).
        coupling : array [n_post_nodes, n_pre_nodes]
            [i, j] from node j to node i; a node's to itself is 0.
        plasticity : str or dict, optional
            "predictive_hebbian", or its name as "rule" and its fields.
        **parameters
            `delay_ms`, `mask`.

        Returns
        -------
        Projection
        """
        matrix = np.asarray(coupling, dtype=float)
        if matrix.ndim != 2:
            raise NetworkError(f"couple: coupling must be of shape (n_post_nodes, n_pre_nodes), got {matrix.shape}")
        entry = {"pre": self._own(pre).name, "post": self._own(post).name,
                 "coupling": {"rows": matrix.shape[0], "cols": matrix.shape[1], "row_major": matrix.ravel()},
                 **parameters, **_given(plasticity=_named_rule(plasticity))}
        return self._join([pre, post], name, entry)

    def input(self, neurons, **parameters):
        """Gives each neuron an independent Poisson train: `rate_Hz` (or `times_ms` and `rates_Hz`), `weight_mV` (or the
        unit of the model)."""
        self._add_to(neurons, "inputs", parameters)

    def current(self, neurons, kind, **parameters):
        """Injects a current: kind "step", "table", "sine" or "noise", and its fields."""
        self._add_to(neurons, "currents", {"current": kind, **parameters})

    def record(self, what, record="spikes", *, name=None, **parameters):
        """Records neurons, nodes or a projection.

        Parameters
        ----------
        what : Population, Selection or Projection
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
        """
        projection = isinstance(what, Projection)
        own = self._own_projection(what) if projection else self._own(what)
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

    def to_dict(self):
        """The network as a network file says it: a dict of the caller's, with arrays as they were given."""
        return {"format": "spikewell-network", "version": 1, **self._settings,
                "populations": [dict(p.parameters) for p in self._populations.values()],
                "projections": [dict(p.parameters) for p in self._projections.values()],
                "recordings": [dict(r.parameters) for r in self._recordings.values()]}

    @classmethod
    def from_dict(cls, document):
        """The network of a dict as network/FORMAT.md describes it, whose parts are then known by name."""
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
    def load(cls, path):
        """The network of a network file. Tables that it names are looked for from its folder, so they must lie where they
        are; a network that names some is best simulated by `spikewell.Simulator(path)`."""
        with open(path, encoding="utf-8") as file:
            return cls.from_dict(json.load(file))

    def save(self, path, *, force=False):
        """Writes the network file that `spikewell simulate`, `map` and `export` read. force: also over a file."""
        _write_network(self.to_dict(), os.fspath(path), force)

    def simulate(self, duration_ms=None, *, threads=1):
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
        """
        simulation = Simulation(self, threads)
        simulation.run(duration_ms)
        return simulation

    def map(self, machine, *, placer="fast", router="steiner", minimiser="pair", effort=1.0, seed=1, time_step_ms=None,
            slow_down=1.0, rates_from_ms=0.0, neurons_per_core=0, down_chips="", down_links="", down_cores=""):
        """Cuts it into slices that fit a machine's cores, places and routes them, and proves the result.

        Parameters
        ----------
        machine : str
            "spinn5", "loihi2", "24x24" ..: `spikewell machines` lists them; or the path of a machine.json.
        placer, router, minimiser : str
            Stages: "fast" or "anneal" ..; a name that is unknown is told with those there are.
        effort : float
            How long placer "anneal" works.
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
        """
        return Layout(_map_network(self.to_dict(), os.fspath(machine), placer, router, minimiser, effort, seed, time_step_ms,
                                   slow_down, rates_from_ms, neurons_per_core, down_chips, down_links, down_cores))

    def resume(self, path, *, threads=1):
        """The simulation that `Simulation.save` wrote, at that moment of time. Its spikes and recordings begin there."""
        simulation = Simulation(self, threads)
        simulation.simulator.load(os.fspath(path))
        return simulation

    # --- Names and parts ---

    def _free_name(self, name, stem, taken, first_without_number=False):
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

    def _own(self, neurons):
        if not isinstance(neurons, (Population, Selection)):
            raise TypeError(f"must be a population of the network, or a selection E[:10] of one, got {type(neurons).__name__}")
        if neurons.population.network is not self:
            raise NetworkError(f"network: population {neurons.population.name} is of another network")
        return neurons

    def _own_projection(self, projection):
        if self._projections.get(projection.name) is not projection:
            raise NetworkError(f"network: projection {projection.name} is of another network")
        return projection

    def _end(self, end):
        """A population or selection as a file names it."""
        if isinstance(end, str):
            return self._populations[end]
        population = self._populations[end["population"]]
        first = end.get("first", 0)
        count = end.get("count")
        return Selection(population, first, population.size - first if count is None else count)

    @staticmethod
    def _entries(involved):
        return [population.parameters for population in dict.fromkeys(neurons.population for neurons in involved)]

    def _join(self, involved, name, entry):
        pre, post = involved[0], involved[1]
        name = self._free_name(name, f"{pre.population.name}-{post.population.name}", self._projections,
                               first_without_number=True)
        entry = {"name": name, **entry}
        _check({"populations": self._entries(involved), "projections": [entry]}, f"projection {name}", "/projections/0")
        self._projections[name] = Projection(pre, post, entry)
        return self._projections[name]

    def _add_to(self, neurons, key, item):
        population = self._own(neurons).population
        span = neurons._range()
        del span["population"]
        listed = [*population.parameters.get(key, []), {**item, **span}]
        entry = {**population.parameters, key: listed}
        _check({"populations": [entry]}, f"population {population.name}", "/populations/0")
        population.parameters[key] = listed


class Simulation:
    """A network as it runs; made by `Network.simulate`.

    Attributes
    ----------
    network : Network
        As it was when the simulation was made; what is added to it later is not part of it.
    simulator : spikewell.Simulator
        What it is made of.
    """

    def __init__(self, network, threads=1):
        self.network = network
        self.simulator = Simulator(network.to_dict(), threads)

    def run(self, duration_ms=None):
        """Goes on by duration_ms >= 0; default the network's own."""
        self.simulator.run(duration_ms)
        return self

    @property
    def time_ms(self):
        """Model time reached, ms."""
        return self.simulator.time_ms

    def __repr__(self):
        return f"<Simulation at {self.time_ms:g} ms of {self.network!r}>"

    def spikes(self, neurons):
        """Spikes so far of a population or selection.

        Returns
        -------
        t_ms : float64 [n_spikes], sorted
        neurons : uint32 [n_spikes]
            Of the population, also where a selection is asked for. Of a population both are read-only views of what the
            simulation keeps.
        """
        if not isinstance(neurons, Selection):
            return self.simulator.spikes(neurons.name)
        t_ms, sources = self.simulator.spikes(neurons.population.name)
        among = (sources >= neurons.first) & (sources < neurons.first + neurons.size)
        return t_ms[among], sources[among]

    def rate(self, neurons, bin_ms=10.0):
        """Mean rate of a population or selection in bins; a last bin that is not over is left out.

        Returns
        -------
        t_ms : float64 [n_bins]
            Where bins begin.
        rate_Hz : float64 [n_bins]
        """
        if not bin_ms > 0:
            raise NetworkError(f"rate: bin_ms must be > 0, got {bin_ms}")
        t_ms, _ = self.spikes(neurons)
        begins_ms = bin_ms * np.arange(int(np.floor(self.time_ms / bin_ms + 1e-9)) + 1)
        counts = np.diff(np.searchsorted(t_ms, begins_ms, "left"))
        return begins_ms[:-1], counts * (1000.0 / bin_ms / neurons.size)

    def recorded(self, recording):
        """What a recording of states, weights or couplings holds so far: a dict of arrays, "t_ms" [n_samples] and more
        (`spikewell.Simulator.recorded`)."""
        return self.simulator.recorded(recording if isinstance(recording, str) else recording.name)

    def potential(self, population):
        """V now of each neuron of a population or selection of point neurons, float64 [n_neurons] in mV."""
        first = population.first
        return self.simulator.potentials(population.population.name)[first:first + population.size]

    def state(self, population):
        """States now of the nodes of an attractor network, float64 [n_nodes], -1 .. 1."""
        return self.simulator.state(population.name)

    def weights(self, projection):
        """Synapses now: (pre, post, weight, delay_ms), each [n_synapses]; indices within the projection's ranges."""
        return self.simulator.synapses(projection.name)

    def coupling(self, projection):
        """Couplings now, float64 [n_post_nodes, n_pre_nodes]."""
        return self.simulator.coupling(projection.name)

    def set(self, what, **values):
        """Changes what may change between runs.

        Parameters
        ----------
        what : Population or Projection
        evidence, state : array [n_nodes]
            Of a population of nodes: its evidence from now on; the means that its state is drawn with now.
        inverse_temperature : float
            Of a population of nodes, from now on.
        learning : bool
            Of a projection: whether its rule is on from now on.
        """
        known = ("learning",) if isinstance(what, Projection) else ("evidence", "state", "inverse_temperature")
        for key in values:
            if key not in known:
                raise NetworkError(f"set: {key} is unknown of {what.name}; {', '.join(known)} can be set")
        for key, value in values.items():
            getattr(self.simulator, f"set_{key}")(what.name, value)

    def add_spikes(self, population, t_ms, neurons):
        """Adds spikes, now or later, to a population of listed ones: what an experiment answers to what the network does."""
        self.simulator.add_spikes(population.name, t_ms, neurons)

    def save(self, path, *, force=False):
        """Writes all that the future depends on, for `Network.resume`; spikes and recordings so far are not among it.
        force: also over a file."""
        self.simulator.save(os.fspath(path), force)
