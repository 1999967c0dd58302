#include "network/engine/simulator.hpp"

#include "core/checkpoint.hpp"
#include "core/energy.hpp"
#include "core/error.hpp"
#include "core/parallel.hpp"
#include "io/network/network_file.hpp"
#include "io/output.hpp"
#include "io/results/energy_json.hpp"
#include "python/arrays.hpp"
#include "python/bindings.hpp"
#include "python/documents.hpp"
#include "python/interruption.hpp"
#include "python/kept_recordings.hpp"
#include "python/shared_spikes.hpp"
#include "python/simulator_text.hpp"

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
        simulator_.emplace(std::move(description.network), threads_or_all(n_threads));
    }

    void run(const std::optional<double>& duration_ms) {
        const auto alone = lock();
        std::vector<Recorder*> recorders;
        for (const auto& spikes : spikes_)
            recorders.push_back(spikes.get());
        recorders.push_back(&*recordings_);
        const py::gil_scoped_release others_run;
        Interruption interruption;
        EnergyWatch watch;
        const Counters before = simulator_->counters();
        simulator_->run(duration_ms.value_or(duration_ms_), recorders, [&](double) {
            interruption.check();
            watch.look_now_and_then();
            return true;
        });
        const Counters now = simulator_->counters();
        if (energy_)
            *energy_ += watch.use();
        else
            energy_ = watch.use();
        done_.synaptic_events += now.synaptic_events - before.synaptic_events;
        done_.poisson_inputs += now.poisson_inputs - before.poisson_inputs;
    }

    [[nodiscard]] py::dict counters() const {
        const auto alone = lock();
        return to_dict(io::counters_to_json(simulator_->counters()));
    }

    [[nodiscard]] py::dict energy(const std::optional<double>& watts_per_core) const {
        const auto alone = lock();
        if (watts_per_core && !(*watts_per_core >= 1e-6 && *watts_per_core <= 1e6))
            throw ParameterError("energy", "watts_per_core", *watts_per_core, "1e-6 .. 1e6");
        const CorePower core =
            watts_per_core ? CorePower{*watts_per_core, "as watts_per_core says"} : CorePower{};
        return to_dict(io::energy_to_json(
            energy_.value_or(EnergyUse{0.0, std::nullopt, "nothing has run"}), core, done_));
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
        if (has_synapses_[p])
            throw ParameterError("set_learning", "projection", fmt::format("{}", p),
                                 "one through couplings; rules of synapses are always on");
        simulator_->set_learning({static_cast<std::uint32_t>(p)}, learning);
    }
    void set_rate_limit(double limit_Hz) {
        const auto alone = lock();
        simulator_->set_rate_limit(limit_Hz);
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
    std::optional<EnergyUse> energy_; // of what has run here
    io::EventsDone done_;             // likewise
    mutable std::mutex running_;
};

using PythonSimulator = py::class_<KeepingSimulator>;

void add_properties(PythonSimulator& simulator) {
    simulator
        .def_property_readonly("time_ms", &KeepingSimulator::time_ms, "Model time reached, ms.")
        .def_property_readonly("populations", &KeepingSimulator::populations,
                               "Names, in the network's order.")
        .def_property_readonly("projections", &KeepingSimulator::projections,
                               "Names, in the network's order; \"\" where there is none.")
        .def_property_readonly("recordings", &KeepingSimulator::recordings,
                               "Names of what the network says is to be recorded of states, "
                               "weights and couplings.")
        .def_property_readonly("duration_ms", &KeepingSimulator::duration_ms,
                               "The network's own, ms.")
        .def_property_readonly("threads", &KeepingSimulator::n_threads, "Threads that take part.");
}

void add_what_is_read(PythonSimulator& simulator) {
    simulator.def("recorded", &KeepingSimulator::recorded, py::arg("name"), text::k_recorded);
    simulator.def("spikes", &KeepingSimulator::spikes, py::arg("population"), text::k_spikes);
    simulator.def("potentials", &KeepingSimulator::potentials, py::arg("population"),
                  text::k_potentials);
    simulator.def("state", &KeepingSimulator::state, py::arg("population"), text::k_state);
    simulator.def("coupling", &KeepingSimulator::coupling, py::arg("projection"), text::k_coupling);
    simulator.def("synapses", &KeepingSimulator::synapses, py::arg("projection"), text::k_synapses);
    simulator.def("counters", &KeepingSimulator::counters, text::k_counters);
    simulator.def("energy", &KeepingSimulator::energy, py::arg("watts_per_core") = py::none(),
                  text::k_energy);
}

void add_what_is_set(PythonSimulator& simulator) {
    simulator.def("set_evidence", &KeepingSimulator::set_evidence, py::arg("population"),
                  py::arg("evidence"), text::k_set_evidence);
    simulator.def("set_state", &KeepingSimulator::set_state, py::arg("population"),
                  py::arg("means"), text::k_set_state);
    simulator.def("set_inverse_temperature", &KeepingSimulator::set_inverse_temperature,
                  py::arg("population"), py::arg("inverse_temperature"),
                  text::k_set_inverse_temperature);
    simulator.def("set_learning", &KeepingSimulator::set_learning, py::arg("projection"),
                  py::arg("learning"), text::k_set_learning);
    simulator.def("set_rate_limit", &KeepingSimulator::set_rate_limit, py::arg("limit_Hz"),
                  text::k_set_rate_limit);
    simulator.def("add_spikes", &KeepingSimulator::add_spikes, py::arg("population"),
                  py::arg("times_ms"), py::arg("neurons"), text::k_add_spikes);
}

void add_running(PythonSimulator& simulator) {
    simulator.def("run", &KeepingSimulator::run, py::arg("duration_ms") = py::none(), text::k_run);
    simulator.def("save", &KeepingSimulator::save, py::arg("path"), py::arg("force") = false,
                  text::k_save);
    simulator.def("load", &KeepingSimulator::load, py::arg("path"), text::k_load);
}

} // namespace

void add_simulator(py::module_& module) {
    py::class_<KeepingSimulator> simulator(module, "Simulator", text::k_simulator);
    simulator.def(py::init<const py::object&, int>(), py::arg("network"), py::arg("threads") = 1,
                  "__init__(self, network, threads=1)\n--\n\n");
    add_properties(simulator);
    add_what_is_read(simulator);
    add_what_is_set(simulator);
    add_running(simulator);
}

} // namespace spikewell::python
