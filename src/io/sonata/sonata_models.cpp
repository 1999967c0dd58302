#include "core/error.hpp"
#include "io/sonata/sonata_parts.hpp"
#include "neuron_models/sharp_threshold.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <limits>

namespace spikewell::io::sonata {

namespace {

using Range = ObjectReader::Range;

Range finite() {
    const double most = std::numeric_limits<double>::max();
    return {-most, true, most, "a finite number"};
}

/// Parameters that both of NEST's models have. C_m (pF) equal to tau_m (ms) is a resistance of
/// 1 GOhm: pA are mV.
template <class Neuron> Json nest_membrane(const Neuron& neuron) {
    return {{"tau_m", neuron.tau_m_ms}, {"C_m", neuron.tau_m_ms}, {"E_L", neuron.E_L_mV},
            {"I_e", neuron.drive_mV},   {"V_th", neuron.V_th_mV}, {"V_reset", neuron.V_reset_mV},
            {"t_ref", neuron.t_ref_ms}};
}

/// The same rate of firing at every V, told by a threshold above V_reset, as NEST asks for.
EscapeRate above_reset(const EscapeRate& escape, double V_reset_mV) {
    if (V_reset_mV < escape.theta_mV) return escape;
    const double theta_mV = V_reset_mV + escape.slope_mV;
    return {escape.rate_Hz * std::exp((theta_mV - escape.theta_mV) / escape.slope_mV), theta_mV,
            escape.slope_mV};
}

CellModel nest(const LifExp& neuron) {
    CellModel model{"nest:iaf_psc_exp", nest_membrane(neuron), {}};
    model.params["tau_syn_ex"] = neuron.tau_syn_exc_ms;
    model.params["tau_syn_in"] = neuron.tau_syn_inh_ms;
    if (neuron.escape) {
        const EscapeRate escape = above_reset(*neuron.escape, neuron.V_reset_mV);
        model.params["V_th"] = escape.theta_mV;
        model.params["rho"] = escape.rate_Hz;
        model.params["delta"] = escape.slope_mV;
    }
    if (neuron.refractory_input != RefractoryInput::kept)
        model.approximated.emplace_back("input in the refractory period is kept");
    return model;
}

/// A point process: the potential counts from E_L, to which it is reset.
CellModel nest_escape(const LifDelta& neuron, const EscapeRate& escape) {
    CellModel model{"nest:pp_psc_delta", {}, {}};
    model.params = {
        {"tau_m", neuron.tau_m_ms},
        {"C_m", neuron.tau_m_ms},
        {"I_e", neuron.drive_mV},
        {"dead_time", neuron.t_ref_ms},
        {"c_1", 0.0},
        {"c_2", escape.rate_Hz * std::exp((neuron.E_L_mV - escape.theta_mV) / escape.slope_mV)},
        {"c_3", 1.0 / escape.slope_mV},
        {"with_reset", true}};
    if (neuron.V_reset_mV != neuron.E_L_mV)
        model.approximated.push_back(
            fmt::format("is reset to E_L = {} mV, not to {} mV", neuron.E_L_mV, neuron.V_reset_mV));
    if (neuron.refractory_input != RefractoryInput::integrated)
        model.approximated.emplace_back("input in the refractory period is integrated");
    return model;
}

CellModel nest(const LifDelta& neuron) {
    if (neuron.escape) return nest_escape(neuron, *neuron.escape);
    CellModel model{"nest:iaf_psc_delta", nest_membrane(neuron), {}};
    model.params["refractory_input"] = neuron.refractory_input == RefractoryInput::kept;
    if (neuron.refractory_input == RefractoryInput::kept)
        model.approximated.emplace_back("input kept in the refractory period decays meanwhile");
    if (neuron.refractory_input == RefractoryInput::integrated)
        model.approximated.emplace_back("input in the refractory period is discarded");
    return model;
}

/// cm (nF) equal to tau_m (ms) is a resistance of 1 MOhm: nA are mV.
template <class Neuron> CellModel pynn_membrane(const Neuron& neuron, const char* name) {
    CellModel model{name, {}, {}};
    model.params = {{"tau_m", neuron.tau_m_ms},
                    {"cm", neuron.tau_m_ms},
                    {"v_rest", neuron.E_L_mV},
                    {"i_offset", neuron.drive_mV},
                    {"v_thresh", sharp_threshold_mV(neuron)},
                    {"v_reset", neuron.V_reset_mV},
                    {"tau_refrac", neuron.t_ref_ms}};
    if (neuron.escape)
        model.approximated.push_back(
            fmt::format("has a sharp threshold at {} mV in place of escape "
                        "noise",
                        sharp_threshold_mV(neuron)));
    return model;
}

CellModel pynn(const LifDelta& neuron) {
    CellModel model = pynn_membrane(neuron, "pyNN:IF_curr_delta");
    if (neuron.refractory_input != RefractoryInput::discarded)
        model.approximated.emplace_back("input in the refractory period is discarded");
    return model;
}

CellModel pynn(const LifExp& neuron) {
    CellModel model = pynn_membrane(neuron, "pyNN:IF_curr_exp");
    model.params["tau_syn_E"] = neuron.tau_syn_exc_ms;
    model.params["tau_syn_I"] = neuron.tau_syn_inh_ms;
    if (neuron.refractory_input != RefractoryInput::kept)
        model.approximated.emplace_back("input in the refractory period is kept");
    return model;
}

/// NEST's has no constant input, which is as much as another E_L.
CellModel nest(const Glif& p) {
    const double E_L_mV = p.E_L_mV + p.drive_pA / p.g_L_nS;
    const double V_reset_mV = p.V_reset_mV + p.reset_fraction * (E_L_mV - p.E_L_mV);
    const bool resets = p.reset_fraction != 0.0 || p.b_th_mV != 0.0;
    const bool is_below = V_reset_mV < p.V_th_mV; // which NEST asks for also where it is not used
    CellModel model{"nest:glif_psc", {}, {}};
    model.params = {{"C_m", p.C_m_pF},
                    {"g", p.g_L_nS},
                    {"E_L", E_L_mV},
                    {"V_th", p.V_th_mV},
                    {"V_reset", is_below ? V_reset_mV : p.V_th_mV - 1.0},
                    {"t_ref", p.t_ref_ms},
                    {"spike_dependent_threshold", resets},
                    {"after_spike_currents", p.asc_1_pA != 0.0 || p.asc_2_pA != 0.0},
                    {"adapting_threshold", false},
                    {"th_spike_add", p.b_th_mV},
                    {"th_spike_decay", 1.0 / p.tau_th_ms},
                    {"voltage_reset_fraction", p.reset_fraction},
                    {"voltage_reset_add", V_reset_mV - E_L_mV},
                    {"asc_init", {0.0, 0.0}},
                    {"asc_decay", {1.0 / p.tau_asc_1_ms, 1.0 / p.tau_asc_2_ms}},
                    {"asc_amps", {p.asc_1_pA, p.asc_2_pA}},
                    {"asc_r", {p.asc_1_fraction, p.asc_2_fraction}},
                    {"tau_syn", {p.tau_syn_exc_ms, p.tau_syn_inh_ms}}};
    model.ports_by_sign = true;
    if (p.t_ref_ms == 0.0)
        model.approximated.emplace_back("NEST asks for a refractory period above 0 ms");
    if (p.reset_fraction != 0.0)
        model.approximated.emplace_back("its reset starts from V a time step before the spike");
    return model;
}

// Models whose cards say what others call them.

template <HasCard Neuron>
requires(!requires { Card<Neuron>::nest.fields; }) CellModel nest(const Neuron&) {
    throw NetworkError(Card<Neuron>::key, fmt::format("NEST has no {}", Card<Neuron>::name));
}
template <HasCard Neuron>
requires requires {
    Card<Neuron>::nest.fields;
}
CellModel nest(const Neuron& neuron) {
    CellModel model{std::string("nest:").append(Card<Neuron>::nest.name), {}, {}};
    for (const NestField<Neuron>& field : Card<Neuron>::nest.fields)
        model.params[std::string(field.key)] = neuron.*field.member;
    return model;
}
template <HasCard Neuron>
requires(!requires(const Neuron& n) { Card<Neuron>::pynn(n); }) CellModel pynn(const Neuron&) {
    throw NetworkError(Card<Neuron>::key,
                       fmt::format("PyNN has no {} that runs alike on its back "
                                   "ends; models() of Spikewell tells which it has",
                                   Card<Neuron>::name));
}
template <HasCard Neuron>
requires requires(const Neuron& n) {
    Card<Neuron>::pynn(n);
}
CellModel pynn(const Neuron& neuron) {
    const PynnModel card = Card<Neuron>::pynn(neuron);
    CellModel model{std::string("pyNN:").append(card.name), {}, {}};
    for (const auto& [key, value] : card.params)
        model.params[std::string(key)] = value;
    return model;
}

// --- Back ---

/// Reads parameters, those that are missing being as NEST or PyNN has them.
class Params {
  public:
    Params(const nlohmann::json& params, std::string pointer, std::vector<Problem>& problems)
        : reader_(params, std::move(pointer), problems) {}

    double number(std::string_view key, double fallback, const Range& range) {
        reader_.number(std::string(key), fallback, range);
        return fallback;
    }
    double any(std::string_view key, double fallback) { return number(key, fallback, finite()); }
    double positive(const char* key, double fallback) {
        return number(key, fallback, ObjectReader::positive());
    }
    double not_negative(const char* key, double fallback) {
        return number(key, fallback, ObjectReader::not_negative());
    }
    /// A list of numbers, each in the range.
    std::vector<double> numbers(const char* key, std::vector<double> fallback, const Range& range) {
        const nlohmann::json& list = reader_.raw(key);
        if (list.is_null()) return fallback;
        const auto fits = [&](const nlohmann::json& one) {
            if (!one.is_number()) return false;
            const auto x = one.get<double>();
            return (range.low_allowed ? x >= range.low : x > range.low) && x <= range.high;
        };
        if (!list.is_array() || !std::all_of(list.begin(), list.end(), fits)) {
            reader_.problem(key, fmt::format("must be a list of numbers, each {}, got {}",
                                             range.text, shown(list)));
            return fallback;
        }
        return list.get<std::vector<double>>();
    }
    bool flag(const char* key, bool fallback) {
        reader_.boolean(key, fallback);
        return fallback;
    }
    void problem(const std::string& key, std::string message) {
        reader_.problem(key, std::move(message));
    }
    void finish() { reader_.reject_unknown_keys(); }

  private:
    ObjectReader reader_;
};

template <class Neuron> Cell read_nest_membrane(Neuron& neuron, Params& params) {
    neuron.tau_m_ms = params.positive("tau_m", 10.0);
    const double C_m_pF = params.positive("C_m", 250.0);
    neuron.E_L_mV = params.any("E_L", -70.0);
    neuron.drive_mV = params.any("I_e", 0.0) * (neuron.tau_m_ms / C_m_pF);
    neuron.V_th_mV = params.any("V_th", -55.0);
    neuron.V_reset_mV = params.any("V_reset", -70.0);
    neuron.t_ref_ms = params.not_negative("t_ref", 2.0);
    const double R_GOhm = neuron.tau_m_ms / C_m_pF;
    return {{}, params.any("V_m", -70.0), R_GOhm, R_GOhm};
}

Cell read_iaf_psc_exp(Params& params) {
    LifExp neuron;
    Cell cell = read_nest_membrane(neuron, params);
    neuron.tau_syn_exc_ms = params.positive("tau_syn_ex", 2.0);
    neuron.tau_syn_inh_ms = params.positive("tau_syn_in", 2.0);
    const double rho_Hz = params.not_negative("rho", 0.01);
    const double delta_mV = params.not_negative("delta", 0.0);
    if (delta_mV > 0.0) neuron.escape = EscapeRate{rho_Hz, neuron.V_th_mV, delta_mV};
    cell.neuron = neuron;
    return cell;
}

Cell read_iaf_psc_delta(Params& params) {
    LifDelta neuron;
    Cell cell = read_nest_membrane(neuron, params);
    if (params.flag("refractory_input", false)) neuron.refractory_input = RefractoryInput::kept;
    return {neuron, cell.V_init_mV, 1.0, cell.drive_per_current};
}

Cell read_pp_psc_delta(Params& params) {
    LifDelta neuron;
    neuron.tau_m_ms = params.positive("tau_m", 10.0);
    const double R_GOhm = neuron.tau_m_ms / params.positive("C_m", 250.0);
    neuron.drive_mV = params.any("I_e", 0.0) * R_GOhm;
    neuron.t_ref_ms = params.not_negative("dead_time", 1.0);
    if (params.any("c_1", 0.0) != 0.0) params.problem("c_1", "must be 0");
    if (!params.flag("with_reset", true)) params.problem("with_reset", "must be true");
    const double c_2_Hz = params.positive("c_2", 1.238);
    neuron.escape = EscapeRate{c_2_Hz, 0.0, 1.0 / params.positive("c_3", 0.25)};
    neuron.refractory_input = RefractoryInput::integrated;
    return {neuron, params.any("V_m", 0.0), 1.0, R_GOhm};
}

template <class Neuron> Cell read_pynn_membrane(Neuron& neuron, Params& params) {
    neuron.tau_m_ms = params.positive("tau_m", 20.0);
    const double cm_nF = params.positive("cm", 1.0);
    neuron.E_L_mV = params.any("v_rest", -65.0);
    neuron.drive_mV = params.any("i_offset", 0.0) * (neuron.tau_m_ms / cm_nF);
    neuron.V_th_mV = params.any("v_thresh", -50.0);
    neuron.V_reset_mV = params.any("v_reset", -65.0);
    neuron.t_ref_ms = params.not_negative("tau_refrac", 0.1);
    const double R_MOhm = neuron.tau_m_ms / cm_nF;
    return {{}, params.any("v", neuron.E_L_mV), R_MOhm, R_MOhm};
}

Cell read_if_curr_exp(Params& params) {
    LifExp neuron;
    Cell cell = read_pynn_membrane(neuron, params);
    neuron.tau_syn_exc_ms = params.positive("tau_syn_E", 5.0);
    neuron.tau_syn_inh_ms = params.positive("tau_syn_I", 5.0);
    cell.neuron = neuron;
    return cell;
}

Cell read_if_curr_delta(Params& params) {
    LifDelta neuron;
    const Cell cell = read_pynn_membrane(neuron, params);
    return {neuron, cell.V_init_mV, 1.0, cell.drive_per_current};
}

/// What is wrong with a neuron by its own card.
template <class Neuron> void check(const Neuron& neuron, Params& params) {
    try {
        validate(neuron);
    } catch (const ParameterError& error) {
        params.problem(error.field(), error.what());
    }
}

/// After-spike currents of NEST's, two at most.
void read_after_spike_currents(Glif& neuron, Params& params, bool there) {
    const std::vector<double> rates =
        params.numbers("asc_decay", {0.003, 0.1}, ObjectReader::positive());
    const std::vector<double> amps = params.numbers("asc_amps", {-9.18, -198.94}, finite());
    const std::vector<double> shares =
        params.numbers("asc_r", {1.0, 1.0}, ObjectReader::between(0.0, 1.0));
    const std::vector<double> init = params.numbers("asc_init", {0.0, 0.0}, finite());
    if (!there) return;
    constexpr std::size_t k_most = 2;
    if (amps.size() != rates.size() || shares.size() != rates.size() || init.size() != rates.size())
        return params.problem("asc_decay",
                              fmt::format("must be as many as asc_amps, asc_r and asc_init, got "
                                          "{}, {}, {} and {}",
                                          rates.size(), amps.size(), shares.size(), init.size()));
    if (rates.size() > k_most)
        return params.problem("asc_decay", fmt::format("must be {} after-spike currents at most, "
                                                       "got {}",
                                                       k_most, rates.size()));
    if (std::any_of(init.begin(), init.end(), [](double I_pA) { return I_pA != 0.0; }))
        params.problem("asc_init", "must be 0: after-spike currents begin with the first spike");
    if (!rates.empty()) {
        neuron.asc_1_pA = amps[0];
        neuron.asc_1_fraction = shares[0];
        neuron.tau_asc_1_ms = 1.0 / rates[0];
    }
    if (rates.size() == k_most) {
        neuron.asc_2_pA = amps[1];
        neuron.asc_2_fraction = shares[1];
        neuron.tau_asc_2_ms = 1.0 / rates[1];
    }
}

Cell read_glif_psc(Params& params) {
    Glif neuron;
    neuron.C_m_pF = params.positive("C_m", 58.72);
    neuron.g_L_nS = params.positive("g", 9.43);
    neuron.E_L_mV = params.any("E_L", -78.85);
    neuron.V_th_mV = params.any("V_th", -51.68);
    neuron.V_reset_mV = params.any("V_reset", -78.85);
    neuron.t_ref_ms = params.positive("t_ref", 3.75);
    neuron.reset_fraction = neuron.b_th_mV = neuron.asc_1_pA = neuron.asc_2_pA = 0.0;
    const double b_th_mV = params.not_negative("th_spike_add", 0.37);
    const double th_per_ms = params.positive("th_spike_decay", 0.009);
    const double fraction =
        params.number("voltage_reset_fraction", 0.2, ObjectReader::between(0.0, 1.0));
    const double add_mV = params.any("voltage_reset_add", 18.51);
    if (params.flag("spike_dependent_threshold", false)) {
        neuron.V_reset_mV = neuron.E_L_mV + add_mV;
        neuron.reset_fraction = fraction;
        neuron.b_th_mV = b_th_mV;
        neuron.tau_th_ms = 1.0 / th_per_ms;
    }
    read_after_spike_currents(neuron, params, params.flag("after_spike_currents", false));
    static_cast<void>(params.any("th_voltage_index", 0.005));
    static_cast<void>(params.any("th_voltage_decay", 0.09));
    if (params.flag("adapting_threshold", false))
        params.problem("adapting_threshold", "must be false: no threshold follows V (GLIF 5)");
    const std::vector<double> taus_ms = params.numbers("tau_syn", {2.0}, ObjectReader::positive());
    const bool are_alike =
        std::adjacent_find(taus_ms.begin(), taus_ms.end(), std::not_equal_to<>()) == taus_ms.end();
    if (taus_ms.empty() || (!are_alike && taus_ms.size() != 2)) {
        params.problem("tau_syn", "must be one time constant for all receptor ports, or two, of "
                                  "excitation and of inhibition");
    } else {
        neuron.tau_syn_exc_ms = taus_ms.front();
        neuron.tau_syn_inh_ms = taus_ms.back();
    }
    check(neuron, params);
    Cell cell{neuron, params.any("V_m", -78.85)};
    cell.ports_by_sign = !are_alike;
    cell.port_taus_ms = taus_ms;
    return cell;
}

template <class Neuron> Cell read_card(Params& params) {
    Neuron neuron;
    for (const NestField<Neuron>& field : Card<Neuron>::nest.fields)
        neuron.*field.member = params.any(field.key, field.fallback);
    check(neuron, params);
    return {neuron, params.any("V_m", Card<Neuron>::nest.V_m_mV), 1.0};
}

struct Template {
    std::string name;
    Cell (*read)(Params&);
};

const std::vector<Template>& templates() {
    static const std::vector<Template> all = [] {
        std::vector<Template> found{
            {"nest:iaf_psc_exp", read_iaf_psc_exp},   {"nest:iaf_psc_delta", read_iaf_psc_delta},
            {"nest:pp_psc_delta", read_pp_psc_delta}, {"nest:glif_psc", read_glif_psc},
            {"pyNN:IF_curr_exp", read_if_curr_exp},   {"pyNN:IF_curr_delta", read_if_curr_delta}};
        for_each_alternative<FileNeuron>([&]<class Neuron>() {
            if constexpr (requires { Card<Neuron>::nest.fields; })
                found.push_back(
                    {std::string("nest:").append(Card<Neuron>::nest.name), read_card<Neuron>});
        });
        return found;
    }();
    return all;
}

} // namespace

CellModel nest_model(const PointNeuron& neuron) {
    return std::visit([](const auto& n) { return nest(n); }, neuron);
}

bool has_pynn_model(const PointNeuron& neuron) {
    return std::visit(
        []<class M>(const M&) {
            return std::is_same_v<M, LifDelta> || std::is_same_v<M, LifExp> ||
                   requires(const M& n) {
                Card<M>::pynn(n);
            };
        },
        neuron);
}

CellModel pynn_model(const PointNeuron& neuron) {
    return std::visit([](const auto& n) { return pynn(n); }, neuron);
}

double nest_V_m_mV(const PointNeuron& neuron, double V_mV) {
    const auto* delta = std::get_if<LifDelta>(&neuron);
    return delta != nullptr && delta->escape ? V_mV - delta->E_L_mV : V_mV; // a point process
}

const std::vector<std::string>& known_templates() {
    static const std::vector<std::string> names = [] {
        std::vector<std::string> all;
        for (const Template& known : templates())
            all.push_back(known.name);
        return all;
    }();
    return names;
}

bool is_known_template(const std::string& model_template) {
    const auto& known = known_templates();
    return std::find(known.begin(), known.end(), model_template) != known.end();
}

Cell cell_of(const std::string& model_template,
             const nlohmann::json& params,
             const std::string& pointer,
             std::vector<Problem>& problems,
             std::vector<Problem>& unknown) {
    Params reader(params, pointer, problems);
    for (const Template& known : templates()) {
        if (model_template != known.name) continue;
        Cell cell = known.read(reader);
        if (model_template.starts_with("nest:"))
            cell.tau_minus_ms = reader.positive("tau_minus", cell.tau_minus_ms);
        const auto n_problems = static_cast<std::ptrdiff_t>(problems.size());
        reader.finish();
        unknown.insert(unknown.end(), problems.begin() + n_problems, problems.end());
        problems.erase(problems.begin() + n_problems, problems.end());
        return cell;
    }
    throw NetworkError(model_template, "is no known model");
}

} // namespace spikewell::io::sonata
