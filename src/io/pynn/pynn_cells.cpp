#include "core/error.hpp"
#include "io/pynn/pynn_parts.hpp"
#include "neuron_models/sharp_threshold.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numbers>
#include <optional>

namespace spikewell::io::pynn {

namespace {

using sonata::CellModel;
using sonata::Json;

// PyNN's (and the original's), which has no parameter for it.
constexpr double k_izhikevich_peak_mV = 30.0;

/// A current in nA is mV/ms times a capacitance of 1 pF.
constexpr double k_izhikevich_nA = 1e-3;

CellModel izhikevich_model(const Izhikevich& p) {
    CellModel model{"pyNN:Izhikevich", {}, {}};
    model.params = {{"a", p.a_per_ms},
                    {"b", p.b_per_ms},
                    {"c", p.V_reset_mV},
                    {"d", p.d_mV_per_ms},
                    {"i_offset", p.drive_mV_per_ms * k_izhikevich_nA}};
    model.approximated.emplace_back("is integrated in the back end's steps (brian2: Euler's)");
    if (p.V_peak_mV != k_izhikevich_peak_mV)
        model.approximated.push_back(fmt::format("its spikes are cut at {} mV, not at {} mV",
                                                 k_izhikevich_peak_mV, p.V_peak_mV));
    if (p.t_ref_ms > 0.0)
        model.approximated.push_back(
            fmt::format("has no refractory period in place of {} ms", p.t_ref_ms));
    return model;
}

CellModel model_of(const PointNeuron& neuron) {
    if (const auto* izhikevich = std::get_if<Izhikevich>(&neuron))
        return izhikevich_model(*izhikevich);
    return sonata::pynn_model(neuron);
}

/// nA in PyNN for 1 in the unit of the model's drive.
double current_scale(const PointNeuron& neuron) {
    return std::holds_alternative<Izhikevich>(neuron) ? k_izhikevich_nA : 1.0;
}

std::string type_of(const CellModel& model) {
    return model.model_template.substr(model.model_template.find(':') + 1);
}

/// Throws NetworkError, of a population's neurons, for what no back end runs as it is meant.
void require_sayable(const NeuronPopulation& cells, const PointNeuron& neuron) {
    std::visit(
        [&]<class Neuron>(const Neuron& n) {
            if constexpr (requires { n.escape; }) {
                if (n.escape && sharp_threshold_mV(n) <= n.V_reset_mV)
                    throw NetworkError(
                        cells.name,
                        fmt::format("theta_mV (or V_th_mV), PyNN's sharp threshold in place of "
                                    "escape noise, must be > V_reset_mV = {}, got {}",
                                    n.V_reset_mV, n.escape->theta_mV));
            }
        },
        neuron);
}

/// A table, its columns named; rows are neurons.
struct Columns {
    std::vector<std::string> names;
    std::vector<std::vector<double>> values; ///< [n_names][n_neurons]
};

void write(const Export& out, const std::string& file, const Columns& columns) {
    std::string csv = fmt::format("{}\n", fmt::join(columns.names, ","));
    for (std::size_t row = 0; row < columns.values.front().size(); ++row) {
        for (std::size_t c = 0; c < columns.names.size(); ++c)
            csv += fmt::format("{}{}", c == 0 ? "" : ",", columns.values[c][row]);
        csv += '\n';
    }
    out.folder.write(file, csv);
}

bool is_same(const std::vector<double>& values) {
    return std::all_of(values.begin(), values.end(), [&](double x) { return x == values.front(); });
}

/// A population's neurons in PyNN.
struct Cells {
    std::optional<CellModel> first;    ///< of the first neuron
    Columns own;                       ///< parameters that differ from neuron to neuron
    std::vector<double> u_of_v_per_ms; ///< [1 or n_neurons], of Izhikevich's; else none
    double least_t_ref_ms = std::numeric_limits<double>::infinity();
    std::size_t n_said_otherwise =
        0; ///< neurons that differ from ours in other ways than the first
};

void add_neuron(Cells& cells, Columns& all, const PointNeuron& neuron) {
    const CellModel model = model_of(neuron);
    if (!cells.first) {
        cells.first = model;
        for (const auto& [name, value] : model.params.items())
            all.names.push_back(name);
        all.values.resize(all.names.size());
    }
    for (std::size_t c = 0; c < all.names.size(); ++c)
        all.values[c].push_back(model.params[all.names[c]].get<double>());
    if (model.params.contains("tau_refrac"))
        cells.least_t_ref_ms =
            std::min(cells.least_t_ref_ms, model.params["tau_refrac"].get<double>());
    if (const auto* izhikevich = std::get_if<Izhikevich>(&neuron))
        cells.u_of_v_per_ms.push_back(izhikevich->b_per_ms);
    if (model.approximated != cells.first->approximated) ++cells.n_said_otherwise;
}

Cells cells_of(const Export& out, std::size_t p, const NeuronPopulation& population) {
    const NeuronsOf who{out.description.network.seed, static_cast<std::uint32_t>(p)};
    const auto n = static_cast<std::uint32_t>(population.size);
    std::vector<std::vector<double>> varied; // [n_varied][n]
    for (const VariedNumber& number : population.varied)
        varied.push_back(
            values_of(number, number_of(population.neuron, number.key)->place, who, 0, n));
    Cells cells;
    Columns all;
    PointNeuron neuron = population.neuron;
    for (std::size_t i = 0; i < (varied.empty() ? 1 : n); ++i) {
        for (std::size_t k = 0; k < varied.size(); ++k)
            set_number(neuron, population.varied[k].key, varied[k][i]);
        require_sayable(population, neuron);
        add_neuron(cells, all, neuron);
    }
    for (std::size_t c = 0; c < all.names.size(); ++c) {
        if (is_same(all.values[c])) continue;
        cells.own.names.push_back(all.names[c]);
        cells.own.values.push_back(std::move(all.values[c]));
    }
    return cells;
}

/// Parameters that differ from neuron to neuron, as a file's name in Python.
std::string write_own(const Export& out, const std::string& name, const Columns& own) {
    if (own.names.empty()) return "None";
    const std::string file = fmt::format("parameters_{}.csv", name);
    write(out, file, own);
    return fmt::format("\"{}\"", file);
}

/// Where state variables start, in Python: numbers, or the file that has them.
std::string write_initial(const Export& out,
                          const std::string& name,
                          const std::vector<double>& V_mV,
                          const Cells& cells) {
    Columns initial{{"v"}, {V_mV}};
    if (const std::vector<double>& b = cells.u_of_v_per_ms; !b.empty()) {
        initial.names.emplace_back("u");
        auto& u = initial.values.emplace_back();
        for (std::size_t n = 0; n < V_mV.size(); ++n)
            u.push_back(b[b.size() == 1 ? 0 : n] * V_mV[n]);
    }
    if (!std::all_of(initial.values.begin(), initial.values.end(), is_same)) {
        const std::string file = fmt::format("initial_{}.csv", name);
        write(out, file, initial);
        return fmt::format("\"{}\"", file);
    }
    Json numbers;
    for (std::size_t c = 0; c < initial.names.size(); ++c)
        numbers[initial.names[c]] = initial.values[c].front();
    return numbers.dump();
}

// --- Injected currents ---

std::string stop_of(const std::optional<double>& to_ms) {
    return to_ms ? fmt::format(", \"stop\": {}", *to_ms) : std::string();
}

std::string current(Export&, const std::string&, const StepCurrent& c, double scale) {
    return fmt::format(R"("DCSource", {{"amplitude": {}, "start": {}{}}})", c.amplitude * scale,
                       c.from_ms, stop_of(c.to_ms));
}
std::string current(Export&, const std::string&, const TableCurrent& c, double scale) {
    std::vector<double> amplitudes;
    for (const double amplitude : c.amplitudes)
        amplitudes.push_back(amplitude * scale);
    return fmt::format(R"("StepCurrentSource", {{"times": [{}], "amplitudes": [{}]}})",
                       fmt::join(c.times_ms, ", "), fmt::join(amplitudes, ", "));
}
std::string current(Export& out, const std::string& name, const SineCurrent& c, double scale) {
    out.report.approximated.push_back(
        fmt::format("sinusoidal current of {}: changes at each time step, not every {} ms", name,
                    c.interval_ms));
    return fmt::format(
        R"("ACSource", {{"amplitude": {}, "offset": {}, "frequency": {}, "phase": {}, "start": {}{}}})",
        c.amplitude * scale, c.offset * scale, c.frequency_Hz,
        c.phase_rad * 180.0 / std::numbers::pi, c.from_ms, stop_of(c.to_ms));
}
std::string current(Export& out, const std::string& name, const NoiseCurrent& c, double scale) {
    if (c.tau_ms > 0.0)
        out.report.lost.push_back(
            fmt::format("noise current of {}: its correlation time of {} ms, the draws of all {} "
                        "ms are independent",
                        name, c.tau_ms, c.noise_interval_ms));
    return fmt::format(
        R"("NoisyCurrentSource", {{"mean": {}, "stdev": {}, "dt": {}, "start": {}{}}})",
        c.mean * scale, c.sd * scale, c.noise_interval_ms, c.from_ms, stop_of(c.to_ms));
}

void add_currents(Export& out, const NeuronPopulation& cells) {
    const double scale = current_scale(cells.neuron);
    for (const InjectedCurrent& injected : cells.currents) {
        const std::string source = std::visit(
            [&](const auto& waveform) { return current(out, cells.name, waveform, scale); },
            injected.waveform);
        out.currents +=
            fmt::format("    (\"{}\", {}, {}, {}),\n", cells.name, injected.first,
                        injected.count ? *injected.count : cells.size - injected.first, source);
    }
}

// --- What is said of them ---

// Of pyNN.brian2, which takes the first neuron's of these for all (0.10.1: cells.py).
bool is_alike_on_brian2(const std::string& type, const std::string& parameter) {
    if (parameter == "tau_refrac") return true;
    if (type == "Izhikevich") return parameter == "c" || parameter == "d";
    if (type == "EIF_cond_exp_isfa_ista")
        return parameter == "v_reset" || parameter == "b" || parameter == "v_thresh" ||
               parameter == "delta_T";
    return false;
}

/// In what the models differ from ours; of neurons that say different things, what the first says.
void report_differences(Export& out, const std::string& name, const Cells& cells) {
    for (const std::string& difference : cells.first->approximated)
        out.report.approximated.push_back(fmt::format("{}: {}", name, difference));
    if (cells.n_said_otherwise > 0)
        out.report.approximated.push_back(fmt::format(
            "{}: likewise {} neurons with values of their own", name, cells.n_said_otherwise));
}

void report_own(Export& out, const std::string& population, const Cells& cells) {
    for (const std::string& name : cells.own.names) {
        if (is_alike_on_brian2(type_of(*cells.first), name))
            out.report.lost.push_back(fmt::format(
                "{} of each neuron of {} on pyNN.brian2: all have their mean", name, population));
    }
}

void report_times(Export& out, const std::string& name, double least_ms) {
    for (const auto& [step_ms, where] :
         {std::pair{k_step_ms, ""}, std::pair{k_spinnaker_step_ms, " on spiNNaker"}}) {
        if (least_ms < step_ms)
            out.report.approximated.push_back(fmt::format(
                "{}: refractory periods below a time step, as of {} ms, are one: {} ms{}", name,
                least_ms, step_ms, where));
    }
}

void report_start(Export& out, std::size_t p, const NeuronPopulation& cells, double threshold_mV) {
    const auto above = std::count_if(out.drawn.V_init_mV[p].begin(), out.drawn.V_init_mV[p].end(),
                                     [&](double V_mV) { return V_mV > threshold_mV; });
    if (above > 0)
        out.report.approximated.push_back(fmt::format(
            "{}: {} neurons start above the sharp threshold and fire at once", cells.name, above));
}

void report_back_ends(Export& out, const NeuronPopulation& cells, const CellModel& model) {
    const std::string type = type_of(model);
    if (type == "IF_curr_delta")
        out.report.lost.push_back(
            fmt::format("{} on pyNN.neuron, which has no IF_curr_delta", cells.name));
    if (type != "EIF_cond_exp_isfa_ista") return;
    const auto number = [&](const char* name) { return model.params[name].get<double>(); };
    constexpr double k_slopes = 5.0;
    out.report.approximated.push_back(fmt::format(
        "{}: pyNN.brian2 cuts spikes at v_thresh + 5 delta_T = {:.6g} mV, not at {} mV", cells.name,
        number("v_thresh") + k_slopes * number("delta_T"), number("v_spike")));
    if (number("delta_T") == 0.0)
        out.report.lost.push_back(
            fmt::format("{} on pyNN.brian2, which divides by delta_T, 0 here", cells.name));
}

} // namespace

void add_cells(Export& out, std::size_t p, const NeuronPopulation& population) {
    const std::string& name = population.name;
    const Cells cells = cells_of(out, p, population);
    out.cells += fmt::format("    \"{}\": ({}, \"{}\", {}, {}, {}),\n", name, population.size,
                             type_of(*cells.first), cells.first->params.dump(),
                             write_own(out, name, cells.own),
                             write_initial(out, name, out.drawn.V_init_mV[p], cells));
    report_differences(out, name, cells);
    report_own(out, name, cells);
    report_times(out, name, cells.least_t_ref_ms);
    if (has_escape(population.neuron))
        report_start(out, p, population, cells.first->params["v_thresh"]);
    report_back_ends(out, population, *cells.first);
    add_currents(out, population);
}

} // namespace spikewell::io::pynn
