#include "network/engine/dyadic/crowded_path.hpp"
#include "network/engine/dyadic/crowded_windows.hpp"
#include "network/engine/dyadic/direct_path.hpp"
#include "network/engine/dyadic/direct_windows.hpp"
#include "neuron_models/langevin.hpp"
#include "support/networks.hpp"

#include <catch2/catch.hpp>

#include <cmath>

using namespace spikewell;
using namespace spikewell::detail;
using namespace spikewell::test;

namespace {

constexpr double k_tau_ref_ms = 10.0;
constexpr double k_tau_m_ms = 3.0;
constexpr double k_delay_ms = 3.93;
constexpr std::size_t k_post = 80; // a part of two strips, and one whose second strip is padding
constexpr std::uint32_t k_sources = 200;

std::vector<Spike> irregular_spikes(double end_ms,
                                    std::uint32_t first_stream,
                                    std::uint32_t n_neurons) {
    std::vector<Spike> spikes;
    for (std::uint32_t neuron = 0; neuron < n_neurons; ++neuron) {
        RandomStream stream(99, Purpose::initial_couplings, first_stream + neuron);
        double t_ms = 2.0;
        while ((t_ms += k_tau_ref_ms - 8.0 * std::log(stream.uniform())) < end_ms)
            spikes.push_back({t_ms, neuron});
    }
    return spikes;
}

/// Two sources onto one population, over projections of two delays.
struct Driven {
    std::array<Matrix, 2> coupling;
    std::array<std::vector<Spike>, 2> input;
    std::array<double, 2> delay_ms = {k_delay_ms, 1.5 * k_delay_ms};
    Network network = lone_nodes(k_post, 5, k_tau_m_ms, 21);
    std::uint32_t n_pre; // nodes of a source

    explicit Driven(std::size_t n_sources, std::uint32_t n_nodes = k_sources) : n_pre(n_nodes) {
        for (std::uint32_t p = 0; p < n_sources; ++p) {
            coupling[p] = Matrix(k_post, n_pre);
            RandomStream stream(4, Purpose::initial_couplings, p);
            for (std::size_t i = 0; i < k_post; ++i) {
                // Rows of very different size, among them one of nought.
                const double scale = 0.02 * static_cast<double>(i % 4);
                for (std::size_t j = 0; j < n_pre; ++j)
                    coupling[p](i, j) = scale * stream.normal();
            }
            input[p] = irregular_spikes(200.0, 1000 * p, 2 * n_pre);
            network.populations.emplace_back(
                SpikeListSource{"input", {n_pre, 2, k_tau_ref_ms}, input[p]});
            network.projections.emplace_back(
                FactorisedProjection{{p + 1}, {0}, coupling[p], delay_ms[p], {}});
        }
    }

    /// V without evidence by superposing pulses; float32 couplings.
    [[nodiscard]] double potential(std::size_t node, double t_ms) const {
        const auto through = [&](double since_ms) {
            return since_ms > 0.0 ? 1.0 - std::exp(-since_ms / k_tau_m_ms) : 0.0;
        };
        double v = 0.0;
        for (std::size_t p = 0; p < network.projections.size(); ++p) {
            for (std::size_t j = 0; j < n_pre; ++j)
                v -= 0.75 * static_cast<double>(static_cast<float>(coupling[p](node, j)));
            for (const Spike& spike : input[p]) {
                const double on_ms = spike.t_ms + delay_ms[p];
                v += static_cast<double>(static_cast<float>(coupling[p](node, spike.source / 2))) *
                     std::pow(2.0, -static_cast<double>(spike.source % 2)) *
                     (through(t_ms - on_ms) - through(t_ms - on_ms - k_tau_ref_ms));
            }
        }
        return v;
    }
};

/// An engine that has run for some time and stands before one more window.
struct Standing {
    EngineState engine;
    Window window;

    explicit Standing(const Driven& driven)
        : engine(make_engine_state(driven.network, 1, nullptr)) {
        engine.plan = plan_run(engine, engine.time_ms, 60.0);
        REQUIRE(run_windows(engine, {}, {}));
        window = {engine.time_ms, engine.time_ms + k_delay_ms};
    }
    PopulationState& population() { return engine.populations[0]; }
};

} // namespace

TEST_CASE("Quantised couplings are within their error of the couplings") {
    const Driven driven(2);
    PartCouplings first(driven.coupling[0], 0, 2);
    PartCouplings second(driven.coupling[1], 0, 2);
    std::array<PartCouplings*, 2> incoming{&first, &second};
    const int log2_quanta = GENERATE(5, 20); // of 2^-20, sums are what limits the scale
    QuantisedCouplings quantised(incoming, 0, 2, log2_quanta);
    REQUIRE(quantised.n_columns() == 2 * k_sources);
    for (const std::size_t bunch : {0U, 1U})
        quantised.quantise(bunch, incoming);
    for (std::size_t i = 0; i < k_post; ++i) {
        const std::size_t lane = i % 64;
        const auto scale = static_cast<double>(quantised.scale(i / 64)[lane]);
        double left = 0.0;
        double sum = 0.0;
        double largest = 0.0;
        for (std::size_t column = 0; column < 2 * k_sources; ++column) {
            const std::int16_t q = quantised.strip(
                i / 64,
                lane / k_strip_width)[column * k_strip_width + slot_of(lane % k_strip_width)];
            const PartCouplings& coupling = *incoming[column / k_sources];
            const auto exact =
                static_cast<double>(coupling.column(i / 64, column % k_sources)[lane]);
            left += std::abs(exact - scale * q);
            sum += std::abs(q);
            largest = std::max(largest, std::abs(exact));
        }
        CAPTURE(i, log2_quanta);
        CHECK(left <= static_cast<double>(quantised.error(i / 64)[lane]));
        CHECK(static_cast<double>(quantised.largest(i / 64)[lane]) == largest);
        CHECK(sum * std::ldexp(1.0, log2_quanta) < std::ldexp(1.0, 31));
        CHECK(left <= 2.0 * k_sources * 0.5 * scale * 1.0001);
        // As fine as 16 bits allow, or 31 bits the sums.
        const double finest =
            std::max(largest / 32767.0, sum * scale * std::ldexp(1.0, -31 + log2_quanta));
        CHECK(scale <= 1.2 * finest);
    }
}

TEST_CASE("Sums over columns are the sums") {
    constexpr std::size_t n_columns = 70;
    constexpr std::size_t n_bunches = 3;
    constexpr std::size_t per_bunch = 16;
    RandomStream stream(6, Purpose::initial_couplings, 0);
    const auto any = [&] { return static_cast<std::int16_t>(stream.index(65535)); };
    std::vector<std::int16_t, LargePages<std::int16_t>> columns(n_columns * k_strip_width);
    for (std::int16_t& q : columns)
        q = static_cast<std::int16_t>(any() - 32767);
    std::vector<std::uint32_t> offset(n_bunches * per_bunch + k_lookahead + 2);
    std::vector<std::int16_t> change(n_bunches * per_bunch);
    std::vector<std::int16_t> weight(change.size());
    for (std::size_t s = 0; s < change.size(); ++s) {
        offset[s] = static_cast<std::uint32_t>(stream.index(n_columns) * k_strip_width);
        change[s] = static_cast<std::int16_t>(static_cast<int>(stream.index(65)) - 32);
        weight[s] = static_cast<std::int16_t>(static_cast<int>(stream.index(8191)) - 4095);
    }
    std::vector<std::int32_t> sums(n_bunches * 2 * k_strip_width);
    sum_columns({columns.data(), offset.data(), change.data(), weight.data(), n_bunches, per_bunch,
                 columns.data(), 0, 1},
                sums.data());
    for (std::size_t b = 0; b < n_bunches; ++b) {
        for (std::size_t lane = 0; lane < k_strip_width; ++lane) {
            std::int64_t changes = 0;
            std::int64_t through = 0;
            for (std::size_t s = b * per_bunch; s < (b + 1) * per_bunch; ++s) {
                changes += std::int64_t{columns[offset[s] + slot_of(lane)]} * change[s];
                through += std::int64_t{columns[offset[s] + slot_of(lane)]} * weight[s];
            }
            REQUIRE(sums[2 * b * k_strip_width + lane] == changes);
            REQUIRE(sums[(2 * b + 1) * k_strip_width + lane] == through);
        }
    }
}

// Rounding: potentials of order 1 in float, 1e-7 each time a bunch ends, decaying with tau_m.
TEST_CASE("A crowded window's potentials are those of the pulses, its bounds hold") {
    const Driven driven(GENERATE(1U, 2U));
    Standing standing(driven);
    PopulationState& population = standing.population();
    prepare_crowd(standing.engine, population, standing.window);
    REQUIRE(population.crowd.active);
    REQUIRE_FALSE(population.crowd.begins);
    RandomStream stream(5, Purpose::initial_couplings, 0);
    std::size_t n_open = 0;
    for (Part& part : population.parts) {
        CrowdScratch scratch;
        advance_crowded(standing.engine, population, part, scratch, standing.window);
        for (std::size_t lane = 0; lane < part.count; ++lane) {
            const CrowdedPath path(standing.engine, population, part, scratch, lane, 0.0);
            for (std::size_t n = 0; n < 20; ++n) {
                const double t_ms = standing.window.begin_ms + k_delay_ms * stream.uniform();
                const double v = driven.potential(part.first + lane, t_ms);
                const std::size_t b = path.segment_at(t_ms, 0);
                CAPTURE(part.first + lane, t_ms, v, b);
                REQUIRE(path.exact_potential(b, t_ms) == Approx(v).margin(2e-6));
                const auto margin = static_cast<double>(part.crowd.margin[lane]);
                REQUIRE(std::abs(path.quantised_potential(b, t_ms) - v) <= margin);
                const PathRange range =
                    path.range_from(t_ms, b, [](const PathRange&) { return true; });
                REQUIRE(range.low <= v);
                REQUIRE(range.high >= v);
                REQUIRE(static_cast<double>(part.scratch.low[lane]) <= v);
                REQUIRE(static_cast<double>(part.scratch.high[lane]) >= v);
                // Decisions at all distances, among them those that bounds leave open.
                for (const double away : {3e-6, 1e-4, 1e-3, 1e-2, 1.0}) {
                    REQUIRE(path.exceeds(b, t_ms, v - away));
                    REQUIRE_FALSE(path.exceeds(b, t_ms, v + away));
                }
                n_open += 1e-4 < margin ? 1 : 0;
            }
        }
    }
    CHECK(n_open > 500);
    // The bounds are worth something, too.
    CHECK(population.parts[0].crowd.margin[1] < 1e-3F);
    CHECK(reach_of(population.crowd.arrivals.slack, 0.06F) < 0.05F);
}

// With a learning rate of 0 couplings stay what they are, but are taken to change. Rounding: as above.
TEST_CASE("Where couplings change a window's potentials are those of the pulses, its bounds hold") {
    const std::uint32_t n_pre = GENERATE(400U, 1400U); // bunches of few arrivals, of many
    Driven driven(1, n_pre);
    const Prediction prediction = GENERATE(Prediction::spiking, Prediction::expected);
    factorised(driven.network.projections[0]).plasticity = PredictiveHebbian{0.0, prediction, 0.0};
    Standing standing(driven);
    PopulationState& population = standing.population();
    prepare_crowd(standing.engine, population, standing.window);
    REQUIRE(population.crowd.direct);
    const std::vector<Bunch>& bunches = population.crowd.arrivals.bunches;
    CHECK(population.crowd.arrivals.per_bunch == (n_pre == 400U ? 16 : 32));
    RandomStream stream(5, Purpose::initial_couplings, 0);
    for (Part& part : population.parts) {
        CrowdScratch scratch;
        advance_direct(standing.engine, population, part, scratch, standing.window);
        for (std::size_t lane = 0; lane < part.count; ++lane) {
            const DirectPath path(standing.engine, population, part, scratch, lane, 0.0);
            const std::size_t node = part.first + lane;
            for (std::size_t n = 0; n < 10; ++n) {
                const double t_ms = standing.window.begin_ms + k_delay_ms * stream.uniform();
                const double v = driven.potential(node, t_ms);
                const std::size_t b = path.segment_at(t_ms, 0);
                CAPTURE(node, t_ms, v, b);
                REQUIRE(path.potential(b, t_ms) == Approx(v).margin(5e-6));
                const auto holds = [&](const PathRange& range) {
                    REQUIRE(range.low - 5e-6 <= v);
                    REQUIRE(range.high + 5e-6 >= v);
                    const double end_v = driven.potential(node, range.until_ms);
                    REQUIRE(range.low - 5e-6 <= end_v);
                    REQUIRE(range.high + 5e-6 >= end_v);
                    REQUIRE(range.until_ms > t_ms);
                };
                const PathRange wide =
                    path.range_from(t_ms, b, [](const PathRange&) { return true; });
                holds(wide);
                const PathRange narrow = path.range_from(t_ms, b, [&](const PathRange& range) {
                    return range.high - range.low < 0.1 * (wide.high - wide.low);
                });
                holds(narrow);
                REQUIRE(static_cast<double>(part.scratch.low[lane]) <= v);
                REQUIRE(static_cast<double>(part.scratch.high[lane]) >= v);
                for (const double away : {1e-5, 1e-4, 1e-3, 1e-2, 1.0}) {
                    REQUIRE(path.exceeds(b, t_ms, v - away));
                    REQUIRE_FALSE(path.exceeds(b, t_ms, v + away));
                }
            }
            if (prediction == Prediction::spiking) continue;
            // The mean state of each bunch, by Simpson's rule in eight stretches.
            for (std::size_t b = 0; b < bunches.size(); b += 3) {
                const double length_ms = bunches[b].end_ms - bunches[b].begin_ms;
                double mean = 0.0;
                for (int k = 0; k <= 16; ++k) {
                    const double t_ms = bunches[b].begin_ms + length_ms * k / 16.0;
                    mean += (k % 16 == 0  ? 1.0
                             : k % 2 == 0 ? 2.0
                                          : 4.0) /
                            48.0 * dyadic_langevin(driven.potential(node, t_ms), 5);
                }
                CAPTURE(node, b);
                REQUIRE(static_cast<double>(part.scratch.expected[b * part.width + lane]) ==
                        Approx(mean).margin(1e-4));
            }
        }
    }
}

TEST_CASE("Potentials are handed over where crowded windows end") {
    const Driven driven(2);
    Standing standing(driven);
    PopulationState& population = standing.population();
    REQUIRE(population.crowd.active);
    population.inverse_temperature = 1e6; // no bound is tight enough
    prepare_crowd(standing.engine, population, standing.window);
    REQUIRE(population.crowd.ends);
    for (Part& part : population.parts) {
        leave_crowd(standing.engine, population, part);
        for (std::size_t lane = 0; lane < part.count; ++lane) {
            const double v = driven.potential(part.first + lane, standing.window.begin_ms);
            CHECK(static_cast<double>(part.potential[lane]) == Approx(v).margin(2e-6));
        }
    }
}

TEST_CASE("A crowded window's bunches hold its arrivals in equal numbers, and any time is found") {
    constexpr double tau_ref_ms = 2.0;
    constexpr double lag_ms = 0.5;
    const Window window{3.0, 5.0};
    const std::size_t per_bunch = GENERATE(16U, 32U);
    const std::size_t n = GENERATE(0U, 1U, 15U, 16U, 333U, 5000U);
    RandomStream stream(8, Purpose::initial_couplings, 0);
    std::array<std::vector<Spike>, 2> spikes;
    for (std::uint32_t k = 0; k < n; ++k) {
        const std::size_t list = stream.index(5) == 0 ? 1 : 0;
        // Now and then many at a time.
        const double u = std::floor(stream.uniform() * 4000.0) / 4000.0;
        spikes[list].push_back({2.0 * u + (list == 0 ? 2.5 : 0.5), k});
    }
    std::vector<CrowdOutput> outputs;
    for (std::uint32_t k = 0; k < n; ++k)
        outputs.push_back({k * static_cast<std::uint32_t>(k_strip_width), 3});
    for (auto& list : spikes)
        std::sort(list.begin(), list.end());
    CrowdedArrivals arrivals;
    const auto in_turn = [](std::size_t n_calls, const std::function<void(std::size_t)>& body) {
        for (std::size_t k = n_calls; k-- > 0;)
            body(k);
    };
    arrivals.prepare({spikes[0], outputs.data(), 0.0, lag_ms, 1},
                     {spikes[1], outputs.data(), tau_ref_ms, lag_ms, -1}, per_bunch, window,
                     {5, k_tau_m_ms}, in_turn);
    REQUIRE(arrivals.n == n);
    REQUIRE(arrivals.bunches.size() == n / per_bunch + 1);
    CHECK(arrivals.begin_ms() == window.begin_ms);
    CHECK(arrivals.end_ms() == window.end_ms);
    std::vector<int> seen(n);
    double error = 0.0;
    for (std::size_t s = 0; s < arrivals.time_ms.size(); ++s) {
        const Bunch& bunch = arrivals.bunches[s / per_bunch];
        const float rounded = bunch.unit * static_cast<float>(arrivals.weight[s]);
        error += static_cast<double>(std::abs(arrivals.through[s] - rounded));
        if (s % per_bunch == 0 && s > 0)
            REQUIRE(bunch.begin_ms == arrivals.bunches[s / per_bunch - 1].end_ms);
        if (s >= n) {
            REQUIRE(arrivals.change[s] == 0);
            continue;
        }
        ++seen[arrivals.column(s)];
        REQUIRE(arrivals.time_ms[s] >= bunch.begin_ms);
        REQUIRE(arrivals.time_ms[s] <= bunch.end_ms);
        const double left = std::exp((arrivals.time_ms[s] - bunch.end_ms) / k_tau_m_ms);
        const double dx = std::count_if(spikes[0].begin(), spikes[0].end(),
                                        [&](const Spike& spike) {
                                            return spike.source == arrivals.column(s);
                                        }) > 0
                              ? 3.0 / 32.0
                              : -3.0 / 32.0;
        REQUIRE(arrivals.through[s] == Approx(dx * (1.0 - left)).margin(1e-7));
    }
    CHECK(std::count(seen.begin(), seen.end(), 1) == static_cast<std::ptrdiff_t>(n));
    CHECK(static_cast<double>(arrivals.weight_error) == Approx(error).margin(1e-6));
    for (std::size_t k = 0; k < 1000; ++k) {
        const double t_ms = k == 0 ? window.end_ms : 3.0 + 2.0 * stream.uniform();
        const std::size_t b = arrivals.bunch_at(t_ms);
        REQUIRE(t_ms >= arrivals.bunches[b].begin_ms);
        REQUIRE((t_ms < arrivals.bunches[b].end_ms || b + 1 == arrivals.bunches.size()));
    }
}
