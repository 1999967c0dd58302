#pragma once

/// All of Spikewell for programs that use the library: networks and their simulation, files, training and
/// evaluation of the attractor network in both forms, mapping onto boards. README.md, "From C++".
///
///     spikewell::Network net;
///     const auto E = net.add(spikewell::NeuronPopulation{.name = "E", .size = 800});
///     net.connect(E, E, {.connector = spikewell::FixedIndegree{80}, .weight = spikewell::Constant{0.5}});
///     spikewell::Simulator simulator(net);
///     spikewell::SpikeRecorder spikes(E);
///     simulator.run(1000.0, {&spikes});

// Errors of one line each.
#include "core/error.hpp"

// The energy that a stretch of work takes, measured or estimated.
#include "core/energy.hpp"

// Networks, what is recorded of them, and their simulation.
#include "network/catalogue.hpp"
#include "network/description.hpp"
#include "network/engine/recorder.hpp"
#include "network/engine/simulator.hpp"
#include "network/network.hpp"

// Network files (network/FORMAT.md), layouts, models.
#include "io/config_file.hpp"
#include "io/layout_files.hpp"
#include "io/model_file.hpp"
#include "io/network/network_file.hpp"

// The attractor network in rates and in spikes: training and evaluation.
#include "experiments/compare.hpp"
#include "experiments/dataset.hpp"
#include "experiments/evaluation.hpp"
#include "experiments/training.hpp"

// Mapping onto boards.
#include "mapping/board.hpp"
#include "mapping/check.hpp"
#include "mapping/layout.hpp"
#include "mapping/machine.hpp"
#include "mapping/partition.hpp"
