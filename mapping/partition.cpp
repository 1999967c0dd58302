#include "mapping/partition.hpp"

#include "core/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace spikewell::mapping {

namespace {

/// Neurons of a slice [population]; the last slice of a population may have fewer.
using Sizes = std::vector<std::uint32_t>;

struct Task {
    const Network& network;
    const Board& board;
    const Pace& pace;
    const SpikeRates& rates;
    std::uint64_t cores;

    [[nodiscard]] std::uint32_t neurons(std::uint32_t p) const {
        return static_cast<std::uint32_t>(size_of(network.populations[p]));
    }
    [[nodiscard]] std::uint32_t unit(std::uint32_t p) const {
        return neurons_per_unit(network.populations[p]);
    }
    [[nodiscard]] std::uint32_t slices(std::uint32_t p, std::uint32_t size) const {
        return (neurons(p) + size - 1) / size;
    }
    /// Of n slices that are as equal as whole units allow.
    [[nodiscard]] std::uint32_t size_for(std::uint32_t p, std::uint32_t n_slices) const {
        const std::uint32_t units = neurons(p) / unit(p);
        return (units + n_slices - 1) / n_slices * unit(p);
    }
    /// The slice from neuron `first` on.
    [[nodiscard]] NeuronSpan span(std::uint32_t p, std::uint32_t first, std::uint32_t size) const {
        return {p, first, std::min(size, neurons(p) - first)};
    }
    [[nodiscard]] std::vector<NeuronSpan> spans(std::uint32_t p, std::uint32_t size) const {
        std::vector<NeuronSpan> all;
        for (std::uint32_t first = 0; first < neurons(p); first += size)
            all.push_back(span(p, first, size));
        return all;
    }

    /// The slices of this cut whose packets come where these rows are: those with some row there.
    [[nodiscard]] std::vector<NeuronSpan> heard(const std::vector<RowBlock>& rows,
                                                const Sizes& sizes) const {
        std::vector<std::vector<char>> with_row(network.populations.size());
        for (const RowBlock& block : rows) {
            std::vector<char>& slices_of = with_row[block.pre];
            slices_of.resize(slices(block.pre, sizes[block.pre]), 0);
            for (std::size_t row = 0; row < block.synapses.size(); ++row) {
                if (block.synapses[row] == 0) continue;
                const std::size_t neuron = block.first + row * block.neurons_per_row;
                slices_of[neuron / sizes[block.pre]] = 1;
            }
        }
        std::vector<NeuronSpan> from;
        for (std::uint32_t p = 0; p < with_row.size(); ++p) {
            for (std::uint32_t s = 0; s < with_row[p].size(); ++s) {
                if (with_row[p][s] != 0) from.push_back(span(p, s * sizes[p], sizes[p]));
            }
        }
        return from;
    }
    /// As though every unit were a slice: only what is needed comes.
    [[nodiscard]] Sizes units() const {
        Sizes sizes;
        for (std::uint32_t p = 0; p < network.populations.size(); ++p)
            sizes.push_back(unit(p));
        return sizes;
    }

    [[nodiscard]] CoreLoad load(const NeuronSpan& span, const Sizes& sizes) const {
        const std::vector<RowBlock> rows = rows_onto(network, span);
        return load_of(network, span, rows, board, pace, {heard(rows, sizes), rates});
    }
    [[nodiscard]] std::optional<Shortage> shortage(const NeuronSpan& span,
                                                   const Sizes& sizes) const {
        return shortage_of(load(span, sizes), board, pace);
    }
    [[nodiscard]] double rate_Hz(const NeuronSpan& span) const {
        const auto first = rates[span.population].begin() + span.first;
        return std::accumulate(first, first + span.count, 0.0);
    }
};

/// A slice that does not fit.
struct Misfit {
    NeuronSpan span;
    Shortage shortage;
};

/// Finds sizes with which every slice fits. They only ever shrink.
class Cutter {
  public:
    explicit Cutter(const Task& task)
        : task_(task), units_(task.units()), sizes_(units_), limits_(units_.size()) {}

    Sizes run() {
        for (std::uint32_t p = 0; p < sizes_.size(); ++p)
            sizes_[p] = task_.size_for(p, task_.slices(p, most_neurons(p)));
        require_cores();
        for (bool shrunk = true; shrunk;) {
            shrunk = false;
            for (std::uint32_t p = 0; p < sizes_.size(); ++p)
                shrunk |= shrink_to_fit(p);
            shrunk |= shrink_for_output();
        }
        return sizes_;
    }

  private:
    [[noreturn]] void refuse(const NeuronSpan& span, const Shortage& s) const {
        const Population& population = task_.network.populations[span.population];
        throw MappingError(s.resource, s.needed, s.available,
                           fmt::format("population {}, from neuron {}: not even one {} fits a core "
                                       "of {}; {} would help",
                                       name_of(population), span.first,
                                       task_.unit(span.population) > 1 ? "node" : "neuron",
                                       task_.board.name, s.remedy));
    }

    /// Of the first slice, if only what it needs came to it.
    std::uint32_t most_neurons(std::uint32_t p) {
        const std::uint32_t unit = task_.unit(p);
        const auto shortage = [&](std::uint32_t units) {
            return task_.shortage({p, 0, units * unit}, units_);
        };
        if (const auto short_of = shortage(1)) refuse({p, 0, unit}, *short_of);
        std::uint32_t fits = 1;
        std::uint32_t too_many =
            std::min(task_.neurons(p), static_cast<std::uint32_t>(task_.board.core.neurons)) /
                unit +
            1;
        while (too_many - fits > 1) {
            const std::uint32_t middle = fits + (too_many - fits) / 2;
            if (const auto short_of = shortage(middle)) {
                too_many = middle;
                limits_[p] = short_of->resource;
            } else {
                fits = middle;
            }
        }
        return fits * unit;
    }

    [[nodiscard]] std::optional<Misfit> misfit(std::uint32_t p, std::uint32_t size) const {
        Sizes sizes = sizes_;
        sizes[p] = size;
        for (const NeuronSpan& span : task_.spans(p, size)) {
            if (auto shortage = task_.shortage(span, sizes))
                return Misfit{span, *std::move(shortage)};
        }
        return std::nullopt;
    }

    /// Into the fewest slices that fit, unless what comes unneeded is to blame and cutting its source
    /// finer takes fewer slices, or nothing else helps. False: they fit already.
    bool shrink_to_fit(std::uint32_t p) {
        const std::optional<Misfit> wrong = misfit(p, sizes_[p]);
        if (!wrong) return false;
        limits_[p] = wrong->shortage.resource;
        const std::uint32_t now = task_.slices(p, sizes_[p]);
        std::optional<Misfit> single;
        const std::uint32_t enough = fewest_slices(p, single);
        const std::optional<std::uint32_t> source = coarsest_source(single ? *single : *wrong);
        if (single && !source) refuse(single->span, *task_.shortage(single->span, units_));
        const bool by_source = single || (source && *source != p &&
                                          task_.slices(*source, sizes_[*source]) < enough - now);
        if (by_source)
            resize(*source, task_.size_for(*source, 2 * task_.slices(*source, sizes_[*source])));
        else
            resize(p, task_.size_for(p, enough));
        return true;
    }

    /// More than there are now. `single`: a unit that does not fit by itself.
    std::uint32_t fewest_slices(std::uint32_t p, std::optional<Misfit>& single) const {
        const std::uint32_t most = task_.neurons(p) / task_.unit(p);
        std::uint32_t too_few = task_.slices(p, sizes_[p]);
        std::uint32_t enough = too_few;
        for (std::uint32_t step = 1;; step *= 2) {
            too_few = enough;
            enough = step < most - enough ? enough + step : most;
            const std::optional<Misfit> wrong = misfit(p, task_.size_for(p, enough));
            if (!wrong) break;
            if (enough < most) continue;
            single = wrong;
            return enough;
        }
        while (enough - too_few > 1) {
            const std::uint32_t middle = too_few + (enough - too_few) / 2;
            (misfit(p, task_.size_for(p, middle)) ? too_few : enough) = middle;
        }
        return enough;
    }

    /// The population that sends most of what a slice has no need of. None where without that it would
    /// not fit either.
    [[nodiscard]] std::optional<std::uint32_t> coarsest_source(const Misfit& wrong) const {
        if (task_.shortage(wrong.span, units_)) return std::nullopt;
        const std::vector<RowBlock> rows = rows_onto(task_.network, wrong.span);
        std::vector<double> unneeded(sizes_.size(), 0.0);
        const bool by_rate = task_.board.routing == Routing::tables;
        const auto worth = [&](const NeuronSpan& span) {
            return by_rate ? task_.rate_Hz(span) : static_cast<double>(span.count);
        };
        for (const NeuronSpan& span : task_.heard(rows, sizes_))
            unneeded[span.population] += worth(span);
        for (const NeuronSpan& span : task_.heard(rows, units_))
            unneeded[span.population] -= worth(span);
        std::optional<std::uint32_t> most;
        for (std::uint32_t p = 0; p < sizes_.size(); ++p) {
            if (sizes_[p] == units_[p]) continue;
            if (!most || unneeded[p] > unneeded[*most]) most = p;
        }
        return most;
    }

    /// Slices that send to more cores than theirs can. False: there are none.
    bool shrink_for_output() {
        const auto limit = static_cast<std::uint32_t>(task_.board.core.out_axons);
        if (limit == 0) return false;
        std::vector<std::vector<std::uint32_t>> sinks(sizes_.size());
        for (std::uint32_t p = 0; p < sizes_.size(); ++p)
            sinks[p].resize(task_.slices(p, sizes_[p]), 0);
        for (std::uint32_t p = 0; p < sizes_.size(); ++p) {
            for (const NeuronSpan& span : task_.spans(p, sizes_[p])) {
                for (const NeuronSpan& from : task_.heard(rows_onto(task_.network, span), sizes_))
                    ++sinks[from.population][from.first / sizes_[from.population]];
            }
        }
        bool shrunk = false;
        for (std::uint32_t p = 0; p < sizes_.size(); ++p)
            shrunk |= shrink_to_send(p, sinks[p], limit);
        return shrunk;
    }

    bool shrink_to_send(std::uint32_t p,
                        const std::vector<std::uint32_t>& sinks,
                        std::uint32_t limit) {
        const auto worst = std::max_element(sinks.begin(), sinks.end());
        const std::uint64_t needed = std::uint64_t{*worst} * sizes_[p];
        if (needed <= limit) return false;
        const NeuronSpan span{p, static_cast<std::uint32_t>(worst - sinks.begin()) * sizes_[p],
                              sizes_[p]};
        const Shortage shortage{"output axons of a core", static_cast<double>(needed),
                                static_cast<double>(limit), "another --machine"};
        if (sizes_[p] == units_[p]) refuse(span, shortage);
        limits_[p] = shortage.resource;
        const std::uint32_t units = std::max(1U, limit / *worst / units_[p]);
        resize(p, task_.size_for(p, task_.slices(p, units * units_[p])));
        return true;
    }

    void resize(std::uint32_t p, std::uint32_t size) {
        sizes_[p] = size;
        require_cores();
    }

    /// The more there are, the more there will be: slices only shrink.
    void require_cores() const {
        std::uint64_t all = 0;
        std::vector<std::uint32_t> slices;
        for (std::uint32_t p = 0; p < sizes_.size(); ++p) {
            slices.push_back(task_.slices(p, sizes_[p]));
            all += slices.back();
        }
        if (all <= task_.cores) return;
        const auto most = static_cast<std::size_t>(std::max_element(slices.begin(), slices.end()) -
                                                   slices.begin());
        const std::string& limit = limits_[most];
        const bool cycles = limit.rfind("cycles", 0) == 0;
        throw MappingError(
            "cores", static_cast<double>(all), static_cast<double>(task_.cores),
            fmt::format("population {} takes {} of them, {} neurons each{}; a larger --machine{} "
                        "would help",
                        name_of(task_.network.populations[most]), slices[most], sizes_[most],
                        limit.empty() ? "" : " for want of " + limit,
                        cycles ? ", --slow-down or --rates-from-ms" : ""));
    }

    const Task& task_;
    Sizes units_;
    Sizes sizes_;
    std::vector<std::string> limits_; ///< [population] the resource that keeps slices small
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
    Builder(const Task& task, Sizes sizes) : task_(task), sizes_(std::move(sizes)) {}

    Partition build() {
        for (std::uint32_t p = 0; p < sizes_.size(); ++p) {
            first_of_.push_back(spans_.size());
            for (const NeuronSpan& span : task_.spans(p, sizes_[p]))
                spans_.push_back(span);
            made_.populations.push_back({name_of(task_.network.populations[p]), task_.neurons(p)});
        }
        sinks_.resize(spans_.size());
        for (VertexIndex v = 0; v < spans_.size(); ++v)
            add_slice(v);
        add_nets();
        return std::move(made_);
    }

  private:
    void add_slice(VertexIndex v) {
        const NeuronSpan& span = spans_[v];
        const std::vector<RowBlock> rows = rows_onto(task_.network, span);
        const Arrivals arrivals{task_.heard(rows, sizes_), task_.rates};
        for (const NeuronSpan& from : arrivals.from)
            sinks_[first_of_[from.population] + from.first / sizes_[from.population]].push_back(v);
        const CoreLoad load = load_of(task_.network, span, rows, task_.board, task_.pace, arrivals);
        made_.graph.vertices.push_back(
            {label_of(task_.network, span), span.count, load.sdram_bytes});
        made_.slices.push_back({v, span.population, span.first, span.count, load.twins});
        made_.loads.push_back(load);
    }

    void add_nets() {
        for (VertexIndex v = 0; v < spans_.size(); ++v) {
            if (sinks_[v].empty()) continue;
            made_.loads[v].out_axons = std::uint64_t{spans_[v].count} * sinks_[v].size();
            made_.graph.nets.push_back({v, std::move(sinks_[v]), task_.rate_Hz(spans_[v])});
        }
    }

    const Task& task_;
    Sizes sizes_;
    std::vector<NeuronSpan> spans_;
    std::vector<std::size_t> first_of_; ///< first slice of each population
    std::vector<std::vector<VertexIndex>> sinks_;
    Partition made_;
};

} // namespace

Partition partition(const Network& network,
                    const Board& board,
                    const Pace& pace,
                    const SpikeRates& rates,
                    std::uint64_t cores) {
    validate(network, board, pace);
    const Task task{network, board, pace, rates, cores};
    return Builder(task, Cutter(task).run()).build();
}

Layout map_partition(const Partition& parts,
                     const Machine& machine,
                     const MapOptions& options,
                     const Pace& pace,
                     const std::string& digest) {
    Layout layout = map_graph(parts.graph, machine, options);
    layout.populations = parts.populations;
    layout.slices = parts.slices;
    layout.network = MappedNetwork{digest, pace, parts.loads};
    return layout;
}

} // namespace spikewell::mapping
