#include "core/error.hpp"
#include "network/network.hpp"
#include "neuron_models/state_columns.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

// What populations are, and whether they can be.

namespace spikewell {

namespace {

void validate(const Evidence& evidence, std::size_t n_nodes, std::string_view name) {
    const Matrix& values = evidence.values;
    std::optional<double> before_ms;
    for (const double t_ms : evidence.times_ms) {
        if (!evidence_may_change_at(t_ms, before_ms))
            throw ParameterError(
                name, "time of evidence", t_ms,
                before_ms ? fmt::format(">= {} + {}, the time before, and <= {}", *before_ms,
                                        k_least_delay_ms, k_durations_ms.high)
                          : fmt::format("0, or {} .. {}", k_least_delay_ms, k_durations_ms.high));
        before_ms = t_ms;
    }
    const bool of_nodes = values.rows == 1 || values.rows == n_nodes;
    if (values.cols != evidence.times_ms.size() || (values.cols > 0 && !of_nodes))
        throw NetworkError(
            name, fmt::format("evidence must be {} x {} (nodes, or 1, x times), got {} x {}",
                              n_nodes, evidence.times_ms.size(), values.rows, values.cols));
    for (const double value : values.values)
        require_within(name, "evidence", value, k_couplings);
}

void validate(const std::vector<Spike>& spikes, std::size_t n_neurons, std::string_view name) {
    for (const Spike& spike : spikes) {
        if (!(spike.t_ms >= 0.0) || !std::isfinite(spike.t_ms))
            throw ParameterError(name, "spike time", spike.t_ms, ">= 0 and finite");
        if (spike.source >= n_neurons)
            throw ParameterError(name, "spike source", spike.source,
                                 fmt::format("< {}", n_neurons));
    }
}

/// Each neuron's own numbers: in range, and fitting together.
void validate_varied(const NeuronPopulation& cells, const NeuronsOf& neurons) {
    std::vector<std::vector<double>> values;
    for (const VariedNumber& number : cells.varied) {
        const auto of = number_of(cells.neuron, number.key);
        if (!of || !of->may_vary)
            throw NetworkError(cells.name, fmt::format("{} cannot vary; these may: {}", number.key,
                                                       numbers_that_vary(cells.neuron)));
        if (!number.values.empty() && number.values.size() != cells.size)
            throw NetworkError(cells.name, fmt::format("{} must be {} numbers, got {}", number.key,
                                                       cells.size, number.values.size()));
        if (number.values.empty())
            validate(number.law, cells.name, number.key, of->allowed.low, of->allowed.high);
        values.push_back(
            values_of(number, of->place, neurons, 0, static_cast<std::uint32_t>(cells.size)));
    }
    const double V_init_mV = support(cells.V_init_mV).high;
    PointNeuron neuron = cells.neuron;
    for (std::size_t n = 0; !values.empty() && n < cells.size; ++n) {
        for (std::size_t k = 0; k < values.size(); ++k)
            set_number(neuron, cells.varied[k].key, values[k][n]);
        const std::string name = fmt::format("{}: neuron {}", cells.name, n);
        std::visit(
            [&](const auto& m) {
                detail::check_fields(detail::FieldCheck{name, "mV"}, m);
            },
            neuron);
        const auto ceiling = ceiling_of(neuron);
        if (ceiling && V_init_mV > ceiling->V_mV)
            throw ParameterError(name, "V_init_mV", V_init_mV,
                                 fmt::format("<= {} = {}", ceiling->key, ceiling->V_mV));
    }
}

void validate(const TableCurrent& table, const std::string& name) {
    if (table.times_ms.size() != table.amplitudes.size())
        throw NetworkError(name, fmt::format("a current must have as many amplitudes as times, {}, "
                                             "got {}",
                                             table.times_ms.size(), table.amplitudes.size()));
    std::optional<double> before_ms;
    for (const double t_ms : table.times_ms) {
        const double least_ms = before_ms ? *before_ms + k_current_intervals_ms.low : 0.0;
        if (!(t_ms >= least_ms && t_ms <= k_current_times_ms.high))
            throw ParameterError(name, "time of a current", t_ms,
                                 fmt::format("{} .. {}", least_ms, k_current_times_ms.high));
        before_ms = t_ms;
    }
    for (const double amplitude : table.amplitudes)
        require_within(name, "amplitude", amplitude, k_amplitudes);
}
void validate(const StepCurrent&, const std::string&) {}
void validate(const SineCurrent&, const std::string&) {}
void validate(const NoiseCurrent&, const std::string&) {}

void validate(const InjectedCurrent& current, const NeuronPopulation& cells) {
    if (drive_unit_of(cells.neuron).empty())
        throw NetworkError(
            cells.name, fmt::format("{} has no drive to add a current to", key_of(cells.neuron)));
    std::visit(
        [&](const auto& waveform) {
            spikewell::validate(waveform, drive_unit_of(cells.neuron));
            validate(waveform, cells.name);
        },
        current.waveform);
    detail::validate_range(cells.name, "neurons", current.first, current.count, cells.size);
}

/// What a population's card says, and of what is of a type of its own.
struct PopulationCheck : detail::FieldCheck {
    using FieldCheck::operator();

    template <class M, class Of> void operator()(const M& m, const Inline<M, Of>& field) const {
        detail::check_fields(*this, m.*field.member);
    }
    template <class M> void operator()(const M& m, const Own<M, PoissonRate>& field) const {
        validate(m.*field.member);
    }
    template <class M> void operator()(const M& m, const Own<M, std::vector<Spike>>& field) const {
        validate(m.*field.member, size_of(m), name);
    }
    template <class M> void operator()(const M& m, const Own<M, std::optional<Positions>>&) const {
        if (m.positions) validate(*m.positions, m.size, name);
    }
    void operator()(const DyadicPopulation& m, const Own<DyadicPopulation, Evidence>&) const {
        validate(m.evidence, m.n_nodes, name);
    }
    void operator()(const NeuronPopulation& m,
                    const Own<NeuronPopulation, Distribution>& field) const {
        const std::optional<Ceiling> ceiling = ceiling_of(m.neuron);
        validate(m.V_init_mV, name, field.key, field.allowed->low,
                 ceiling ? ceiling->V_mV : field.allowed->high);
    }
    void operator()(const NeuronPopulation& m,
                    const Own<NeuronPopulation, std::vector<PoissonInput>>& field) const {
        FieldCheck::operator()(m, field);
        for (const PoissonInput& input : m.inputs) {
            detail::check_fields(*this, input);
            detail::validate_range(name, "neurons", input.first, input.count, m.size);
        }
    }
    void operator()(const NeuronPopulation& m,
                    const Own<NeuronPopulation, std::vector<InjectedCurrent>>& field) const {
        FieldCheck::operator()(m, field);
        for (const InjectedCurrent& current : m.currents)
            validate(current, m);
    }
};

} // namespace

void detail::validate_range(std::string_view where,
                            std::string_view what,
                            std::uint32_t first,
                            const std::optional<std::uint32_t>& count,
                            std::size_t size) {
    const std::uint64_t end = first + std::uint64_t{count.value_or(0)};
    if (first >= size || end > size || (count && *count == 0)) {
        throw NetworkError(where, fmt::format("{} {} .. {} are not all among 0 .. {}", what, first,
                                              count ? static_cast<std::int64_t>(end) - 1
                                                    : static_cast<std::int64_t>(size) - 1,
                                              size - 1));
    }
}

void validate(const Population& population, const NeuronsOf& neurons) {
    const auto* cells = std::get_if<NeuronPopulation>(&population);
    if (cells != nullptr)
        std::visit([](const auto& neuron) { spikewell::validate(neuron); }, cells->neuron);
    const PopulationCheck check{
        {name_of(population), cells != nullptr ? weight_unit_of(cells->neuron) : ""}};
    std::visit([&](const auto& p) { detail::check_fields(check, p); }, population);
    if (cells != nullptr) validate_varied(*cells, neurons);
}

Evidence Evidence::constant(const std::vector<double>& values) {
    Evidence evidence{{0.0}, Matrix(values.size(), 1)};
    evidence.values.values = values;
    return evidence;
}

bool evidence_may_change_at(double t_ms, const std::optional<double>& before_ms) {
    // What is 1e-4 apart in a text may be a little less in numbers.
    constexpr double k_nearly = 0.99;
    const double least_ms = before_ms ? *before_ms + k_nearly * k_least_delay_ms : k_least_delay_ms;
    const bool first = !before_ms && t_ms == 0.0;
    return (first || t_ms >= least_ms) && t_ms <= k_durations_ms.high; // not NaN
}

DyadicCode code_of(const Population& population) {
    if (const auto* dyadic = std::get_if<DyadicPopulation>(&population)) return dyadic->code();
    return std::get<SpikeListSource>(population).code();
}

bool is_dyadic(const Population& population) {
    return std::holds_alternative<DyadicPopulation>(population) ||
           std::holds_alternative<SpikeListSource>(population);
}

std::vector<std::string> own_of(const NeuronPopulation& cells) {
    std::vector<std::string> texts;
    if (!cells.currents.empty()) texts.push_back("injected currents of " + cells.name);
    for (const VariedNumber& number : cells.varied)
        texts.push_back(fmt::format("{} of each neuron of {}: all have {}", number.key, cells.name,
                                    number_at(cells.neuron, number.key)));
    return texts;
}

const PoissonRate* random_rate_of(const Population& population) {
    return std::visit(
        []<class P>(const P& p) -> const PoissonRate* {
            if constexpr (RandomSource<P>)
                return &p.rate;
            else
                return nullptr;
        },
        population);
}

const std::string& name_of(const Population& population) {
    return std::visit([](const auto& p) -> const std::string& { return p.name; }, population);
}

std::vector<Misfit> Card<DyadicCode>::misfits(const DyadicCode& code) {
    const auto most = k_max_neurons / static_cast<std::size_t>(std::max(code.neurons_per_node, 1));
    if (code.n_nodes <= most) return {};
    return {{"n_nodes", static_cast<double>(code.n_nodes),
             fmt::format("<= {} / neurons_per_node = {}", k_max_neurons, most)}};
}

std::size_t size_of(const Population& population) {
    return std::visit([](const auto& p) { return size_of(p); }, population);
}

std::span<const std::string_view> state_columns(const Population& population) {
    static constexpr std::array<std::string_view, 1> k_of_nodes{"sigma"};
    if (const auto* cells = std::get_if<NeuronPopulation>(&population))
        return state_columns(cells->neuron);
    if (is_dyadic(population)) return k_of_nodes;
    return {};
}

std::optional<Positions> positions_of(const Population& population) {
    return std::visit(
        [](const auto& p) -> std::optional<Positions> {
            if constexpr (requires { p.positions; })
                return p.positions;
            else
                return std::nullopt;
        },
        population);
}

std::size_t n_targets_of(const Population& population) {
    return is_dyadic(population) ? code_of(population).n_nodes : size_of(population);
}

} // namespace spikewell
