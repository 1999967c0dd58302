"""Pictures on matplotlib, which is imported when the first is drawn. Each function draws on the axes `ax`, else on those
of a new figure, and returns them (`images` a figure's)."""
import math

import numpy as np

__all__ = ["coupling", "free_energy", "images", "potentials", "raster", "rates", "states"]


def _axes(ax, **figure):
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt
    return plt.subplots(layout="constrained", **figure)[1]


def _list(neurons):
    return list(neurons) if isinstance(neurons, (list, tuple)) else [neurons]


def _label(neurons):
    return getattr(neurons, "name", repr(neurons))


def raster(simulation, neurons, *, start_ms=0.0, stop_ms=None, ax=None, **style):
    """Spikes of populations or selections, one above the other: a dot for each.

    Parameters
    ----------
    simulation : Simulation
    neurons : Population, Selection, or a list of them
    start_ms, stop_ms : float
        The window of time; default all.
    **style
        Of `Axes.plot`.
    """
    ax = _axes(ax, figsize=(8, 4))
    below = 0
    ticks, labels = [], []
    for one in _list(neurons):
        t_ms, sources = simulation.spikes(one)
        first, last = np.searchsorted(t_ms, (start_ms, np.inf if stop_ms is None else stop_ms))
        heights = below + sources[first:last].astype(float) - one.first
        ax.plot(t_ms[first:last], heights, **{"linestyle": "", "marker": ".", "markersize": 1, **style})
        ticks.append(below + 0.5 * (len(one) - 1))
        labels.append(_label(one))
        below += len(one)
    ax.set(xlabel="time (ms)", ylim=(-0.5, below - 0.5), xlim=(start_ms, simulation.time_ms if stop_ms is None else stop_ms))
    ax.set_yticks(ticks, labels)
    return ax


def rates(simulation, neurons, *, bin_ms=10.0, ax=None, **style):
    """Mean rates of populations or selections in bins."""
    ax = _axes(ax, figsize=(8, 2.5))
    for one in _list(neurons):
        t_ms, rate_Hz = simulation.rate(one, bin_ms)
        ax.stairs(rate_Hz, np.append(t_ms, t_ms[-1:] + bin_ms) if len(t_ms) else [0], label=_label(one), **style)
    ax.set(xlabel="time (ms)", ylabel="rate (Hz)")
    ax.set_ylim(bottom=0)
    ax.legend(frameon=False)
    return ax


def potentials(recorded, *, variable="V_mV", ax=None, **style):
    """A state variable over time, a line for each neuron, of `Simulation.recorded`."""
    ax = _axes(ax, figsize=(8, 2.5))
    for neuron, values in zip(recorded["neurons"], recorded[variable].T):
        ax.plot(recorded["t_ms"], values, label=str(neuron), **{"linewidth": 0.8, **style})
    ax.set(xlabel="time (ms)", ylabel=variable)
    if len(recorded["neurons"]) <= 10:
        ax.legend(frameon=False, title="neuron", loc="upper right")
    return ax


def coupling(J, *, ax=None, **style):
    """Couplings J[i, j] from node j to node i: red excites, blue inhibits, white is 0."""
    ax = _axes(ax, figsize=(4.6, 4))
    J = np.asarray(J)
    most = np.abs(J).max() or 1.0
    picture = ax.imshow(J, **{"cmap": "RdBu_r", "vmin": -most, "vmax": most, "interpolation": "nearest", **style})
    ax.set(xlabel="from node", ylabel="to node")
    ax.figure.colorbar(picture, ax=ax)
    return ax


def states(inference, *, ax=None, **style):
    """States of nodes over the steps of an `Inference`, -1 .. 1."""
    ax = _axes(ax, figsize=(8, 3))
    picture = ax.imshow(inference.states.T, **{"cmap": "gray", "vmin": -1, "vmax": 1, "aspect": "auto",
                                               "interpolation": "nearest", **style})
    ax.set(xlabel="step", ylabel="node")
    ax.figure.colorbar(picture, ax=ax)
    return ax


def free_energy(inference, *, ax=None):
    """Free energy of an `Inference`, and what it is made of, over the steps."""
    ax = _axes(ax, figsize=(6, 3))
    ax.plot(inference.free_energy, label="free energy", color="black")
    ax.plot(inference.complexity, label="complexity")
    ax.plot(-inference.accuracy, label="- accuracy")
    ax.set(xlabel="step", ylabel="nats")
    ax.legend(frameon=False)
    return ax


def images(rows, *, width=None, titles=None, columns=10, **style):
    """Images or states, a row of `rows` each, as pictures beside one another; a figure's axes.

    Parameters
    ----------
    rows : array [n_images, n_pixels]
    width : int, optional
        Pixels a row of an image; default the square root of their number.
    titles : sequence, optional
        Above each.
    """
    import matplotlib.pyplot as plt
    rows = np.atleast_2d(rows)
    if width is None:
        width = math.isqrt(rows.shape[1])
    if width < 1 or rows.shape[1] % width:
        raise ValueError(f"width must divide the {rows.shape[1]} pixels, got {width}")
    across = min(columns, len(rows))
    down = -(-len(rows) // across)
    figure, axes = plt.subplots(down, across, figsize=(1.1 * across, 1.25 * down), squeeze=False, layout="constrained")
    for k, ax in enumerate(axes.flat):
        if k >= len(rows):
            ax.axis("off")
            continue
        ax.imshow(rows[k].reshape(-1, width), **{"cmap": "gray", "interpolation": "nearest", **style})
        ax.set(xticks=[], yticks=[])
        if titles is not None:
            ax.set_title(str(titles[k]), fontsize=8)
    return axes
