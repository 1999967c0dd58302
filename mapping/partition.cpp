#include "mapping/partition.hpp"

#include "core/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace spikewell::mapping {

namespace {

struct Slicer {
    const Network& network;
    const Board& board;
    const Pace& pace;
    const SpikeRates& rates;

    /// Of a slice as though every source neuron's packets reached it: no less than in truth.
    [[nodiscard]] std::optional<Shortage> shortage(const NeuronSpan& span) const {
        const auto packets = [&](const RowBlock& block) {
            const std::vector<double>& of = rates[block.pre];
            const auto end = std::min(of.size(), std::size_t{block.first} +
                                                     block.synapses.size() * block.neurons_per_row);
            return 1e-3 * std::accumulate(of.begin() + block.first,
                                          of.begin() + static_cast<std::ptrdiff_t>(end), 0.0);
        };
        const std::vector<RowBlock> rows = rows_onto(network, span);
        return shortage_of(load_of(network, span, rows, board, pace, packets), board, pace);
    }

    [[nodiscard]] std::vector<NeuronSpan> cut(std::uint32_t p, std::uint32_t units) const {
        const auto n = static_cast<std::uint32_t>(size_of(network.populations[p]));
        const std::uint32_t size = units * neurons_per_unit(network.populations[p]);
        std::vector<NeuronSpan> spans;
        for (std::uint32_t first = 0; first < n; first += size)
            spans.push_back({p, first, std::min(size, n - first)});
        return spans;
    }

    /// The most units whose first slice fits.
    [[nodiscard]] std::uint32_t most_units(std::uint32_t p) const {
        const Population& population = network.populations[p];
        const std::uint32_t unit = neurons_per_unit(population);
        const auto n = static_cast<std::uint32_t>(size_of(population)) / unit;
        if (const auto short_of = shortage({p, 0, unit})) {
            throw MappingError(
                short_of->resource, short_of->needed, short_of->available,
                fmt::format(
                    "population {}: not even one {} fits a core of {}; a longer time step, a "
                    "slow-down or another board would help",
                    name_of(population), unit > 1 ? "node" : "neuron", board.name));
        }
        std::uint32_t fits = 1;
        std::uint32_t too_many =
            std::min(n, static_cast<std::uint32_t>(board.core.neurons) / unit) + 1;
        while (too_many - fits > 1) {
            const std::uint32_t middle = fits + (too_many - fits) / 2;
            (shortage({p, 0, middle * unit}) ? too_many : fits) = middle;
        }
        return fits;
    }

    /// Slices of one size, as few as fit.
    [[nodiscard]] std::vector<NeuronSpan> slices(std::uint32_t p) const {
        const std::uint32_t unit = neurons_per_unit(network.populations[p]);
        const auto n = static_cast<std::uint32_t>(size_of(network.populations[p])) / unit;
        for (std::uint32_t units = most_units(p);; --units) {
            const std::uint32_t n_slices = (n + units - 1) / units;
            units = (n + n_slices - 1) / n_slices;
            const std::vector<NeuronSpan> spans = cut(p, units);
            const bool fit = std::none_of(spans.begin(), spans.end(), [&](const NeuronSpan& span) {
                return shortage(span).has_value();
            });
            if (fit) return spans;
            if (units > 1) continue;
            for (const NeuronSpan& span : spans) {
                const auto s = shortage(span);
                if (s)
                    throw MappingError(s->resource, s->needed, s->available,
                                       fmt::format("population {}, neuron {}",
                                                   name_of(network.populations[p]), span.first));
            }
        }
    }
};

void validate(const Network& network, const Board& board, const Pace& pace) {
    if (!(pace.slow_down >= 1.0)) throw ParameterError("map", "slow_down", pace.slow_down, ">= 1");
    if (!(pace.time_step_ms >= 0.0) || (pace.time_step_ms == 0.0 && board.core.time_step_ms > 0.0))
        throw ParameterError("map", "time_step_ms", pace.time_step_ms, "> 0 on " + board.name);
    for (const Projection& projection : network.projections) {
        const auto* dense = std::get_if<FactorisedProjection>(&projection);
        if (dense != nullptr && dense->delay_ms == 0.0)
            throw NetworkError("projection " + name_of(network.populations[dense->post.index]),
                               "a delay of 0 cannot run on a board");
    }
}

std::string label_of(const Network& network, const NeuronSpan& span) {
    return fmt::format("{}:{}-{}", name_of(network.populations[span.population]), span.first,
                       span.first + span.count - 1);
}

class Builder {
  public:
    Builder(const Slicer& slicer) : slicer_(slicer) {}

    Partition build() {
        const Network& network = slicer_.network;
        for (std::uint32_t p = 0; p < network.populations.size(); ++p) {
            of_population_.push_back(spans_.size());
            for (const NeuronSpan& span : slicer_.slices(p))
                spans_.push_back(span);
            made_.populations.push_back(
                {name_of(network.populations[p]),
                 static_cast<std::uint32_t>(size_of(network.populations[p]))});
        }
        of_population_.push_back(spans_.size());
        sinks_.resize(spans_.size());
        for (VertexIndex v = 0; v < spans_.size(); ++v)
            add_slice(v);
        add_nets();
        check_out_axons();
        return std::move(made_);
    }

  private:
    /// Slices of the row block's sources that have rows, with what they send per ms.
    double connect(const RowBlock& block, VertexIndex sink) {
        double packets_per_ms = 0.0;
        for (std::size_t v = of_population_[block.pre]; v < of_population_[block.pre + 1]; ++v) {
            const NeuronSpan& source = spans_[v];
            bool any = false;
            for (std::uint32_t n = source.first; !any && n < source.first + source.count; ++n)
                any = block.has_row(n);
            if (!any) continue;
            packets_per_ms += 1e-3 * rate_Hz(source);
            if (sinks_[v].empty() || sinks_[v].back() != sink) sinks_[v].push_back(sink);
        }
        return packets_per_ms;
    }

    [[nodiscard]] double rate_Hz(const NeuronSpan& span) const {
        const std::vector<double>& rates = slicer_.rates[span.population];
        const auto first = rates.begin() + span.first;
        return std::accumulate(first, first + span.count, 0.0);
    }

    void add_slice(VertexIndex v) {
        const NeuronSpan& span = spans_[v];
        const std::vector<RowBlock> rows = rows_onto(slicer_.network, span);
        const CoreLoad load = load_of(slicer_.network, span, rows, slicer_.board, slicer_.pace,
                                      [&](const RowBlock& block) { return connect(block, v); });
        made_.graph.vertices.push_back(
            {label_of(slicer_.network, span), span.count, load.sdram_bytes});
        made_.slices.push_back({v, span.population, span.first, span.count, load.twins});
        made_.loads.push_back(load);
    }

    void add_nets() {
        for (VertexIndex v = 0; v < spans_.size(); ++v) {
            if (sinks_[v].empty()) continue;
            made_.loads[v].out_axons = std::uint64_t{spans_[v].count} * sinks_[v].size();
            made_.graph.nets.push_back({v, std::move(sinks_[v]), rate_Hz(spans_[v])});
        }
    }

    void check_out_axons() const {
        for (VertexIndex v = 0; v < spans_.size(); ++v) {
            if (const auto s = shortage_of(made_.loads[v], slicer_.board, slicer_.pace))
                throw MappingError(s->resource, s->needed, s->available,
                                   "slice " + made_.graph.vertices[v].label);
        }
    }

    const Slicer& slicer_;
    std::vector<NeuronSpan> spans_;
    std::vector<std::size_t> of_population_; ///< first slice of each
    std::vector<std::vector<VertexIndex>> sinks_;
    Partition made_;
};

} // namespace

Partition partition(const Network& network,
                    const Board& board,
                    const Pace& pace,
                    const SpikeRates& rates) {
    validate(network, board, pace);
    return Builder({network, board, pace, rates}).build();
}

} // namespace spikewell::mapping
