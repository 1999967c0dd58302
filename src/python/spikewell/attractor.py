"""Attractor networks from the free-energy principle, in rates and in spikes: learnt from arrays, asked, and kept."""
from __future__ import annotations

import math
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from . import _html
from ._spikewell import (NetworkError, _compare, _dream, _export_model, _landscape, _load_model, _Model, _train_config,
                         _train_images, default_config)
from ._types import Array, ArrayLike, Document, Floats, Integers, Path, Progress, Spikes

__all__ = ["Dream", "Inference", "Model", "load_model", "train"]


def _told(progress: Progress, what: str = "training") -> tuple[Callable[[float], object] | None, Callable[[], None]]:
    """What is told how far something is, and what ends that: tqdm where it is installed, else a line on stderr."""
    if progress is False or progress is None:
        return None, lambda: None
    if progress is not True:
        return progress, lambda: None
    try:
        from tqdm.auto import tqdm
    except ImportError:
        def line(fraction):
            print(f"\r{what}: {100 * fraction:3.0f} %", end="", file=sys.stderr, flush=True)
        return line, lambda: print(file=sys.stderr)
    bar = tqdm(total=100, desc=what, unit="%")

    def update(fraction):
        bar.update(int(100 * fraction) - bar.n)
    return update, bar.close


def _config(config: Document | None = None, **sections: Any) -> Document:
    """A CONFIG: the defaults or `config`, with what the sections say."""
    config = default_config() if config is None else config
    for key, value in sections.items():
        if value is None:
            continue
        if isinstance(value, dict):
            config[key] = {**config[key], **value}
        else:
            config[key] = value
    return config


def _arrays_config(config: Document | None, preprocess: str | None, training: Document | None, spiking: Document | None,
                   evaluation: Document | None, seed: int | None) -> Document:
    """Of images that are arrays: no file is part of it."""
    config = _config(config, training=training, spiking=spiking, evaluation=evaluation, seed=seed)
    config["data"] = {"label_column": None, "first": 1, "test_rows": [],
                      "preprocess": config["data"]["preprocess"] if preprocess is None else preprocess}
    return config


def train(images: ArrayLike | Document | Path | None = None, labels: Sequence[int] | str | None = None, backend: str = "spiking",
          *, preprocess: str | None = None, training: Document | None = None, spiking: Document | None = None,
          evaluation: Document | None = None, seed: int | None = None, progress: Progress = False) -> Model:
    """Learns an attractor network.

    Parameters
    ----------
    images : array [n_images, n_nodes], or dict, path or None
        Images as rows, learnt as they are preprocessed. A dict is a whole CONFIG, a path that of one, None the CONFIG of
        all defaults (ten digits): then it says everything but `backend` and `progress`.
    labels : sequence of int, optional
        What images show; default their numbers. `train(config, "rate")` is short for `train(config, backend="rate")`.
    backend : {"spiking", "rate"}
        The form that learns, and that runs.
    preprocess : {"square-zscore", "zscore", "none"}, optional
        Default "square-zscore": each pixel squared, then each image at mean 0 and standard deviation 1.
    training, spiking, evaluation : dict, optional
        Sections of a CONFIG, what differs from the defaults: `training={"presentations": 500}`.
    seed : int, optional
        Default 1. The same images, settings and seed give the same couplings.
    progress : bool or callable
        True shows how far it is, by tqdm where that is installed; a callable is told fractions 0 .. 1.

    Returns
    -------
    Model
        With the preprocessed images as `Model.images`.

    Raises
    ------
    Error
        The program's line: what is wrong and where.

    Examples
    --------
    >>> images = np.random.default_rng(1).random((3, 16))
    >>> model = sw.train(images, backend="rate", training={"presentations": 50})
    >>> model
    <Model: 16 nodes, rate, learnt from 3 images>
    >>> model.infer(model.images[0], steps=20).states.shape
    (20, 16)
    """
    if isinstance(labels, str):  # train(config, "rate")
        backend, labels = labels, None
    tell, end = _told(progress)
    try:
        if images is None or isinstance(images, (dict, str, os.PathLike)):
            given = {"labels": labels, "preprocess": preprocess, "training": training, "spiking": spiking,
                     "evaluation": evaluation, "seed": seed}
            for key, value in given.items():
                if value is not None:
                    raise TypeError(f"train: {key} goes with an array of images; a CONFIG says it itself")
            return Model._of(_train_config(images, backend, tell))
        config = _arrays_config(None, preprocess, training, spiking, evaluation, seed)
        labels = None if labels is None else [int(label) for label in labels]
        return Model._of(_train_images(images, labels, config, backend, tell))
    finally:
        end()


def load_model(path: Path) -> Model:
    """The model of a file (JSON or HDF5) that `spikewell train` or `Model.save` wrote.

    Parameters
    ----------
    path : path
        Of either kind; which one it is, its content tells.

    Returns
    -------
    Model
        With a state of its own that begins anew.

    Raises
    ------
    IoError, DescriptionError
        A file that is not there, or no model.

    Examples
    --------
    >>> sw.Model([[0, 1], [1, 0]], backend="rate").save("model.json")
    >>> sw.load_model("model.json").coupling
    array([[0., 1.],
           [1., 0.]])
    """
    return Model._of(_load_model(path))


class Inference:
    """What a network made of evidence; `Model.infer` makes it.

    Attributes
    ----------
    states : float64 [n_steps, n_nodes], -1 .. 1
        Of the spiking form the mean of each step of tau_ref, of the rate form the state that was drawn.
    mean : float64 [n_nodes]
        Over the steps.
    spikes : (float64 [n_spikes], uint32 [n_spikes])
        Times in ms from the beginning, and neurons (neuron k of node i is i K + k); none in the rate form.
    evidence : float64 [1, n_nodes] or [n_steps, n_nodes]
        What it was shown.
    free_energy, complexity, accuracy : float64 [n_steps]
        Of each step's state, in nats.

    Examples
    --------
    >>> model = sw.Model([[0, 1.5], [1.5, 0]], backend="rate")
    >>> inferred = model.infer([1.0, 0.0], steps=2000)
    >>> inferred
    <Inference: 2000 steps of 2 nodes, 0 spikes>
    >>> bool((inferred.mean > 0).all())  # the second follows the first
    True
    >>> np.allclose(inferred.free_energy, inferred.complexity - inferred.accuracy)
    True
    """

    def __init__(self, states: Floats, spikes: Spikes, evidence: Floats,
                 energies: Callable[[Floats, Floats], Floats]) -> None:
        self.states = states
        self.spikes = spikes
        self.evidence = evidence
        self._energies = energies
        self._found: Floats | None = None

    @property
    def mean(self) -> Floats:
        """Over the steps, float64 [n_nodes]."""
        return self.states.mean(axis=0)

    def _free_energies(self) -> Floats:
        if self._found is None:
            self._found = self._energies(self.evidence, self.states)
        return self._found

    @property
    def free_energy(self) -> Floats:
        """Of each step's state under its evidence, float64 [n_steps] in nats: complexity - accuracy."""
        return self._free_energies()[:, 0]

    @property
    def complexity(self) -> Floats:
        """Of each step, float64 [n_steps] in nats."""
        return self._free_energies()[:, 1]

    @property
    def accuracy(self) -> Floats:
        """Of each step, float64 [n_steps] in nats."""
        return self._free_energies()[:, 2]

    def _repr_html_(self) -> str:
        return _html.picture(self.states.T, f"{repr(self)[1:-1]}; nodes down, steps across")

    def __repr__(self) -> str:
        return f"<Inference: {self.states.shape[0]} steps of {self.states.shape[1]} nodes, {len(self.spikes[0])} spikes>"


class Dream:
    """A free run: what states a network takes without evidence; made by `Model.dream`.

    Attributes
    ----------
    states : float64 [n_steps, n_nodes], -1 .. 1
        One a tau_ref.
    attractors : float64 [n_attractors, n_nodes]
        Those that the training images lead to, and then their mirror images that no image leads to.
    nearest : int64 [n_steps]
        Which attractor each state is nearest to, by correlation; empty where there are none.
    transitions : int
        Changes of `nearest`.
    forward_transitions : int
        Those from an image's attractor to the next one's.
    occupancy : float64 [n_attractors]
        Share of steps near each.

    Examples
    --------
    >>> images = np.random.default_rng(1).random((3, 16))
    >>> model = sw.train(images, backend="rate", training={"presentations": 200})
    >>> dream = model.dream(steps=100)
    >>> dream.states.shape, dream.nearest.shape
    ((100, 16), (100,))
    """

    def __init__(self, states: Floats, attractors: Floats, said: Document) -> None:
        self.states = states
        self.attractors = attractors
        self.nearest = np.array(said["visited"] or [], dtype=np.int64)
        self.transitions = int(said["transitions"] or 0)
        self.forward_transitions = int(said["forward_transitions"] or 0)
        self.occupancy = np.array(said["occupancy"] or [], dtype=float)

    def __repr__(self) -> str:
        return (f"<Dream: {len(self.states)} steps, {len(self.attractors)} attractors, {self.transitions} transitions "
                f"between them>")

    def _repr_html_(self) -> str:
        return _html.picture(self.states.T, f"{self!r}: nodes down, steps across")


class Model:
    """An attractor network: couplings, what they were learnt with, and a state that goes on from call to call.

    Parameters
    ----------
    coupling : array [n_nodes, n_nodes]
        J[i, j] from node j to node i, dimensionless; the diagonal is 0.
    backend : {"spiking", "rate"}
        The form that learns, and that runs.
    images : array [n_images, n_nodes], optional
        What `attractors` and `evaluate` begin from, and the program compares states with; not preprocessed.
    labels : sequence of int, optional
        What images show; default their numbers.
    training, spiking, evaluation : dict, optional
        Sections of a CONFIG, what differs from the defaults.
    seed : int, optional
        Default 1.

    Raises
    ------
    ParameterError
        A coupling that is not square, not finite, or of a node to itself.

    Examples
    --------
    >>> J = np.array([[0, 1.5], [1.5, 0]])
    >>> model = sw.Model(J, backend="rate", seed=3)
    >>> model.infer(np.zeros(2), steps=1000).states.shape
    (1000, 2)
    """

    def __init__(self, coupling: ArrayLike, *, backend: str = "spiking", images: ArrayLike | None = None,
                 labels: Sequence[int] | None = None, training: Document | None = None, spiking: Document | None = None,
                 evaluation: Document | None = None, seed: int | None = None) -> None:
        config = _arrays_config(None, None, training, spiking, evaluation, seed)
        width = 0
        if images is not None:
            images = np.asarray(images, dtype=float)
            labels = list(range(len(images))) if labels is None else [int(label) for label in labels]
            root = math.isqrt(images.shape[-1])
            width = root if root * root == images.shape[-1] else images.shape[-1]
            config["data"].update(first=max(1, len(images)), preprocess="none")
        self._model = _Model(coupling, config, backend, images, labels, width)
        self._trainings = 0

    @classmethod
    def _of(cls, made: _Model) -> Model:
        model = cls.__new__(cls)
        model._model = made
        model._trainings = 1
        return model

    # --- What it is ---

    @property
    def coupling(self) -> Floats:
        """J, float64 [n_nodes, n_nodes], J[i, j] from node j to node i; dimensionless. A read-only view without a copy of
        the couplings there are now. To set others: `model.coupling = J`; the network then begins anew."""
        return self._model.coupling

    @coupling.setter
    def coupling(self, coupling: ArrayLike) -> None:
        self._model.coupling = coupling

    @property
    def n_nodes(self) -> int:
        """Nodes."""
        return self.coupling.shape[0]

    @property
    def config(self) -> Document:
        """What it was trained with, a CONFIG: a dict that is the caller's."""
        return self._model.config

    @property
    def backend(self) -> str:
        """"spiking" or "rate": the form that learns, and that runs."""
        return self._model.backend

    @property
    def images(self) -> Floats | Any:  # Any: trained models need no look whether it is None
        """The training images as evidence has them but for a factor, float64 [n_images, n_nodes], a read-only view; None of
        a model that has none."""
        return self._model.images

    @property
    def labels(self) -> Integers | Any:
        """What training images show, int [n_images]; None of a model that has none."""
        labels = self._model.labels
        return None if labels is None else np.array(labels)

    def __repr__(self) -> str:
        images = self.images
        learnt = "" if images is None else f", learnt from {len(images)} images"
        return f"<Model: {self.n_nodes} nodes, {self.backend}{learnt}>"

    def _repr_html_(self) -> str:
        images, labels = self.images, self.labels
        shown = _html.picture(self.coupling, "couplings, from column to row")
        if images is not None and labels is not None:
            for row, label in zip(images[:10], labels):
                shown += _html.picture(np.reshape(row, (-1, self._model.width)), f"image {label}", height_px=60)
        return f"<p>{repr(self)[1:-1]}</p>{shown}"

    # --- What it does ---

    def infer(self, evidence: ArrayLike, steps: int | None = None, inverse_temperature: float | None = None, *,
              initial: ArrayLike | None = None, learning: bool = False, duration_ms: float | None = None) -> Inference:
        """Runs under evidence; the state goes on from call to call.

        Parameters
        ----------
        evidence : array [n_nodes] or [n_steps, n_nodes]
            Constant, or of each step; zeros: a free run.
        steps : int, 1 .. 1e9
            Times tau_ref (rates: updates); of constant evidence. `duration_ms`, of the spiking form, says the same in ms.
        inverse_temperature : float, 1e-6 .. 1e3, optional
            Default that of config["evaluation"].
        initial : array [n_nodes], -1 .. 1, optional
            States to begin with; of the spiking form the means that they are drawn with.
        learning : bool
            Whether couplings learn meanwhile, at config["training"]'s rate.
        duration_ms : float, optional
            In place of `steps`; a multiple of tau_ref.

        Returns
        -------
        Inference
            States, spikes and free energy of this call.

        Raises
        ------
        NetworkError, ParameterError
            Evidence of another shape or not finite; not exactly one of `steps` and `duration_ms` where it is constant.

        Examples
        --------
        >>> model = sw.Model([[0, 1.5], [1.5, 0]], seed=3)
        >>> model.infer([1.0, 0.0], steps=50).states.shape
        (50, 2)
        >>> model.infer(np.zeros((20, 2))).states.shape  # goes on, evidence of each step
        (20, 2)
        """
        evidence = np.asarray(evidence, dtype=float)
        if evidence.ndim == 1:
            steps = self._steps(steps, duration_ms, "infer")
            evidence = evidence[np.newaxis]
        elif steps is not None or duration_ms is not None:
            raise NetworkError("infer: steps and duration_ms go with constant evidence [n_nodes]; this has a row for each step")
        else:
            steps = len(evidence)
        if inverse_temperature is None:
            inverse_temperature = self.config["evaluation"]["inverse_temperature"]
        initial = None if initial is None else np.asarray(initial, dtype=float)[np.newaxis]
        states, (t_ms, neurons), begin_ms = self._model.infer(evidence, steps, initial, learning, inverse_temperature)
        return Inference(states, (t_ms - begin_ms, neurons), evidence, self._model.free_energy)

    def dream(self, steps: int | None = None, *, duration_ms: float | None = None,
              inverse_temperature: float | None = None, progress: Progress = False) -> Dream:
        """Lets it run free: no evidence, no learning, from the model's seed; what `spikewell dream` does.

        Parameters
        ----------
        steps : int, 1 .. 1e9
            Times tau_ref (rates: updates). `duration_ms`, of the spiking form, says the same in ms.
        duration_ms : float
            A multiple of tau_ref.
        inverse_temperature : float, 1e-6 .. 1e3, optional
            Default that of config["evaluation"].
        progress : bool or callable
            As of `train`.

        Returns
        -------
        Dream

        Raises
        ------
        Error
            A model without images, or numbers out of range.

        Examples
        --------
        >>> images = np.random.default_rng(1).random((3, 16))
        >>> model = sw.train(images, backend="spiking", training={"presentations": 50})
        >>> model.dream(duration_ms=200).states.shape
        (20, 16)
        """
        if inverse_temperature is None:
            inverse_temperature = self.config["evaluation"]["inverse_temperature"]
        tell, end = _told(progress, "dream")
        try:
            return Dream(*_dream(self._model, self._steps(steps, duration_ms, "dream"), inverse_temperature, tell))
        finally:
            end()

    def compare(self, *, report: Path | None = None, force: bool = False, progress: Progress = False) -> Document:
        """Trains both forms with the model's images, settings and seed, and evaluates them side by side, as `spikewell compare`.

        The model itself stays as it is.

        Parameters
        ----------
        report : path, optional
            A page (HTML) to write.
        force : bool
            Also over a file.
        progress : bool or callable
            As of `train`.

        Returns
        -------
        dict
            What `spikewell compare` writes as compare.json.

        Raises
        ------
        Error
            A model without images, or a page that cannot be written.

        Examples
        --------
        >>> images = np.random.default_rng(1).random((3, 16))
        >>> model = sw.train(images, backend="rate", training={"presentations": 20}, evaluation={"trials": 2, "steps": 5})
        >>> found = model.compare(report="report.html")
        >>> sorted(set(found) & {"rate", "spiking", "transfer"})
        ['rate', 'spiking', 'transfer']
        """
        tell, end = _told(progress, "compare")
        try:
            return _compare(self._model, None if report is None else os.fspath(report), force, tell)
        finally:
            end()

    def landscape(self, betas: ArrayLike = (), *, at: float = 0.0, node: str = "tanh", scaling: str = "zscore",
                  starts: int = 1000, permuted: bool = False, surrogates: int = 100, free_steps: int = 20000,
                  seed: int | None = None, threads: int = 0, report: Path | None = None, force: bool = False,
                  progress: Progress = False) -> Document:
        """The attractors of the couplings' deterministic map over inverse temperatures, as `spikewell landscape`.

        Parameters
        ----------
        betas : array [n], > 0
            Inverse temperatures; none: eight around the onset.
        at : float
            That of null models and free runs; 0: the first beyond the onset.
        node : {"tanh", "langevin"}
            Of the map.
        scaling : {"zscore", "columns", "spectral", "none"}
            What is done to the couplings first.
        starts : int
            At each inverse temperature.
        permuted : bool
            Beside couplings in other places.
        surrogates : int
            So many of them.
        free_steps : int
            Of each free run; 0: none.
        seed : int, optional
            Default the model's.
        threads : int
            0: all cores. Results do not depend on it.
        report : path, optional
            A page (HTML) to write.
        force : bool
            Also over a file.
        progress : bool or callable
            As of `train`.

        Returns
        -------
        dict
            What `spikewell landscape` writes as landscape.json, and of each of "points" "attractors", float64
            [n_attractors, n_nodes], the most visited first.

        Raises
        ------
        ParameterError
            Couplings that are not symmetric, or numbers out of range.

        Examples
        --------
        >>> J = np.ones((4, 4)) - np.eye(4)
        >>> found = sw.Model(J, backend="rate").landscape([2.0], scaling="none", starts=20, free_steps=0)
        >>> found["points"][0]["attractors"].shape
        (1, 4)
        """
        plan = {"betas": np.atleast_1d(np.asarray(betas, dtype=float)).tolist(), "at": float(at), "node": node,
                "scaling": scaling, "starts": int(starts), "permuted": bool(permuted), "surrogates": int(surrogates),
                "free_steps": int(free_steps), "seed": self.config["seed"] if seed is None else seed, "threads": threads}
        tell, end = _told(progress, "landscape")
        try:
            found, attractors = _landscape(self._model, plan, None if report is None else os.fspath(report), force, tell)
        finally:
            end()
        for point, states in zip(found["points"], attractors):
            point["attractors"] = states
        return found

    def _steps(self, steps: int | None, duration_ms: float | None, what: str) -> int:
        if (steps is None) == (duration_ms is None):
            raise NetworkError(f"{what}: one of steps and duration_ms must be given")
        if steps is not None:
            return steps
        if self.backend == "rate":
            raise NetworkError(f"{what}: the rate form has no time; steps must be given")
        step_ms = self.config["spiking"]["tau_ref_ms"]
        steps = round(duration_ms / step_ms)
        if abs(steps * step_ms - duration_ms) > 1e-9 * step_ms:
            raise NetworkError(f"{what}: duration_ms must be a multiple of tau_ref_ms, {step_ms:g}, got {duration_ms:g}")
        return steps

    def train(self, images: ArrayLike, *, training: Document | None = None, seed: int | None = None,
              preprocess: str | None = None, progress: Progress = False) -> Model:
        """Goes on learning from the couplings there are: other images, or the same again. The network then begins anew.

        Parameters
        ----------
        images : array [n_images, n_nodes]
            Images as rows, learnt as they are preprocessed.
        training : dict, optional
            What differs from config["training"].
        seed : int, optional
            Default the model's and the number of trainings before, so that each draws other random numbers.
        preprocess, progress
            As of `spikewell.train`.

        Returns
        -------
        Model
            Itself. `images` and `config` stay those of the first training.

        Raises
        ------
        Error
            The program's line: what is wrong and where.

        Examples
        --------
        >>> images = np.random.default_rng(1).random((4, 16))
        >>> model = sw.train(images[:3], backend="rate", training={"presentations": 50})
        >>> before = model.coupling.copy()
        >>> model.train(images[3:])
        <Model: 16 nodes, rate, learnt from 3 images>
        >>> np.array_equal(model.coupling, before)
        False
        """
        config = _arrays_config(self.config, preprocess, training, None, None,
                                self.config["seed"] + self._trainings if seed is None else seed)
        tell, end = _told(progress)
        try:
            self._model.train(images, config, tell)
        finally:
            end()
        self._trainings += 1
        return self

    def attractors(self, images: ArrayLike | None = None) -> tuple[Floats, Array]:
        """Where deterministic inference leads from images (default the training images).

        Parameters
        ----------
        images : array [n_images, n_nodes], optional
            States to begin from; default the training images.

        Returns
        -------
        states : float64 [n_images, n_nodes]
        settled : bool [n_images]
            Whether that is a fixed point; else the state still moves.

        Raises
        ------
        NetworkError
            No images are given, and the model has none.

        Examples
        --------
        >>> model = sw.Model([[0, 9], [9, 0]], backend="rate")
        >>> states, settled = model.attractors([[1, 1], [-1, -1]])
        >>> np.sign(states)
        array([[ 1.,  1.],
               [-1., -1.]])
        >>> settled
        array([ True,  True])
        """
        if images is None:
            images = self.images
            if images is None:
                raise NetworkError("attractors: the model has no training images; some must be given")
        return self._model.attractors(images)

    def evaluate(self, config: Document | Path | None = None, *, test_images: ArrayLike | None = None) -> Document:
        """Retrieval of noisy training images, generalization to test images, and attractors.

        Parameters
        ----------
        config : dict or path, optional
            A CONFIG; default the model's own.
        test_images : array [n_images, n_nodes], optional
            Preprocessed as training images are; default those of the CONFIG's data, if it has some.

        Returns
        -------
        dict
            What `spikewell evaluate` writes.

        Raises
        ------
        Error
            The program's line: what is wrong and where.

        Examples
        --------
        >>> images = np.random.default_rng(1).random((3, 16))
        >>> model = sw.train(images, backend="rate", training={"presentations": 200}, evaluation={"trials": 5})
        >>> found = model.evaluate()
        >>> found["retrieval_dr2_median"] > 0
        True
        """
        return self._model.evaluate(config, test_images)

    # --- Keeping it ---

    def save(self, path: Path, force: bool = False) -> None:
        """Writes the model file that the program reads.

        The state of the network that runs is not part of it.

        Parameters
        ----------
        path : path
            JSON, or HDF5 where the path ends in .h5 or .hdf5.
        force : bool
            Also over a file.

        Raises
        ------
        IoError
            A file is there already, or cannot be written.

        Examples
        --------
        >>> sw.Model([[0, 1], [1, 0]], backend="rate").save("model.h5")
        >>> sw.load_model("model.h5")
        <Model: 2 nodes, rate>
        """
        self._model.save(os.fspath(path), force)

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
        >>> images = np.random.default_rng(1).random((3, 16))
        >>> model = sw.train(images, backend="rate", training={"presentations": 50})
        >>> model.export("nir", "for_snntorch")["lost"]
        ["learning; the seed's streams"]
        """
        return _export_model(self._model, to, os.fspath(folder), force, nir_convention, nir_profile)

    def __getstate__(self) -> Document:
        model = self._model
        return {"coupling": np.array(model.coupling), "config": model.config, "backend": model.backend,
                "images": None if model.images is None else np.array(model.images), "labels": model.labels,
                "width": model.width, "running": model.running, "trainings": self._trainings}

    def __setstate__(self, state: Document) -> None:
        self._model = _Model(state["coupling"], state["config"], state["backend"], state["images"], state["labels"],
                             state["width"])
        self._model.running = state["running"]
        self._trainings = state["trainings"]
