#include "network/engine/simulator.hpp"

#include "core/checkpoint.hpp"
#include "core/error.hpp"
#include "core/parallel.hpp"
#include "io/network/network_file.hpp"
#include "io/output.hpp"
#include "python/arrays.hpp"
#include "python/bindings.hpp"
#include "python/documents.hpp"
#include "python/interruption.hpp"
#include "python/kept_recordings.hpp"
#include "python/shared_spikes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <optional>
#include <pybind11/stl.h>
#include <pybind11/stl/filesystem.h>
#include <variant>

namespace spikewell::python {

namespace {

/// A population or projection by its name or by its number.
using Key = std::variant<std::size_t, std::string>;

NetworkDescription description_of(const py::object& network) {
    if (const auto path = path_of(network, "network")) return io::read_network(*path);
    return io::parse_network(from_dict(py::dict(network), "network"), "network", ".");
}

std::size_t index_of(const Key& key,
                     const std::vector<std::string>& names,
                     const std::string& kind) {
    if (const auto* number = std::get_if<std::size_t>(&key)) {
        if (*number < names.size()) return *number;
        throw NetworkError("network",
                           fmt::format("has {} {}s, no number {}", names.size(), kind, *number));
    }
    const auto& name = std::get<std::string>(key);
    const auto found = std::find(names.begin(), names.end(), name);
    if (found != names.end() && !name.empty())
        return static_cast<std::size_t>(found - names.begin());
    const std::string nearest = nearest_name(name, names);
    throw NetworkError(
        "network", fmt::format("has no {} {}{}", kind, io::printable(name),
                               nearest.empty() ? "" : fmt::format("; did you mean {}?", nearest)));
}

using Numbers = py::array_t<double, py::array::c_style | py::array::forcecast>;

/// The values of an array [n_values].
std::span<const double> values_of(const Numbers& array,
                                  std::size_t n_values,
                                  const std::string& what) {
    if (array.ndim() != 1 || static_cast<std::size_t>(array.size()) != n_values)
        throw ParameterError("Simulator", what, std::string(py::str(array.attr("shape"))),
                             fmt::format("of shape ({},)", n_values));
    return {array.data(), n_values};
}

/// What a file of `save` says that it is of.
std::uint64_t saved_by_python() {
    return digest("spikewell.Simulator.save");
}

/// A simulator that keeps all spikes and recordings, and knows names.
class KeepingSimulator {
  public:
    KeepingSimulator(const py::object& network, int n_threads) {
        if (n_threads < 0 || n_threads > 4096)
            throw ParameterError("Simulator", "threads", n_threads, "0 .. 4096");
        NetworkDescription description = description_of(network);
        const py::gil_scoped_release others_run;
        duration_ms_ = description.duration_ms;
        for (const Population& population : description.network.populations) {
            populations_.push_back(name_of(population));
            const auto index = static_cast<std::uint32_t>(spikes_.size());
            spikes_.push_back(std::make_unique<SharedSpikes>(PopulationId{index}));
            is_lif_.push_back(std::holds_alternative<NeuronPopulation>(population));
            n_nodes_.push_back(is_dyadic(population) ? n_targets_of(population) : 0);
        }
        for (const Projection& projection : description.network.projections) {
            projections_.push_back(name_of(projection));
            has_synapses_.push_back(std::holds_alternative<SynapticProjection>(projection));
        }
        recordings_.emplace(description.recordings, description.network);
        simulator_.emplace(std::move(description.network),
                           n_threads > 0 ? n_threads : hardware_threads());
    }

    void run(const std::optional<double>& duration_ms) {
        const auto alone = lock();
        std::vector<Recorder*> recorders;
        for (const auto& spikes : spikes_)
            recorders.push_back(spikes.get());
        recorders.push_back(&*recordings_);
        const py::gil_scoped_release others_run;
        Interruption interruption;
        simulator_->run(duration_ms.value_or(duration_ms_), recorders, [&](double) {
            interruption.check();
            return true;
        });
    }

    [[nodiscard]] double time_ms() const {
        const auto alone = lock();
        return simulator_->time_ms();
    }
    [[nodiscard]] std::vector<std::string> populations() const { return populations_; }
    [[nodiscard]] std::vector<std::string> projections() const { return projections_; }

    [[nodiscard]] std::vector<std::string> recordings() const { return recordings_->names(); }
    [[nodiscard]] double duration_ms() const { return duration_ms_; }
    [[nodiscard]] int n_threads() const { return simulator_->n_threads(); }

    [[nodiscard]] py::dict recorded(const std::string& name) const {
        const auto alone = lock();
        return recordings_->arrays(
            recordings_->names()[index_of(name, recordings_->names(), "recording")]);
    }

    void set_evidence(const Key& population, const Numbers& evidence) {
        const auto alone = lock();
        const std::size_t p = dyadic_index(population, "set_evidence");
        simulator_->set_evidence({static_cast<std::uint32_t>(p)},
                                 values_of(evidence, n_nodes_[p], "evidence"));
    }
    void set_state(const Key& population, const Numbers& means) {
        const auto alone = lock();
        const std::size_t p = dyadic_index(population, "set_state");
        simulator_->set_state({static_cast<std::uint32_t>(p)},
                              values_of(means, n_nodes_[p], "means"));
    }
    void set_inverse_temperature(const Key& population, double inverse_temperature) {
        const auto alone = lock();
        const std::size_t p = dyadic_index(population, "set_inverse_temperature");
        simulator_->set_inverse_temperature({static_cast<std::uint32_t>(p)}, inverse_temperature);
    }
    void set_learning(const Key& projection, bool learning) {
        const auto alone = lock();
        const std::size_t p = index_of(projection, projections_, "projection");
        simulator_->set_learning({static_cast<std::uint32_t>(p)}, learning);
    }
    void add_spikes(
        const Key& population,
        const Numbers& times_ms,
        const py::array_t<std::uint32_t, py::array::c_style | py::array::forcecast>& neurons) {
        const auto alone = lock();
        const std::size_t p = index_of(population, populations_, "population");
        const auto n = static_cast<std::size_t>(times_ms.size());
        const std::span<const double> times = values_of(times_ms, n, "times_ms");
        if (neurons.ndim() != 1 || static_cast<std::size_t>(neurons.size()) != n)
            throw ParameterError("add_spikes", "neurons",
                                 std::string(py::str(neurons.attr("shape"))),
                                 fmt::format("of shape ({},), as times_ms", n));
        std::vector<Spike> spikes;
        for (std::size_t k = 0; k < n; ++k)
            spikes.push_back({times[k], neurons.data()[k]});
        simulator_->add_spikes({static_cast<std::uint32_t>(p)}, spikes);
    }

    void save(const std::filesystem::path& path, bool force) const {
        const auto alone = lock();
        if (!force && std::filesystem::exists(path))
            throw IoError(path.string(), "is there already; with force=True it is replaced");
        const py::gil_scoped_release others_run;
        write_checkpoint(path, simulator_->save(), saved_by_python());
    }
    void load(const std::filesystem::path& path) {
        const auto alone = lock();
        const py::gil_scoped_release others_run;
        simulator_->load(
            read_checkpoint(path, saved_by_python(), "program: it is not of Simulator.save"));
        for (const auto& spikes : spikes_)
            spikes->clear();
        recordings_->clear();
    }

    [[nodiscard]] py::tuple spikes(const Key& population) const {
        const auto alone = lock();
        return spikes_[index_of(population, populations_, "population")]->arrays();
    }

    [[nodiscard]] py::array_t<double> potentials(const Key& population) const {
        const auto alone = lock();
        const std::size_t p = index_of(population, populations_, "population");
        if (!is_lif_[p])
            throw ParameterError("potentials", "population", populations_[p], "of LIF neurons");
        return owning_array(simulator_->potentials({static_cast<std::uint32_t>(p)}));
    }

    [[nodiscard]] py::array_t<double> state(const Key& population) const {
        const auto alone = lock();
        const std::size_t p = dyadic_index(population, "state");
        return owning_array(simulator_->state({static_cast<std::uint32_t>(p)}));
    }

    [[nodiscard]] py::array_t<double> coupling(const Key& projection) const {
        const auto alone = lock();
        const std::size_t p = index_of(projection, projections_, "projection");
        if (has_synapses_[p])
            throw ParameterError("coupling", "projection", fmt::format("{}", p),
                                 "one through couplings, not synapses");
        return owning_array(simulator_->coupling({static_cast<std::uint32_t>(p)}));
    }

    [[nodiscard]] py::tuple synapses(const Key& projection) const {
        const auto alone = lock();
        const std::size_t p = index_of(projection, projections_, "projection");
        if (!has_synapses_[p])
            throw ParameterError("synapses", "projection", fmt::format("{}", p),
                                 "one through synapses, not couplings");
        auto owned = std::make_unique<std::vector<Synapse>>(
            simulator_->synapses({static_cast<std::uint32_t>(p)}));
        const std::size_t n = owned->size();
        const Synapse none;
        const Synapse& first = owned->empty() ? none : owned->front();
        const py::capsule keeper = keeper_of(std::move(owned));
        return py::make_tuple(
            view_of<Synapse>(first.pre, n, keeper), view_of<Synapse>(first.post, n, keeper),
            view_of<Synapse>(first.weight, n, keeper), view_of<Synapse>(first.delay_ms, n, keeper));
    }

  private:
    /// Another thread of Python's may not look while one runs.
    [[nodiscard]] std::unique_lock<std::mutex> lock() const {
        std::unique_lock alone(running_, std::try_to_lock);
        if (!alone) throw NetworkError("Simulator", "is running in another thread");
        return alone;
    }

    [[nodiscard]] std::size_t dyadic_index(const Key& population, const std::string& what) const {
        const std::size_t p = index_of(population, populations_, "population");
        if (n_nodes_[p] == 0)
            throw ParameterError(what, "population", populations_[p], "of dyadic nodes");
        return p;
    }

    double duration_ms_ = 0.0;
    std::vector<std::string> populations_;              // [n_populations]
    std::vector<bool> is_lif_;                          // [n_populations]
    std::vector<std::size_t> n_nodes_;                  // [n_populations], 0: no nodes
    std::vector<std::unique_ptr<SharedSpikes>> spikes_; // [n_populations]
    std::optional<KeptRecordings> recordings_;
    std::vector<std::string> projections_; // [n_projections], some ""
    std::vector<bool> has_synapses_;       // [n_projections]
    std::optional<Simulator> simulator_;
    mutable std::mutex running_;
};

/// What it is of.
void add_facts(py::class_<KeepingSimulator>& simulator) {
    simulator
        .def_property_readonly("time_ms", &KeepingSimulator::time_ms, "Model time reached, ms.")
        .def_property_readonly("populations", &KeepingSimulator::populations,
                               "Names, in the network's order.")
        .def_property_readonly("projections", &KeepingSimulator::projections,
                               "Names, in the network's order; \"\" where there is none.")
        .def_property_readonly(
            "recordings", &KeepingSimulator::recordings,
            "Names of what the network says is to be recorded of states, weights\n"
            "and couplings.")
        .def_property_readonly("duration_ms", &KeepingSimulator::duration_ms,
                               "The network's own, ms.")
        .def_property_readonly("threads", &KeepingSimulator::n_threads, "Threads that take part.");
}

/// What changes it while it runs.
void add_changes(py::class_<KeepingSimulator>& simulator) {
    simulator
        .def("set_evidence", &KeepingSimulator::set_evidence, py::arg("population"),
             py::arg("evidence"),
             "Evidence of each dyadic node from now on, float64 [n_nodes], -1e6 .. 1e6.")
        .def("set_state", &KeepingSimulator::set_state, py::arg("population"), py::arg("means"),
             "Draws the state of each dyadic node now, with these means, float64 [n_nodes], -1 .. "
             "1.")
        .def("set_inverse_temperature", &KeepingSimulator::set_inverse_temperature,
             py::arg("population"), py::arg("inverse_temperature"),
             "Precision of the nodes' states from now on, 0 .. 1e6.")
        .def("set_learning", &KeepingSimulator::set_learning, py::arg("projection"),
             py::arg("learning"), "Turns the projection's rule on or off from now on.")
        .def("add_spikes", &KeepingSimulator::add_spikes, py::arg("population"),
             py::arg("times_ms"), py::arg("neurons"),
             "Adds spikes to a population of listed ones: times float64 [n] in ms, now or later, "
             "and\n"
             "neurons [n], in any order.");
}

/// What has come out so far.
void add_results(py::class_<KeepingSimulator>& simulator) {
    simulator
        .def("recorded", &KeepingSimulator::recorded, py::arg("name"),
             "What a recording of the network holds so far, a dict of arrays that are the "
             "caller's.\n"
             "Of potentials and states: \"t_ms\" float64 [n_samples], \"neurons\" uint32 [n] (of\n"
             "nodes likewise) and each variable, as \"V_mV\", float64 [n_samples, n]. Of weights "
             "and\n"
             "couplings: \"t_ms\", \"pre\", \"post\" uint32 [n] and \"weights\" float32\n"
             "[n_samples, n].")
        .def("spikes", &KeepingSimulator::spikes, py::arg("population"),
             "(times, neurons) so far, sorted: float64 [n_spikes] in ms, uint32 [n_spikes].\n"
             "Read-only views without copies; what they show stays when the run goes on.")
        .def("potentials", &KeepingSimulator::potentials, py::arg("population"),
             "V of each LIF neuron now, float64 [n_neurons] in mV. The array is the caller's.")
        .def(
            "state", &KeepingSimulator::state, py::arg("population"),
            "State of each dyadic node now, float64 [n_nodes], -1 .. 1. The array is the caller's.")
        .def("coupling", &KeepingSimulator::coupling, py::arg("projection"),
             "Couplings now between dyadic nodes, float64 [n_post_nodes, n_pre_nodes], [i, j]\n"
             "from node j to node i; dimensionless. The array is the caller's.")
        .def("synapses", &KeepingSimulator::synapses, py::arg("projection"),
             "(pre, post, weight, delay) now, each [n_synapses], sorted by (pre, post): uint32,\n"
             "uint32 (within the projection's ranges), float32 in mV, float32 in ms. The arrays\n"
             "are the caller's.");
}

} // namespace

void add_simulator(py::module_& module) {
    py::class_<KeepingSimulator> simulator(
        module, "Simulator",
        "Simulates any network: a dict or the path of a network file (network/FORMAT.md; paths\n"
        "in a dict are relative to the working directory). All spikes are kept, and what the\n"
        "network says is to be recorded (`recorded`). threads: 0 for all cores; results do not "
        "depend on it. Populations and projections are asked for by\n"
        "name or by number.");
    simulator.def(py::init<const py::object&, int>(), py::arg("network"), py::arg("threads") = 1)
        .def("run", &KeepingSimulator::run, py::arg("duration_ms") = py::none(),
             "Advances by duration_ms >= 0; default the network's own duration_ms.")
        .def("save", &KeepingSimulator::save, py::arg("path"), py::arg("force") = false,
             "Writes all that the future depends on; spikes and recordings so far are not among "
             "it.\n"
             "force: also over a file.")
        .def("load", &KeepingSimulator::load, py::arg("path"),
             "Goes back, or on, to what `save` wrote of a simulator of the same network, with any\n"
             "number of threads. Spikes and recordings begin anew.");
    add_facts(simulator);
    add_changes(simulator);
    add_results(simulator);
}

} // namespace spikewell::python
