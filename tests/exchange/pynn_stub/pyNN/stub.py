"""A back end that keeps what it is told (`told`), and refuses what back ends of PyNN refuse. Written from PyNN's documentation."""
import numpy as np

told = {"populations": {}, "projections": [], "currents": [], "step_ms": None}

LIF = {"v_rest", "cm", "tau_m", "tau_refrac", "tau_syn_E", "tau_syn_I", "i_offset", "v_reset", "v_thresh"}
CONDUCTANCES = LIF | {"e_rev_E", "e_rev_I"}
CELLS = {"IF_curr_exp": LIF, "IF_curr_alpha": LIF, "IF_curr_delta": LIF - {"tau_syn_E", "tau_syn_I"}, "IF_cond_exp": CONDUCTANCES,
         "EIF_cond_exp_isfa_ista": CONDUCTANCES | {"v_spike", "a", "b", "tau_w", "delta_T"},
         "Izhikevich": {"a", "b", "c", "d", "i_offset"}, "SpikeSourcePoisson": {"rate", "start", "duration"},
         "SpikeSourceArray": {"spike_times"}}
SOURCES = {"DCSource": {"amplitude", "start", "stop"}, "StepCurrentSource": {"times", "amplitudes"},
           "ACSource": {"amplitude", "start", "stop", "frequency", "offset", "phase"},
           "NoisyCurrentSource": {"mean", "stdev", "start", "stop", "dt"}}
SYNAPSES = {"StaticSynapse": {"weight", "delay"}, "TsodyksMarkramSynapse": {"weight", "delay", "U", "tau_rec", "tau_facil"},
            "SpikePairRule": {"tau_plus", "tau_minus", "A_plus", "A_minus"}, "AdditiveWeightDependence": {"w_min", "w_max"},
            "MultiplicativeWeightDependence": {"w_min", "w_max"},
            "GutigWeightDependence": {"w_min", "w_max", "mu_plus", "mu_minus"},
            "STDPMechanism": {"timing_dependence", "weight_dependence", "dendritic_delay_fraction", "weight", "delay"}}
VARIABLES = {"EIF_cond_exp_isfa_ista": {"v", "w"}, "Izhikevich": {"v", "u"}}


class Told:
    """Something of a name with parameters, which must be among those it has."""

    allowed = {}

    def __init__(self, **parameters):
        unknown = parameters.keys() - self.allowed
        if unknown:
            raise TypeError(f"{type(self).__name__} has no {sorted(unknown)}")
        self.name, self.parameters = type(self).__name__, parameters
        self.conductance_based = "cond" in self.name

    def inject_into(self, cells):
        told["currents"].append((self.name, self.parameters, cells))


for _name, _allowed in {**CELLS, **SOURCES, **SYNAPSES}.items():
    globals()[_name] = type(_name, (Told,), {"allowed": _allowed})


class Population:
    def __init__(self, size, cell, label):
        self.size, self.celltype, self.label, self.initial = size, cell, label, {}
        for key, value in cell.parameters.items():
            if isinstance(value, np.ndarray) and value.ndim == 1 and len(value) != size:
                raise ValueError(f"{label}: {len(value)} values of {key} for {size} neurons")
        told["populations"][label] = self

    def initialize(self, **values):
        if values.keys() - VARIABLES.get(self.celltype.name, {"v"}):
            raise KeyError(f"{self.label}: {sorted(values)}")
        self.initial.update(values)

    def __getitem__(self, which):
        return self.label, range(self.size)[which]

    def record(self, what):
        assert what == "spikes"

    def get_data(self, what):
        class Block:
            segments = [type("Segment", (), {"spiketrains": []})]
        return Block


def FromListConnector(rows):
    return np.array(rows)


class Projection:
    def __init__(self, pre, post, synapses, receptor_type, synapse_type, label):
        if len(np.unique(synapses[:, :2], axis=0)) < len(synapses):
            raise ValueError(f"{label}: a pair of neurons twice, of which pyNN.brian2 loses one")
        if (synapses[:, 3] < told["step_ms"] * 0.999).any():
            raise ValueError(f"{label}: delays below a time step")
        inhibits = receptor_type == "inhibitory" and not post.celltype.conductance_based
        if ((synapses[:, 2] > 0) if inhibits else (synapses[:, 2] < 0)).any():
            raise ValueError(f"{label}: weights of the wrong sign for {receptor_type} synapses onto {post.celltype.name}")
        told["projections"].append((pre.label, post.label, synapses, receptor_type, synapse_type))


def setup(timestep, min_delay):
    told["step_ms"] = timestep


def run(duration):
    for population in told["populations"].values():
        for train in population.celltype.parameters.get("spike_times", []):
            steps = np.round(np.array(train) / told["step_ms"])
            if len(np.unique(steps)) < len(steps) or (np.diff(steps) < 0).any():
                raise ValueError(f"{population.label}: two spikes in a time step, at which pyNN.brian2 stops, or in no order")


def end():
    pass
