"""Networks on neuromorphic boards: cut, placed, routed, proved and emulated."""
import os

from ._spikewell import NetworkError

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
    """

    def __init__(self, made):
        self._layout = made
        faults = made.faults()
        if faults:  # an error of ours
            raise NetworkError(f"map: the layout is wrong: {faults[0]}")

    @property
    def statistics(self):
        """What the layout came to: a dict that is the caller's."""
        return self._layout.statistics

    @property
    def slices(self):
        """What each core runs: a list of dicts that is the caller's."""
        return self._layout.slices

    def __repr__(self):
        s = self.statistics
        return f"<Layout: {s['slices']} slices on {s['chips']} chips of {s['machine']}, {s['hops']} hops>"

    def check(self):
        """Follows every key from its source through every table once more: what is wrong, a list of lines; none: right."""
        return self._layout.faults()

    def emulate(self, duration_ms=1000.0, *, weight_bits=None):
        """Runs the network directly and through the layout, packet by packet, then once more with the board's weight bits
        and time step.

        Parameters
        ----------
        duration_ms : float, > 0
        weight_bits : int, 2 .. 32, optional
            In place of the board's.

        Returns
        -------
        dict
            What `spikewell emulate` writes: "identical" tells whether all spikes are those of the network; packets, load of
            links and cores, energy, and rates on the board.
        """
        return self._layout.emulate(duration_ms, weight_bits)

    def save(self, folder, *, force=False):
        """Writes the folder that `spikewell map` writes (`check`, `emulate` and PACMAN's tools read it). force: also over
        one."""
        self._layout.save(os.fspath(folder), force)
