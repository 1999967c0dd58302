#include "io/sonata/sonata_parts.hpp"
#include "io/sonata/sonata_synapses.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

/// What NEST's own loader of SONATA makes of a network.
namespace spikewell::io::sonata {

namespace {

/// A rule as NEST's stdp_synapse has it; none: it has not.
std::optional<NestStdp> nest_stdp_of(const SynapticProjection& projection) {
    if (projection.dendritic_delay_fraction != 1.0) return std::nullopt;
    if (const auto* rule = std::get_if<GuetigStdp>(&projection.plasticity))
        return NestStdp{rule->tau_plus_ms, rule->lambda,   rule->alpha,
                        rule->mu_plus,     rule->mu_minus, rule->w_max};
    const auto* rule = std::get_if<PairStdp>(&projection.plasticity);
    if (rule == nullptr || rule->w_min != 0.0) return std::nullopt;
    const double mu = rule->dependence == WeightDependence::multiplicative ? 1.0 : 0.0;
    return NestStdp{rule->tau_plus_ms, rule->lambda, rule->alpha, mu, mu, rule->w_max};
}

/// The time constant of postsynaptic traces of a rule that NEST has, too.
std::optional<double> own_tau_minus_ms(const SynapticProjection& projection) {
    if (!nest_stdp_of(projection)) return std::nullopt;
    if (const auto* rule = std::get_if<GuetigStdp>(&projection.plasticity))
        return rule->tau_minus_ms;
    return std::get<PairStdp>(projection.plasticity).tau_minus_ms;
}

/// NEST has one time constant a neuron, where each of our projections has its own.
void report_tau_minus(ExportReport& report,
                      const Written& written,
                      const SynapticProjection& projection) {
    const auto own_ms = own_tau_minus_ms(projection);
    const auto of_nest_ms = nest_tau_minus_ms(written, projection.post.population.index);
    if (!own_ms || own_ms == of_nest_ms) return;
    report.approximated.push_back(fmt::format(
        "plasticity of {} in NEST: tau_minus is {} ms, that of another projection onto {}",
        projection.name, *of_nest_ms, written.nodes[projection.post.population.index].name));
}

} // namespace

bool give_nest_rule(const SynapticProjection& projection, EdgePopulation& part) {
    const bool plastic = projection.plasticity.index() != 0;
    if (plastic && projection.short_term) return false;
    if (projection.short_term) {
        const TsodyksMarkram& rule = *projection.short_term;
        part.nest_model = "tsodyks2_synapse";
        part.nest_params = {{"U", rule.U},
                            {"u", rule.U},
                            {"x", 1.0},
                            {"tau_rec", rule.tau_rec_ms},
                            {"tau_fac", rule.tau_facil_ms}};
        return true;
    }
    if (!plastic) return true;
    const std::optional<NestStdp> rule = nest_stdp_of(projection);
    if (!rule) return false;
    part.nest_model = "stdp_synapse";
    part.nest_params = {{"tau_plus", rule->tau_plus_ms}, {"lambda", rule->lambda},
                        {"alpha", rule->alpha},          {"mu_plus", rule->mu_plus},
                        {"mu_minus", rule->mu_minus},    {"Wmax", rule->w_max}};
    return true;
}

double nest_step_ms(const std::vector<EdgePopulation>& edges) {
    constexpr double k_tics_per_ms = 1000.0;
    double least_ms = 0.1; // NEST's own default
    for (const EdgePopulation& population : edges) {
        for (const Synapse& synapse : population.synapses)
            least_ms = std::min(least_ms, static_cast<double>(synapse.delay_ms));
    }
    constexpr double k_rounding = 1e-6; // of delays in single precision
    const double tics = std::floor(least_ms * k_tics_per_ms * (1.0 + k_rounding));
    return std::max(tics, 1.0) / k_tics_per_ms;
}

std::optional<double> nest_tau_minus_ms(const Written& written, std::size_t nodes) {
    std::optional<double> tau_ms;
    for (const Projection& projection : written.description.network.projections) {
        const auto& synaptic = std::get<SynapticProjection>(projection);
        if (synaptic.post.population.index != nodes) continue;
        if (const auto own_ms = own_tau_minus_ms(synaptic)) tau_ms = own_ms;
    }
    return tau_ms;
}

ExportReport nest_report(const Written& written) {
    ExportReport report;
    const double step_ms = nest_step_ms(written.edges);
    report.approximated.push_back(fmt::format(
        "time in NEST: delays, refractory periods and spikes of sources are multiples of {} ms",
        step_ms));
    if (written.starts_at_0)
        report.approximated.push_back(fmt::format(
            "spikes of sources at 0 ms, which NEST and bmtk refuse: at {} ms", k_later_ms));
    for (const NodePopulation& nodes : written.nodes) {
        if (nodes.cells != nullptr && !is_constant(nodes.cells->V_init_mV))
            report.approximated.push_back(
                fmt::format("initial potentials of {} in NEST: all at their mean", nodes.name));
    }
    for (const EdgePopulation& edges : written.edges) {
        const auto too_short =
            std::find_if(edges.synapses.begin(), edges.synapses.end(), [&](const Synapse& s) {
                return static_cast<double>(s.delay_ms) < 0.999 * step_ms;
            });
        if (too_short != edges.synapses.end())
            report.lost.push_back(fmt::format("{} in NEST, which refuses delays below {} ms, its "
                                              "shortest step",
                                              edges.name, step_ms));
    }
    for (const Projection& projection : written.description.network.projections)
        report_tau_minus(report, written, std::get<SynapticProjection>(projection));
    return report;
}

} // namespace spikewell::io::sonata
