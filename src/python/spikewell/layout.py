"""Networks on neuromorphic boards: cut, placed, routed, proved and emulated."""
from __future__ import annotations

import os

from . import _html
from ._spikewell import NetworkError, _Layout
from ._types import Document, Path

__all__ = ["Layout"]


class Layout:
    """Where everything of a network goes on a machine; made by `Network.map`, and proved right when it was made.

    Attributes
    ----------
    statistics : dict
        "machine", "board", "slices", "chips", "hops" (links in all routing trees), "table_entries_max",
        "table_entries_total", "seconds" of each stage.
    slices : list of dict
        "population", "first", "count" and "place", which is (x, y, core).

    Examples
    --------
    >>> net = sw.Network(seed=1)
    >>> E = net.population("lif_exp", 80, name="E", V_init_mV=sw.uniform(-60, -50))
    >>> net.connect(E, E, "fixed_probability", probability=0.1, weight_mV=1, delay_ms=1)
    <E-E: fixed_probability from <E: 80 lif_exp> to <E: 80 lif_exp>>
    >>> layout = net.map("spinn5")
    >>> layout
    <Layout: 1 slices on 1 chips of spinn5, 0 hops>
    """

    def __init__(self, made: _Layout) -> None:
        self._layout = made
        faults = made.faults()
        if faults:  # an error of ours
            raise NetworkError(f"map: the layout is wrong: {faults[0]}")

    @property
    def statistics(self) -> Document:
        """What the layout came to: a dict that is the caller's."""
        return self._layout.statistics

    @property
    def slices(self) -> list[Document]:
        """What each core runs: a list of dicts that is the caller's."""
        return self._layout.slices

    def __repr__(self) -> str:
        s = self.statistics
        return f"<Layout: {s['slices']} slices on {s['chips']} chips of {s['machine']}, {s['hops']} hops>"

    def _repr_html_(self) -> str:
        rows = [(key.replace("_", " "), value) for key, value in self.statistics.items() if not isinstance(value, dict)]
        return _html.table(repr(self)[1:-1], ("of the layout", ""), rows)

    def check(self) -> list[str]:
        """Follows every key from its source through every table once more.

        Returns
        -------
        list of str
            What is wrong, a line each; none: right.

        Examples
        --------
        >>> net = sw.Network(seed=1)
        >>> E = net.population("lif_exp", 80, name="E", V_init_mV=sw.uniform(-60, -50))
        >>> net.connect(E, E, "fixed_probability", probability=0.1, weight_mV=1, delay_ms=1)
        <E-E: fixed_probability from <E: 80 lif_exp> to <E: 80 lif_exp>>
        >>> layout = net.map("spinn5")
        >>> layout.check()
        []
        """
        return self._layout.faults()

    def emulate(self, duration_ms: float = 1000.0, *, weight_bits: int | None = None, threads: int = 0) -> Document:
        """Runs the network directly and through the layout, packet by packet, then once more with the board's weight bits
        and time step.

        Parameters
        ----------
        duration_ms : float, > 0
            Model time.
        weight_bits : int, 2 .. 32, optional
            In place of the board's.
        threads : int
            0 for all cores; results do not depend on it.

        Returns
        -------
        dict
            What `spikewell emulate` writes: "identical" tells whether all spikes are those of the network; packets, load of
            links and cores, energy, and rates on the board. "timing" tells what came late, with its "warnings", a line each.

        Raises
        ------
        ParameterError
            A value out of range.

        Examples
        --------
        >>> net = sw.Network(seed=1)
        >>> E = net.population("lif_exp", 80, name="E", V_init_mV=sw.uniform(-60, -50))
        >>> net.connect(E, E, "fixed_probability", probability=0.1, weight_mV=1, delay_ms=1)
        <E-E: fixed_probability from <E: 80 lif_exp> to <E: 80 lif_exp>>
        >>> layout = net.map("spinn5")
        >>> layout.emulate(100)["identical"]
        True
        """
        return self._layout.emulate(duration_ms, weight_bits, threads)

    def save(self, folder: Path, *, force: bool = False) -> None:
        """Writes the folder that `spikewell map` writes (`check`, `emulate` and PACMAN's tools read it).

        Parameters
        ----------
        folder : path
            It is made where it is not there.
        force : bool
            Also over one.

        Raises
        ------
        IoError
            A folder is there already, or cannot be written.

        Examples
        --------
        >>> net = sw.Network(seed=1)
        >>> E = net.population("lif_exp", 80, name="E", V_init_mV=sw.uniform(-60, -50))
        >>> net.connect(E, E, "fixed_probability", probability=0.1, weight_mV=1, delay_ms=1)
        <E-E: fixed_probability from <E: 80 lif_exp> to <E: 80 lif_exp>>
        >>> layout = net.map("spinn5")
        >>> layout.save("layout")
        """
        self._layout.save(os.fspath(folder), force)
