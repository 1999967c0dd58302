"""Statistics of spike trains: rates, regularity, correlations, spectra.

Spikes are given as simulations give them, (t_ms, neurons), sorted by time: `rates(*sim.spikes(E), len(E))`. A window
start_ms <= t < stop_ms may be chosen; by default it is 0 .. the last spike. Standard deviations have the divisor n.
"""
from __future__ import annotations

import numpy as np

from ._types import ArrayLike, Floats, Integers

__all__ = ["bursts", "correlations", "counts", "cross_correlogram", "cv", "cv2", "fano", "intervals", "mean_correlation",
           "population_rate", "power_spectrum", "rates"]


def _window(t_ms: ArrayLike, neurons: ArrayLike, n_neurons: int | None, start_ms: float,
            stop_ms: float | None) -> tuple[Floats, Integers, float]:
    t_ms = np.asarray(t_ms, dtype=float)
    neurons = np.asarray(neurons, dtype=np.int64)
    if t_ms.ndim != 1 or t_ms.shape != neurons.shape:
        raise ValueError(f"spikes must be two arrays of one shape (n_spikes,), got {t_ms.shape} and {neurons.shape}")
    if len(t_ms) and np.any(np.diff(t_ms) < 0):
        raise ValueError("spikes must be sorted by time")
    if n_neurons is not None and len(neurons) and (neurons.min() < 0 or neurons.max() >= n_neurons):
        raise ValueError(f"neurons must be 0 .. {n_neurons - 1}, got {neurons.min()} .. {neurons.max()}; of a selection "
                         "subtract its first")
    if stop_ms is None:
        stop_ms = np.nextafter(t_ms[-1], np.inf) if len(t_ms) else start_ms
    if not stop_ms > start_ms and len(t_ms):
        raise ValueError(f"the window must be of some time, got {start_ms} .. {stop_ms} ms")
    first, last = np.searchsorted(t_ms, (start_ms, stop_ms), "left")
    return t_ms[first:last], neurons[first:last], float(stop_ms)


def rates(t_ms: ArrayLike, neurons: ArrayLike, n_neurons: int, *, start_ms: float = 0.0,
          stop_ms: float | None = None) -> Floats:
    """Rate of each neuron.

    Parameters
    ----------
    t_ms : array [n_spikes], sorted
        Times of spikes in ms.
    neurons : array [n_spikes]
        Which neuron fired each, 0 .. n_neurons - 1.
    n_neurons : int
        Neurons of the population, those that never fire among them.
    start_ms, stop_ms : float, optional
        The window start_ms <= t < stop_ms; default 0 .. the last spike.

    Returns
    -------
    float64 [n_neurons]
        In Hz.

    Raises
    ------
    ValueError
        Spikes that are not sorted, of two shapes, or of neurons that are not there; an empty window.

    Examples
    --------
    >>> sw.analysis.rates([100, 200, 300, 400], [0, 1, 0, 0], 3, stop_ms=1000)
    array([3., 1., 0.])
    """
    _, neurons, stop_ms = _window(t_ms, neurons, n_neurons, start_ms, stop_ms)
    spikes = np.bincount(neurons, minlength=n_neurons)
    return spikes * (1000.0 / (stop_ms - start_ms)) if stop_ms > start_ms else np.zeros(n_neurons)


def intervals(t_ms: ArrayLike, neurons: ArrayLike, *, start_ms: float = 0.0,
              stop_ms: float | None = None) -> tuple[Floats, Integers]:
    """Intervals between a neuron's spikes.

    Parameters
    ----------
    t_ms : array [n_spikes], sorted
        Times of spikes in ms.
    neurons : array [n_spikes]
        Which neuron fired each, 0 .. n_neurons - 1.
    start_ms, stop_ms : float, optional
        The window start_ms <= t < stop_ms; default 0 .. the last spike.

    Returns
    -------
    interval_ms : float64 [n_intervals]
        By neuron and then by time.
    neurons : int64 [n_intervals]

    Raises
    ------
    ValueError
        Spikes that are not sorted, of two shapes, or of neurons that are not there; an empty window.

    Examples
    --------
    >>> sw.analysis.intervals([1, 2, 4, 8], [5, 3, 5, 3])
    (array([6., 3.]), array([3, 5]))
    """
    t_ms, neurons, _ = _window(t_ms, neurons, None, start_ms, stop_ms)
    return _intervals(t_ms, neurons)


def _intervals(t_ms: Floats, neurons: Integers) -> tuple[Floats, Integers]:
    t_ms, neurons = _by_neuron(t_ms, neurons)
    same = neurons[1:] == neurons[:-1]
    return np.diff(t_ms)[same], neurons[1:][same]


def _by_neuron(t_ms: Floats, neurons: Integers) -> tuple[Floats, Integers]:
    order = np.argsort(neurons, kind="stable")
    return t_ms[order], neurons[order]


def cv(t_ms: ArrayLike, neurons: ArrayLike, n_neurons: int, *, start_ms: float = 0.0,
       stop_ms: float | None = None) -> Floats:
    """Coefficient of variation of each neuron's intervals.

    1 for a Poisson process, 0 for a clock; what run.json calls cv_isi is the mean of those that there are.

    Parameters
    ----------
    t_ms : array [n_spikes], sorted
        Times of spikes in ms.
    neurons : array [n_spikes]
        Which neuron fired each, 0 .. n_neurons - 1.
    n_neurons : int
        Neurons of the population, those that never fire among them.
    start_ms, stop_ms : float, optional
        The window start_ms <= t < stop_ms; default 0 .. the last spike.

    Returns
    -------
    float64 [n_neurons]
        NaN with fewer than three spikes.

    Raises
    ------
    ValueError
        Spikes that are not sorted, of two shapes, or of neurons that are not there; an empty window.

    Examples
    --------
    >>> sw.analysis.cv([0, 1, 2, 3, 4, 7], [0, 1, 0, 1, 0, 1], 3)
    array([0.        , 0.33333333,        nan])
    """
    t_ms, neurons, _ = _window(t_ms, neurons, n_neurons, start_ms, stop_ms)
    interval_ms, of = _intervals(t_ms, neurons)
    n = np.bincount(of, minlength=n_neurons)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.bincount(of, interval_ms, n_neurons) / n
        variance = np.bincount(of, (interval_ms - mean[of]) ** 2, n_neurons) / n
        return np.where(n >= 2, np.sqrt(variance) / mean, np.nan)


def cv2(t_ms: ArrayLike, neurons: ArrayLike, n_neurons: int, *, start_ms: float = 0.0,
        stop_ms: float | None = None) -> Floats:
    """Mean ``2 |I' - I| / (I' + I)`` over each neuron's neighbouring intervals, which slow changes of rate do not raise.

    Holt et al. 1996, doi:10.1152/jn.1996.75.5.1806.

    Parameters
    ----------
    t_ms : array [n_spikes], sorted
        Times of spikes in ms.
    neurons : array [n_spikes]
        Which neuron fired each, 0 .. n_neurons - 1.
    n_neurons : int
        Neurons of the population, those that never fire among them.
    start_ms, stop_ms : float, optional
        The window start_ms <= t < stop_ms; default 0 .. the last spike.

    Returns
    -------
    float64 [n_neurons]
        NaN with fewer than three spikes.

    Raises
    ------
    ValueError
        Spikes that are not sorted, of two shapes, or of neurons that are not there; an empty window.

    Examples
    --------
    >>> sw.analysis.cv2([0, 1, 4], [0, 0, 0], 1)
    array([1.])
    """
    t_ms, neurons, _ = _window(t_ms, neurons, n_neurons, start_ms, stop_ms)
    interval_ms, of = _intervals(t_ms, neurons)
    same = of[1:] == of[:-1]
    values = (2 * np.abs(np.diff(interval_ms)) / (interval_ms[1:] + interval_ms[:-1]))[same]
    n = np.bincount(of[1:][same], minlength=n_neurons)
    with np.errstate(invalid="ignore"):
        return np.bincount(of[1:][same], values, n_neurons) / n


def counts(t_ms: ArrayLike, neurons: ArrayLike, n_neurons: int, bin_ms: float, *, start_ms: float = 0.0,
           stop_ms: float | None = None) -> Integers:
    """Spikes of each neuron in bins.

    Parameters
    ----------
    t_ms : array [n_spikes], sorted
        Times of spikes in ms.
    neurons : array [n_spikes]
        Which neuron fired each, 0 .. n_neurons - 1.
    n_neurons : int
        Neurons of the population, those that never fire among them.
    bin_ms : float, > 0
        Width of a bin. A last bin that is not whole is left out.
    start_ms, stop_ms : float, optional
        The window start_ms <= t < stop_ms; default 0 .. the last spike.

    Returns
    -------
    int64 [n_neurons, n_bins]

    Raises
    ------
    ValueError
        Spikes that are not sorted, of two shapes, or of neurons that are not there; an empty window.

    Examples
    --------
    >>> sw.analysis.counts([1, 12, 13], [0, 0, 1], 2, 10, stop_ms=20)
    array([[1, 1],
           [0, 1]])
    """
    if not bin_ms > 0:
        raise ValueError(f"bin_ms must be > 0, got {bin_ms}")
    t_ms, neurons, stop_ms = _window(t_ms, neurons, n_neurons, start_ms, stop_ms)
    n_bins = int(np.floor((stop_ms - start_ms) / bin_ms + 1e-9))
    begins_ms = start_ms + bin_ms * np.arange(n_bins + 1)
    bins = np.searchsorted(begins_ms, t_ms, "right") - 1
    whole = bins < n_bins
    return np.bincount(neurons[whole] * n_bins + bins[whole], minlength=n_neurons * n_bins).reshape(n_neurons, n_bins)


def fano(t_ms: ArrayLike, neurons: ArrayLike, n_neurons: int, bin_ms: float, *, start_ms: float = 0.0,
         stop_ms: float | None = None) -> Floats:
    """Fano factor of each neuron's counts in bins, variance over mean.

    Parameters
    ----------
    t_ms : array [n_spikes], sorted
        Times of spikes in ms.
    neurons : array [n_spikes]
        Which neuron fired each, 0 .. n_neurons - 1.
    n_neurons : int
        Neurons of the population, those that never fire among them.
    bin_ms : float, > 0
        Width of a bin.
    start_ms, stop_ms : float, optional
        The window start_ms <= t < stop_ms; default 0 .. the last spike.

    Returns
    -------
    float64 [n_neurons]
        NaN where it never fires.

    Raises
    ------
    ValueError
        Spikes that are not sorted, of two shapes, or of neurons that are not there; an empty window.

    Examples
    --------
    >>> sw.analysis.fano([1, 2, 11, 12], [0, 0, 0, 0], 1, 10, stop_ms=20)
    array([0.])
    """
    n = counts(t_ms, neurons, n_neurons, bin_ms, start_ms=start_ms, stop_ms=stop_ms)
    with np.errstate(invalid="ignore", divide="ignore"):
        return n.var(axis=1) / n.mean(axis=1)


def correlations(t_ms: ArrayLike, neurons: ArrayLike, n_neurons: int, bin_ms: float = 2.0, *, start_ms: float = 0.0,
                 stop_ms: float | None = None) -> Floats:
    """Pearson's correlations of counts in bins.

    Parameters
    ----------
    t_ms : array [n_spikes], sorted
        Times of spikes in ms.
    neurons : array [n_spikes]
        Which neuron fired each, 0 .. n_neurons - 1.
    n_neurons : int
        Neurons of the population, those that never fire among them.
    bin_ms : float, > 0
        Width of a bin.
    start_ms, stop_ms : float, optional
        The window start_ms <= t < stop_ms; default 0 .. the last spike.

    Returns
    -------
    float64 [n_neurons, n_neurons]
        NaN of neurons whose counts never vary.

    Raises
    ------
    ValueError
        Spikes that are not sorted, of two shapes, or of neurons that are not there; an empty window.

    Examples
    --------
    >>> sw.analysis.correlations([1, 1, 3, 5], [0, 1, 0, 1], 2, stop_ms=8).round(2)
    array([[1., 0.],
           [0., 1.]])
    """
    n = counts(t_ms, neurons, n_neurons, bin_ms, start_ms=start_ms, stop_ms=stop_ms).astype(float)
    n -= n.mean(axis=1, keepdims=True)
    norm = np.sqrt((n ** 2).sum(axis=1))
    with np.errstate(invalid="ignore", divide="ignore"):
        n /= norm[:, np.newaxis]
    return n @ n.T


def mean_correlation(t_ms: ArrayLike, neurons: ArrayLike, n_neurons: int, bin_ms: float = 2.0, *, most_neurons: int = 199,
                     start_ms: float = 0.0, stop_ms: float | None = None) -> float:
    """Mean of the correlations of all pairs of neurons: what run.json calls correlation.

    Parameters
    ----------
    t_ms : array [n_spikes], sorted
        Times of spikes in ms.
    neurons : array [n_spikes]
        Which neuron fired each, 0 .. n_neurons - 1.
    n_neurons : int
        Neurons of the population, those that never fire among them.
    bin_ms : float, > 0
        Width of a bin.
    most_neurons : int
        Pairs are among at most so many neurons, evenly spread over the population.
    start_ms, stop_ms : float, optional
        The window start_ms <= t < stop_ms; default 0 .. the last spike.

    Returns
    -------
    float
        NaN where there is no pair that varies.

    Raises
    ------
    ValueError
        Spikes that are not sorted, of two shapes, or of neurons that are not there; an empty window.

    Examples
    --------
    >>> round(sw.analysis.mean_correlation([1, 1, 5, 5, 9], [0, 1, 0, 1, 2], 3, stop_ms=10), 3)
    0.061
    """
    n = min(n_neurons, most_neurons)
    among = np.arange(n) * n_neurons // n
    place = np.full(n_neurons, -1)
    place[among] = np.arange(n)
    t_ms, neurons, stop_ms = _window(t_ms, neurons, n_neurons, start_ms, stop_ms)
    chosen = place[neurons] >= 0
    all_pairs = correlations(t_ms[chosen], place[neurons[chosen]], n, bin_ms, start_ms=start_ms, stop_ms=stop_ms)
    pairs = all_pairs[np.tril_indices(n, -1)]
    pairs = pairs[np.isfinite(pairs)]
    return pairs.mean() if len(pairs) else np.nan


def cross_correlogram(t_ms: ArrayLike, other_ms: ArrayLike, max_lag_ms: float,
                      bin_ms: float = 1.0) -> tuple[Floats, Integers]:
    """Lags from each spike of one train to those of another.

    A train with itself also has each spike at lag 0.

    Parameters
    ----------
    t_ms, other_ms : array [n_spikes]
        The two trains, in ms.
    max_lag_ms : float, >= 0
        Middle of the last bin.
    bin_ms : float, > 0
        Width of a bin.

    Returns
    -------
    lag_ms : float64 [n_bins]
        Where bins have their middle; > 0: the other is later.
    counts : int64 [n_bins]

    Raises
    ------
    ValueError
        A bin or lag that is out of range.

    Examples
    --------
    >>> sw.analysis.cross_correlogram([10, 20, 30], [11, 21, 31], 2)
    (array([-2., -1.,  0.,  1.,  2.]), array([0, 0, 0, 3, 0]))
    """
    if not (bin_ms > 0 and max_lag_ms >= 0):
        raise ValueError(f"bin_ms must be > 0 and max_lag_ms >= 0, got {bin_ms} and {max_lag_ms}")
    t_ms, other_ms = np.sort(np.asarray(t_ms, dtype=float)), np.sort(np.asarray(other_ms, dtype=float))
    half = int(np.floor(max_lag_ms / bin_ms + 1e-9))
    reach_ms = (half + 0.5) * bin_ms
    first = np.searchsorted(other_ms, t_ms - reach_ms, "left")
    last = np.searchsorted(other_ms, t_ms + reach_ms, "left")
    found = np.zeros(2 * half + 1, dtype=np.int64)
    for begin in range(0, len(t_ms), 4096):  # so that lags of long trains are never all there at once
        n = (last - first)[begin:begin + 4096]
        of = np.repeat(np.arange(begin, begin + len(n)), n)
        offset = np.arange(len(of)) - np.repeat(np.cumsum(n) - n, n)
        lags_ms = other_ms[first[of] + offset] - t_ms[of]
        bins = np.clip(np.floor(lags_ms / bin_ms + half + 0.5).astype(np.int64), 0, 2 * half)
        found += np.bincount(bins, minlength=2 * half + 1)
    return bin_ms * np.arange(-half, half + 1, dtype=float), found


def population_rate(t_ms: ArrayLike, n_neurons: int, bin_ms: float = 1.0, *, start_ms: float = 0.0,
                    stop_ms: float | None = None) -> tuple[Floats, Floats]:
    """Mean rate of a population in bins.

    Parameters
    ----------
    t_ms : array [n_spikes], sorted
        Times of spikes in ms.
    n_neurons : int
        Neurons of the population.
    bin_ms : float, > 0
        Width of a bin. A last bin that is not whole is left out.
    start_ms, stop_ms : float, optional
        The window start_ms <= t < stop_ms; default 0 .. the last spike.

    Returns
    -------
    t_ms : float64 [n_bins]
        Where bins begin.
    rate_Hz : float64 [n_bins]

    Raises
    ------
    ValueError
        Spikes that are not sorted, of two shapes, or of neurons that are not there; an empty window.

    Examples
    --------
    >>> sw.analysis.population_rate([1, 2, 12], 2, 10, stop_ms=20)
    (array([ 0., 10.]), array([100.,  50.]))
    """
    n = counts(t_ms, np.zeros(np.size(t_ms), dtype=np.int64), 1, bin_ms, start_ms=start_ms, stop_ms=stop_ms)[0]
    return start_ms + bin_ms * np.arange(len(n)), n * (1000.0 / bin_ms / n_neurons)


def power_spectrum(t_ms: ArrayLike, n_neurons: int, *, bin_ms: float = 1.0, segment_ms: float = 1000.0,
                   start_ms: float = 0.0, stop_ms: float | None = None) -> tuple[Floats, Floats]:
    """Power spectral density of a population's mean rate, two-sided, without its mean.

    Mean over segments that overlap by half, each under a Hann window (Welch 1967). Independent Poisson neurons of
    rate r have S = r / n_neurons at all frequencies.

    Parameters
    ----------
    t_ms : array [n_spikes], sorted
        Times of spikes in ms.
    n_neurons : int
        Neurons of the population.
    bin_ms : float, > 0
        Width of a bin. Frequencies reach to half of its inverse.
    segment_ms : float
        A segment; frequencies are multiples of its inverse.
    start_ms, stop_ms : float, optional
        The window start_ms <= t < stop_ms; default 0 .. the last spike.

    Returns
    -------
    f_Hz : float64 [n_frequencies]
    S : float64 [n_frequencies]
        In Hz^2 / Hz.

    Raises
    ------
    ValueError
        Spikes that are not sorted, of two shapes, or of neurons that are not there; an empty window. A segment that is no 2 bins, or longer than the window.

    Examples
    --------
    >>> f_Hz, S = sw.analysis.power_spectrum(np.arange(0, 2000, 50.0), 1)  # a clock of 20 Hz
    >>> f_Hz[np.argmax(S[:30])]
    20.0
    """
    _, rate_Hz = population_rate(t_ms, n_neurons, bin_ms, start_ms=start_ms, stop_ms=stop_ms)
    length = int(round(segment_ms / bin_ms))
    if length < 2 or length > len(rate_Hz):
        raise ValueError(f"segment_ms must be of 2 .. {len(rate_Hz)} bins of {bin_ms} ms, got {segment_ms}")
    window = np.hanning(length + 1)[:-1]
    step = max(1, length // 2)
    begins = np.arange(0, len(rate_Hz) - length + 1, step)
    segments = np.lib.stride_tricks.sliding_window_view(rate_Hz, length)[begins]
    spectra = np.abs(np.fft.rfft((segments - rate_Hz.mean()) * window, axis=1)) ** 2
    step_s = 1e-3 * bin_ms
    return np.fft.rfftfreq(length, step_s), spectra.mean(axis=0) * step_s / np.sum(window ** 2)


def bursts(t_ms: ArrayLike, neurons: ArrayLike, *, max_interval_ms: float = 10.0, min_spikes: int = 3, start_ms: float = 0.0,
           stop_ms: float | None = None) -> tuple[Floats, Floats, Integers, Integers]:
    """Runs of `min_spikes` or more spikes of a neuron at intervals of `max_interval_ms` or less.

    Parameters
    ----------
    t_ms : array [n_spikes], sorted
        Times of spikes in ms.
    neurons : array [n_spikes]
        Which neuron fired each, 0 .. n_neurons - 1.
    max_interval_ms : float
        The longest interval within a burst.
    min_spikes : int
        The fewest spikes of a burst.
    start_ms, stop_ms : float, optional
        The window start_ms <= t < stop_ms; default 0 .. the last spike.

    Returns
    -------
    begin_ms, end_ms : float64 [n_bursts]
        By neuron and then by time.
    neurons, n_spikes : int64 [n_bursts]

    Raises
    ------
    ValueError
        Spikes that are not sorted, of two shapes, or of neurons that are not there; an empty window.

    Examples
    --------
    >>> sw.analysis.bursts([0, 5, 9, 50, 100, 104, 108], [0, 0, 0, 0, 0, 0, 0])
    (array([  0., 100.]), array([  9., 108.]), array([0, 0]), array([3, 3]))
    """
    t_ms, neurons, _ = _window(t_ms, neurons, None, start_ms, stop_ms)
    if len(t_ms) == 0:
        return np.zeros(0), np.zeros(0), np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    t_ms, neurons = _by_neuron(t_ms, neurons)
    breaks = np.flatnonzero((neurons[1:] != neurons[:-1]) | (np.diff(t_ms) > max_interval_ms))
    first = np.append(0, breaks + 1)
    last = np.append(breaks, len(t_ms) - 1)
    n_spikes = last - first + 1
    long = n_spikes >= min_spikes
    return t_ms[first[long]], t_ms[last[long]], neurons[first[long]], n_spikes[long]
