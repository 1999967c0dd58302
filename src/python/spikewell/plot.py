"""Pictures on matplotlib, which is imported when the first is drawn. Each function draws on the axes `ax`, else on those
of a new figure, and returns them (`images` a figure's)."""
from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Union

import numpy as np

from ._types import Array, ArrayLike, Document
from .attractor import Inference
from .layout import Layout
from .network import Population, Selection, Simulation

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["chips", "coupling", "free_energy", "images", "landscape", "potentials", "raster", "rates", "states"]

Neurons = Union[Population, Selection, Sequence[Union[Population, Selection]]]


def _axes(ax: Axes | None, **figure: Any) -> Axes:
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt
    return plt.subplots(layout="constrained", **figure)[1]


def _list(neurons: Neurons) -> list[Population | Selection]:
    return [neurons] if isinstance(neurons, (Population, Selection)) else list(neurons)


def _label(neurons: Population | Selection) -> str:
    return getattr(neurons, "name", repr(neurons))


def raster(simulation: Simulation, neurons: Neurons, *, start_ms: float = 0.0, stop_ms: float | None = None,
           ax: Axes | None = None, **style: Any) -> Axes:
    """Spikes of populations or selections, one above the other: a dot for each.

    Parameters
    ----------
    simulation : Simulation
        What fired.
    neurons : Population, Selection, or a list of them
        Whose.
    start_ms, stop_ms : float, optional
        The window of time; default all.
    ax : Axes, optional
        Where to draw; default those of a new figure.
    **style
        Of `Axes.plot`.

    Returns
    -------
    Axes

    Examples
    --------
    >>> net = sw.Network(seed=1)
    >>> E = net.population("lif_delta", 100, name="E")
    >>> net.input(E, rate_Hz=2000, weight_mV=1)
    >>> sw.plot.raster(net.simulate(200), [E[:50], E[50:]]).get_xlim()
    (0.0, 200.0)
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


def rates(simulation: Simulation, neurons: Neurons, *, bin_ms: float = 10.0, ax: Axes | None = None, **style: Any) -> Axes:
    """Mean rates of populations or selections in bins.

    Parameters
    ----------
    simulation : Simulation
        What fired.
    neurons : Population, Selection, or a list of them
        Whose.
    bin_ms : float, > 0
        Width of a bin.
    ax : Axes, optional
        Where to draw; default those of a new figure.
    **style
        Of `Axes.stairs`.

    Returns
    -------
    Axes

    Examples
    --------
    >>> net = sw.Network(seed=1)
    >>> E = net.population("lif_delta", 100, name="E")
    >>> net.input(E, rate_Hz=2000, weight_mV=1)
    >>> sw.plot.rates(net.simulate(200), E).get_ylabel()
    'rate (Hz)'
    """
    ax = _axes(ax, figsize=(8, 2.5))
    for one in _list(neurons):
        t_ms, rate_Hz = simulation.rate(one, bin_ms)
        ax.stairs(rate_Hz, np.append(t_ms, t_ms[-1:] + bin_ms) if len(t_ms) else [0], label=_label(one), **style)
    ax.set(xlabel="time (ms)", ylabel="rate (Hz)")
    ax.set_ylim(bottom=0)
    ax.legend(frameon=False)
    return ax


def potentials(recorded: dict[str, Array], *, variable: str = "V_mV", ax: Axes | None = None, **style: Any) -> Axes:
    """A state variable over time, a line for each neuron.

    Parameters
    ----------
    recorded : dict of arrays
        Of `Simulation.recorded`.
    variable : str
        Which of them.
    ax : Axes, optional
        Where to draw; default those of a new figure.
    **style
        Of `Axes.plot`.

    Returns
    -------
    Axes

    Examples
    --------
    >>> net = sw.Network(seed=1)
    >>> E = net.population("lif_delta", 100, name="E")
    >>> net.input(E, rate_Hz=2000, weight_mV=1)
    >>> V = net.record(E[:3], "potential", interval_ms=1)
    >>> len(sw.plot.potentials(net.simulate(100).recorded(V)).lines)
    3
    """
    ax = _axes(ax, figsize=(8, 2.5))
    for neuron, values in zip(recorded["neurons"], recorded[variable].T):
        ax.plot(recorded["t_ms"], values, label=str(neuron), **{"linewidth": 0.8, **style})
    ax.set(xlabel="time (ms)", ylabel=variable)
    if len(recorded["neurons"]) <= 10:
        ax.legend(frameon=False, title="neuron", loc="upper right")
    return ax


def coupling(J: ArrayLike, *, ax: Axes | None = None, **style: Any) -> Axes:
    """Couplings: red excites, blue inhibits, white is 0.

    Parameters
    ----------
    J : array [n_post_nodes, n_pre_nodes]
        J[i, j] from node j to node i.
    ax : Axes, optional
        Where to draw; default those of a new figure.
    **style
        Of `Axes.imshow`.

    Returns
    -------
    Axes

    Examples
    --------
    >>> sw.plot.coupling([[0, 1.5], [-1.5, 0]]).get_xlabel()
    'from node'
    """
    ax = _axes(ax, figsize=(4.6, 4))
    J = np.asarray(J)
    most = np.abs(J).max() or 1.0
    picture = ax.imshow(J, **{"cmap": "RdBu_r", "vmin": -most, "vmax": most, "interpolation": "nearest", **style})
    ax.set(xlabel="from node", ylabel="to node")
    ax.figure.colorbar(picture, ax=ax)
    return ax


def states(inference: Inference, *, ax: Axes | None = None, **style: Any) -> Axes:
    """States of nodes over the steps of an inference, -1 .. 1.

    Parameters
    ----------
    inference : Inference
        Of `Model.infer`.
    ax : Axes, optional
        Where to draw; default those of a new figure.
    **style
        Of `Axes.imshow`.

    Returns
    -------
    Axes

    Examples
    --------
    >>> model = sw.Model([[0, 1.5], [1.5, 0]], backend="rate")
    >>> sw.plot.states(model.infer([0, 0], steps=50)).get_ylabel()
    'node'
    """
    ax = _axes(ax, figsize=(8, 3))
    picture = ax.imshow(inference.states.T, **{"cmap": "gray", "vmin": -1, "vmax": 1, "aspect": "auto",
                                               "interpolation": "nearest", **style})
    ax.set(xlabel="step", ylabel="node")
    ax.figure.colorbar(picture, ax=ax)
    return ax


def free_energy(inference: Inference, *, ax: Axes | None = None) -> Axes:
    """Free energy of an inference, and what it is made of, over the steps.

    Parameters
    ----------
    inference : Inference
        Of `Model.infer`.
    ax : Axes, optional
        Where to draw; default those of a new figure.

    Returns
    -------
    Axes

    Examples
    --------
    >>> model = sw.Model([[0, 1.5], [1.5, 0]], backend="rate")
    >>> len(sw.plot.free_energy(model.infer([1, 0], steps=50)).lines)
    3
    """
    ax = _axes(ax, figsize=(6, 3))
    ax.plot(inference.free_energy, label="free energy", color="black")
    ax.plot(inference.complexity, label="complexity")
    ax.plot(-inference.accuracy, label="- accuracy")
    ax.set(xlabel="step", ylabel="nats")
    ax.legend(frameon=False)
    return ax


def landscape(found: Document, *, ax: Axes | None = None, **style: Any) -> Axes:
    """Share of starts in the basin of each attractor over inverse temperatures, one on top of the other.

    Parameters
    ----------
    found : dict
        Of `Model.landscape`.
    ax : Axes, optional
        Where to draw; default those of a new figure.
    **style
        Of `Axes.bar`.

    Returns
    -------
    Axes

    Examples
    --------
    >>> J = np.ones((4, 4)) - np.eye(4)
    >>> found = sw.Model(J, backend="rate").landscape([0.5, 1, 2], scaling="none", starts=20, free_steps=0)
    >>> sw.plot.landscape(found).get_ylabel()
    'share of starts'
    """
    ax = _axes(ax, figsize=(6, 3))
    points = found["points"]
    for k in range(max((len(point["basins"]) for point in points), default=0)):
        share = [point["basins"][k] if k < len(point["basins"]) else 0.0 for point in points]
        below = [sum(point["basins"][:k]) for point in points]
        ax.bar(range(len(points)), share, bottom=below, **{"edgecolor": "white", **style})
    ax.set_xticks(range(len(points)), [f"{point['beta']:.3g}" for point in points])
    ax.set(xlabel="inverse temperature", ylabel="share of starts", ylim=(0, 1))
    return ax


def chips(layout: Layout, *, ax: Axes | None = None, **style: Any) -> Axes:
    """Slices of a layout on each chip that has some.

    Parameters
    ----------
    layout : Layout
        Of `Network.map`.
    ax : Axes, optional
        Where to draw; default those of a new figure.
    **style
        Of `Axes.scatter`.

    Returns
    -------
    Axes

    Examples
    --------
    >>> net = sw.Network(seed=1)
    >>> E = net.population("lif_exp", 80, name="E", V_init_mV=sw.uniform(-60, -50))
    >>> sw.plot.chips(net.map("spinn5")).get_xlabel()
    'x of the chip'
    """
    ax = _axes(ax, figsize=(4, 4))
    places, slices = np.unique([part["place"][:2] for part in layout.slices], axis=0, return_counts=True)
    drawn = ax.scatter(*places.T, c=slices, **{"marker": "h", "s": 300, "vmin": 0, **style})
    ax.set(xlabel="x of the chip", ylabel="y of the chip", aspect="equal")
    ax.margins(0.3)
    ax.locator_params(integer=True)
    ax.figure.colorbar(drawn, ax=ax, label="slices")
    return ax


def images(rows: ArrayLike, *, width: int | None = None, titles: Sequence[object] | None = None, columns: int = 10,
           **style: Any) -> Array:
    """Images or states, a row of `rows` each, as pictures beside one another.

    Parameters
    ----------
    rows : array [n_images, n_pixels]
        One a row.
    width : int, optional
        Pixels a row of an image; default the square root of their number.
    titles : sequence, optional
        Above each.
    columns : int
        At most so many beside one another.
    **style
        Of `Axes.imshow`.

    Returns
    -------
    array of Axes [n_down, n_across]
        A figure's.

    Raises
    ------
    ValueError
        A width that does not divide the pixels.

    Examples
    --------
    >>> sw.plot.images(np.zeros((12, 64)), columns=6).shape
    (2, 6)
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
