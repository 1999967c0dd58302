#include "io/pynn/pynn_parts.hpp"
#include "network/expansion.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace spikewell::io::pynn {

namespace {

/// Steps of pairs, lambda and its share of w_max, as PyNN's SpikePairRule takes them.
template <class Rule>
std::string pair_rule(const Rule& rule, double w_min, const char* dependence) {
    return fmt::format(R"("rule": "pair", "dependence": "{}", "tau_plus": {}, "tau_minus": {}, )"
                       R"("A_plus": {}, "A_minus": {}, "w_min": {}, "w_max": {})",
                       dependence, rule.tau_plus_ms, rule.tau_minus_ms, rule.lambda,
                       rule.lambda * rule.alpha, w_min, rule.w_max);
}

std::string only_on_brian2(Export& out, std::string_view rule, const std::string& where) {
    out.report.lost.push_back(
        fmt::format("{} of {} elsewhere than on pyNN.brian2: its weights stay", rule, where));
    return {};
}

std::string python_of(Export&, const std::monostate&, const std::string&) {
    return "None";
}
template <class Rule> std::string python_of(Export& out, const Rule&, const std::string& where) {
    out.report.lost.push_back(fmt::format("{} of {}: its weights stay", Card<Rule>::name, where));
    return "None";
}
std::string python_of(Export&, const PairStdp& rule, const std::string&) {
    const bool additive = rule.dependence == WeightDependence::additive;
    return fmt::format("{{{}}}",
                       pair_rule(rule, rule.w_min, additive ? "additive" : "multiplicative"));
}
std::string python_of(Export&, const GuetigStdp& rule, const std::string&) {
    return fmt::format("{{{}, \"mu_plus\": {}, \"mu_minus\": {}}}", pair_rule(rule, 0.0, "gutig"),
                       rule.mu_plus, rule.mu_minus);
}
std::string python_of(Export& out, const InhibitoryStdp& rule, const std::string& where) {
    only_on_brian2(out, Card<InhibitoryStdp>::name, where);
    constexpr double k_per_ms = 1e-3; // of Hz
    return fmt::format(
        R"({{"rule": "inhibitory", "tau_plus": {}, "tau_minus": {}, "eta": {}, "rho": {}, "w_max": {}}})",
        rule.tau_ms, rule.tau_ms, rule.eta, 2.0 * k_per_ms * rule.target_rate_Hz * rule.tau_ms,
        rule.w_max);
}
std::string python_of(Export& out, const TripletStdp& rule, const std::string& where) {
    only_on_brian2(out, Card<TripletStdp>::name, where);
    return fmt::format(
        R"({{"rule": "triplet", "tau_plus": {}, "tau_minus": {}, "tau_x": {}, "tau_y": {}, )"
        R"("A2_plus": {}, "A3_plus": {}, "A2_minus": {}, "A3_minus": {}, "w_max": {}}})",
        rule.tau_plus_ms, rule.tau_minus_ms, rule.tau_x_ms, rule.tau_y_ms, rule.A2_plus,
        rule.A3_plus, rule.A2_minus, rule.A3_minus, rule.w_max);
}

std::string short_term_of(Export& out,
                          const SynapticProjection& projection,
                          const std::string& where) {
    if (!projection.short_term) return "None";
    const TsodyksMarkram& p = *projection.short_term;
    if (!std::holds_alternative<std::monostate>(projection.plasticity))
        out.report.lost.push_back(fmt::format("{} of {} elsewhere than on pyNN.brian2, as the "
                                              "weights learn: spikes deliver the whole weight",
                                              Card<TsodyksMarkram>::name, where));
    else
        out.report.approximated.push_back(
            fmt::format("{} of {} on pyNN.nest: what was released recovers only after the synaptic "
                        "current has decayed",
                        Card<TsodyksMarkram>::name, where));
    return fmt::format(R"({{"U": {}, "tau_rec": {}, "tau_facil": {}}})", p.U, p.tau_rec_ms,
                       p.tau_facil_ms);
}

/// Where the delay of a plastic synapse lies, other than back ends have it.
void report_dendrite(Export& out, const SynapticProjection& projection, const std::string& where) {
    if (std::holds_alternative<std::monostate>(projection.plasticity)) return;
    const double f = projection.dendritic_delay_fraction;
    std::vector<std::string> others;
    if (f != 0.0) others.emplace_back("0 on pyNN.brian2");
    if (f != 1.0) others.emplace_back("1 elsewhere");
    out.report.approximated.push_back(
        fmt::format("plasticity of {}: dendritic part of the delay {}, not {}", where,
                    fmt::join(others, ", "), f));
}

/// Delays that no step of time is short enough for.
void report_delays(Export& out, const std::vector<Synapse>& synapses, const std::string& where) {
    const auto at_once = std::count_if(synapses.begin(), synapses.end(), [](const Synapse& s) {
        return static_cast<double>(s.delay_ms) < 0.5 * k_step_ms;
    });
    if (at_once > 0)
        out.report.approximated.push_back(fmt::format(
            "{}: {} delays below half a time step are one: {} ms", where, at_once, k_step_ms));
}

} // namespace

void write_synapses(Export& out,
                    const std::string& pre,
                    const std::string& post,
                    const std::vector<Synapse>& synapses,
                    const std::string& rule,
                    const std::string& short_term) {
    const std::string file = fmt::format("synapses_{}.csv", out.n_projections++);
    std::string csv = "pre,post,weight,delay\n";
    for (const Synapse& s : synapses)
        fmt::format_to(std::back_inserter(csv), "{},{},{},{}\n", s.pre, s.post, s.weight,
                       s.delay_ms);
    out.folder.write(file, csv);
    out.n_synapses += synapses.size();
    out.projections +=
        fmt::format("    (\"{}\", \"{}\", \"{}\", {}, {}),\n", pre, post, file, rule, short_term);
}

void add_projection(Export& out, std::size_t index) {
    const Network& network = out.description.network;
    const auto& projection = std::get<SynapticProjection>(network.projections[index]);
    const auto name = [&](PopulationId id) { return name_of(network.populations[id.index]); };
    const std::string pre = name(projection.pre.population);
    const std::string post = name(projection.post.population);
    const std::string where =
        projection.name.empty() ? fmt::format("{} to {}", pre, post) : projection.name;
    const std::vector<Synapse> synapses =
        expand_among_neurons(network, static_cast<std::uint32_t>(index));
    const std::string rule =
        std::visit([&](const auto& r) { return python_of(out, r, where); }, projection.plasticity);
    if (rule != "None") report_dendrite(out, projection, where);
    report_delays(out, synapses, where);
    write_synapses(out, pre, post, synapses, rule, short_term_of(out, projection, where));
}

} // namespace spikewell::io::pynn
