"""Spikewell: the free-energy attractor network in rates and in spikes, and any spiking network.

train, load_model, Model, Inference, Dream, default_config, training_images: the attractor network.
Network: any network, piece by piece; uniform, normal, lognormal: values that vary.
Layout: a network on a neuromorphic board.
Simulator: any network of a dict or a file.
analysis: statistics of spike trains. plot: pictures on matplotlib.
models: neuron models, plasticity rules and connectors with their parameters.
Errors are spikewell.Error (a ValueError) of one line each: DescriptionError, ParameterError, NetworkError, IoError.
"""
from . import analysis, plot
from ._spikewell import (DescriptionError, Error, IoError, NetworkError, ParameterError, Simulator, __version__,
                         default_config, models, training_images)
from .attractor import Dream, Inference, Model, load_model, train
from .layout import Layout
from .network import Network, Population, Projection, Recording, Selection, Simulation, lognormal, normal, uniform

__all__ = ["DescriptionError", "Dream", "Error", "Inference", "IoError", "Layout", "Model", "Network", "NetworkError", "ParameterError",
           "Population", "Projection", "Recording", "Selection", "Simulation", "Simulator", "__version__", "analysis",
           "default_config", "load_model", "lognormal", "models", "normal", "plot", "train", "training_images", "uniform"]
