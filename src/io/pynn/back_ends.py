"""What PyNN's back ends need that PyNN does not see to (0.10.1 and 0.13), for network.py. Written by Spikewell."""
import importlib

import numpy as np

LARGEST_DELAY_STEPS = {"spiNNaker": 144}  # time steps
DEAD_STEPS = {"neuron": 1}  # from the end of tau_refrac to the first spike that can follow
# Where back ends agree on no common value: the part of a plastic synapse's delay that is dendritic.
DENDRITIC_DELAY_FRACTION = {"brian2": 0.0, "nest": 1.0, "neuron": 1.0, "spiNNaker": 1.0}
# What pyNN.brian2 takes of the first neuron for all.
ALIKE_ON_BRIAN2 = {"EIF_cond_exp_isfa_ista": {"tau_refrac", "v_reset", "b", "v_thresh", "delta_T"},
                   "Izhikevich": {"c", "d"}}


def imported(backend):
    try:
        return importlib.import_module("pyNN." + backend)
    except ImportError as error:
        raise SystemExit(f"BACKEND: {backend} cannot be imported ({error}); allowed: brian2, neuron, nest, spiNNaker, where they "
                         "are installed")


def set_up(sim, backend, dt, number):
    """Time steps of dt (ms), and random numbers of this seed."""
    sim.setup(timestep=dt, min_delay=dt)
    np.random.seed(number % 2 ** 32)
    if backend == "brian2":  # PyNN does not seed it, and leaves its sources at steps of 0.1 ms
        import brian2
        brian2.seed(number % 2 ** 32)
        brian2.defaultclock.dt = dt * brian2.ms


def of(sim, backend, name):
    if not hasattr(sim, name):
        raise SystemExit(f"{name} is not there on {backend}")
    return getattr(sim, name)


def cell(sim, backend, dt, name, cell_type, parameters):
    parameters = dict(parameters)
    if "tau_refrac" in parameters:
        parameters["tau_refrac"] = np.maximum(dt, parameters["tau_refrac"] - DEAD_STEPS.get(backend, 0) * dt)
    if backend == "brian2":
        for key in ALIKE_ON_BRIAN2.get(cell_type, {"tau_refrac"}) & parameters.keys():
            if np.size(parameters[key]) > 1:
                print(f"{name}: {key} of all neurons is their mean, {np.mean(parameters[key]):.6g}")
                parameters[key] = float(np.mean(parameters[key]))
    made = of(sim, backend, cell_type)(**parameters)
    if backend == "brian2" and cell_type == "IF_curr_alpha":
        made.eqs = alpha_equations()
    return made


def alpha_equations():
    """pyNN.brian2's, whose inhibitory currents have the excitatory time constant."""
    import brian2
    from pyNN.brian2.standardmodels import cells
    return cells.leaky_iaf + brian2.Equations("""
        die/dt = (2.7182818284590451*ye - ie)/tau_syn_e : amp
        dye/dt = -ye/tau_syn_e                          : amp
        dii/dt = (2.7182818284590451*yi - ii)/tau_syn_i : amp
        dyi/dt = -yi/tau_syn_i                          : amp
        i_syn = ie + ii                                 : amp
        tau_syn_e                                       : second
        tau_syn_i                                       : second""")


def synapse(sim, backend, name, synapses, rule, short_term, inhibits_below_0):
    weight, delay = float(synapses[0, 2]), float(synapses[0, 3])  # of the first; the list has those of each
    if backend == "brian2":
        return synapse_of_brian2(sim, weight, delay, rule, short_term, -1 if inhibits_below_0 else 1)
    if rule and rule["rule"] == "pair":
        if short_term:
            print(f"{name}: spikes deliver the whole weight, which learns")
        return pairs(sim, backend, weight, delay, rule)
    if rule:
        print(f"{name}: weights stay, {backend} has no rule as {rule['rule']}")
    if short_term:
        return of(sim, backend, "TsodyksMarkramSynapse")(weight=weight, delay=delay, **short_term)
    return sim.StaticSynapse(weight=weight, delay=delay)


def pairs(sim, backend, weight, delay, rule):
    """Pair STDP: change = lambda w_max of each pair (additive), or in proportion to powers of w and w_max - w."""
    dependence = {"additive": "AdditiveWeightDependence", "multiplicative": "MultiplicativeWeightDependence",
                  "gutig": "GutigWeightDependence"}[rule["dependence"]]
    powers = {key: rule[key] for key in ("mu_plus", "mu_minus")} if rule["dependence"] == "gutig" else {}
    return sim.STDPMechanism(
        timing_dependence=sim.SpikePairRule(tau_plus=rule["tau_plus"], tau_minus=rule["tau_minus"],
                                            A_plus=rule.get("A_plus", 0.0), A_minus=rule.get("A_minus", 0.0)),
        weight_dependence=of(sim, backend, dependence)(w_min=rule.get("w_min", 0.0), w_max=rule["w_max"], **powers),
        dendritic_delay_fraction=DENDRITIC_DELAY_FRACTION.get(backend, 1.0), weight=weight, delay=delay)


# pyNN.brian2 learns additively whatever the weight dependence, has its Tsodyks-Markram synapse recover with the time constant of the
# synaptic current, and no facilitation: equations of our own in place of its.

def synapse_of_brian2(sim, weight, delay, rule, short_term, sign):
    if rule:
        made = pairs(sim, "brian2", weight, delay, {**rule, "dependence": "additive"})
        more, before, after = PLASTIC[rule["rule"]](rule, sign)
        made.eqs += more
        made.initial_conditions = {**made.initial_conditions}
    else:
        made = sim.StaticSynapse(weight=weight, delay=delay)
        before, after = [], None
    deliver = ["%(syn_var)s += weight"]
    if short_term:
        made.eqs += tsodyks_markram_equations(short_term)
        made.initial_conditions = {**made.initial_conditions, "u": 0.0, "left": 1.0}
        deliver = [f"u += {short_term['U']} * (1 - u)", "%(syn_var)s += weight * u * left", "left -= u * left"]
    made.pre = "\n".join(before + deliver)
    made.post = "\n".join(after) if after else None
    return made


def tsodyks_markram_equations(p):
    tau_facil = max(p["tau_facil"], 1e-6)  # 0: none
    return f"""
        du/dt = -u/({tau_facil}*ms) : 1 (event-driven)
        dleft/dt = (1 - left)/({p['tau_rec']}*ms) : 1 (event-driven)"""


# Each: equations besides PyNN's, what an arrival does, what a spike of the target does. P and M are the traces of both.

def pair_equations(rule, sign):
    down, up = {"additive": ("w_max", "w_max"), "multiplicative": ("weight", "(w_max - weight)"),
                "gutig": (f"w_max * (weight / w_max)**{rule.get('mu_minus')}",
                          f"w_max * (1 - weight / w_max)**{rule.get('mu_plus')}")}[rule["dependence"]]
    return ("", ["P += 1", f"weight = clip(weight - A_minus * M * {down}, w_min, w_max)"],
            ["M += 1", f"weight = clip(weight + A_plus * P * {up}, w_min, w_max)"])


def inhibitory_equations(rule, sign):
    """|w| grows by eta times the trace of the other side, and shrinks by eta rho at arrivals."""
    step = rule["eta"] / rule["w_max"]
    grown = "weight = {0} * clip({0} * weight + {1} * w_max * ({2}), 0 * w_max, w_max)"
    return ("", ["P += 1", grown.format(sign, step, f"M - {rule['rho']}")], ["M += 1", grown.format(sign, step, "P")])


def triplet_equations(rule, sign):
    return (f"""
        dP2/dt = -P2/({rule['tau_x']}*ms) : 1 (event-driven)
        dM2/dt = -M2/({rule['tau_y']}*ms) : 1 (event-driven)""",
            [f"weight = clip(weight - w_max * M * ({rule['A2_minus']} + {rule['A3_minus']} * P2), 0 * w_max, w_max)",
             "P += 1", "P2 += 1"],
            [f"weight = clip(weight + w_max * P * ({rule['A2_plus']} + {rule['A3_plus']} * M2), 0 * w_max, w_max)",
             "M += 1", "M2 += 1"])


PLASTIC = {"pair": pair_equations, "inhibitory": inhibitory_equations, "triplet": triplet_equations}
