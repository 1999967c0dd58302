#include "core/error.hpp"
#include "network/engine/simulator.hpp"
#include "support/connectors.hpp"

#include <array>
#include <functional>

using namespace spikewell;
using namespace spikewell::test;
using Catch::Matchers::Contains;

// Positions, and connectors by distance. Distances, probabilities and degrees are computed here pair by pair,
// as in the definition; p-values as support/connectors.hpp says.

namespace {

const GridPositions k_line{{40}, {2.0}};
const GridPositions k_plane{{10, 12}, {1.0, 1.5}};
const GridPositions k_box{{4, 5, 6}, {1.0, 1.25, 1.5}};

std::size_t n_of(const GridPositions& grid) {
    return std::accumulate(grid.shape.begin(), grid.shape.end(), std::size_t{1},
                           std::multiplies<>());
}

ConnectionRule placed(const Connector& connector,
                      const Positions& pre,
                      std::size_t n_pre,
                      const Positions& post,
                      std::size_t n_post) {
    ConnectionRule rule = rule_of(connector, n_pre, n_post);
    rule.pre_places = Placement{pre, 5, 0, 0};
    rule.post_places = Placement{post, 5, 1, 0};
    return rule;
}
ConnectionRule on_grid(const Connector& connector, const GridPositions& grid) {
    return placed(connector, grid, n_of(grid), grid, n_of(grid));
}

/// The shortest way; on a torus that to any of the images around.
double distance_mm(const Point& a, const Point& b, const std::vector<double>& period_mm) {
    double square = 0.0;
    for (std::size_t k = 0; k < a.size(); ++k) {
        double least = std::abs(a[k] - b[k]);
        if (k < period_mm.size())
            for (const double image : {-1.0, 1.0})
                least = std::min(least, std::abs(a[k] - b[k] + image * period_mm[k]));
        square += least * least;
    }
    return std::sqrt(square);
}

double distance_mm(const ConnectionRule& rule, std::size_t pre, std::size_t post) {
    const bool periodic = distance_law_of(rule.connector)->periodic;
    return distance_mm(position_of(*rule.pre_places, pre), position_of(*rule.post_places, post),
                       periodic ? extent_of(rule.pre_places->positions) : std::vector<double>{});
}

double p_of(const Connector& connector, double d) {
    if (const auto* g = std::get_if<DistanceGaussian>(&connector))
        return g->p_max * std::exp(-d * d / (2.0 * g->sigma_mm * g->sigma_mm));
    if (const auto* e = std::get_if<DistanceExponential>(&connector))
        return e->p_max * std::exp(-d / e->lambda_mm);
    const auto& disc = std::get<DistanceDisc>(connector);
    return d <= disc.radius_mm ? disc.p_max : 0.0;
}

/// [n_post][n_pre], flattened.
std::vector<double> all_p(const ConnectionRule& rule) {
    std::vector<double> p;
    for (std::size_t post = 0; post < rule.n_post; ++post)
        for (std::size_t pre = 0; pre < rule.n_pre; ++pre)
            p.push_back(p_of(rule.connector, distance_mm(rule, pre, post)));
    return p;
}

/// P(chi-square >= that of the numbers of synapses in bins of distance over seeds): each is a sum of
/// independent Bernoulli variables. Bins of a variance below 20 are joined with the next. Synapses that cannot be must not.
double distance_p(const ConnectionRule& rule, std::uint64_t n_seeds) {
    const std::vector<double> p = all_p(rule);
    std::vector<double> count(p.size());
    for (std::uint64_t seed = 0; seed < n_seeds; ++seed)
        for (const Synapse& s : all_of(rule, 0, seed))
            ++count[s.post * rule.n_pre + s.pre];
    std::vector<std::array<double, 4>> pairs; // distance, mean, variance, count
    for (std::size_t i = 0; i < p.size(); ++i) {
        const auto n = static_cast<double>(n_seeds);
        if (p[i] == 0.0 && count[i] > 0.0) return 0.0;
        pairs.push_back({distance_mm(rule, i % rule.n_pre, i / rule.n_pre), n * p[i],
                         n * p[i] * (1.0 - p[i]), count[i]});
    }
    // Which of a distance share a bin must not follow from their counts.
    std::stable_sort(pairs.begin(), pairs.end(),
                     [](const auto& a, const auto& b) { return a[0] < b[0]; });
    double x = 0.0;
    double n_bins = 0.0;
    std::array<double, 4> bin{};
    for (std::size_t i = 0; i < pairs.size(); ++i) {
        for (std::size_t k = 1; k < bin.size(); ++k)
            bin[k] += pairs[i][k];
        const bool full = bin[2] >= 20.0 && (i + 1) % (pairs.size() / 40) == 0;
        if (!full) continue;
        x += (bin[3] - bin[1]) * (bin[3] - bin[1]) / bin[2];
        ++n_bins;
        bin = {};
    }
    REQUIRE(n_bins >= 3.0);
    return boost::math::cdf(boost::math::complement(boost::math::chi_squared(n_bins), x));
}

/// The law of a number of successes of independent trials.
std::vector<double> poisson_binomial(const std::vector<double>& p) {
    std::vector<double> law(p.size() + 1);
    law[0] = 1.0;
    for (std::size_t i = 0; i < p.size(); ++i)
        for (std::size_t k = i + 2; k-- > 0;)
            law[k] = law[k] * (1.0 - p[i]) + (k > 0 ? law[k - 1] * p[i] : 0.0);
    return law;
}

std::vector<Connector> by_distance(bool periodic) {
    return {DistanceGaussian{0.8, 0.2, periodic}, DistanceGaussian{0.02, 0.4, periodic},
            DistanceExponential{1.0, 0.15, periodic}, DistanceDisc{0.3, 0.45, periodic}};
}

} // namespace

// --- Positions ---

TEST_CASE(
    "Neurons of a grid are in the middles of its cells, the last dimension's coordinate first") {
    const Placement plane{GridPositions{{2, 3}, {4.0, 3.0}}, 1, 0, 0};
    const std::vector<Point> expected{{-1.0, -1.0, 0.0}, {-1.0, 0.0, 0.0}, {-1.0, 1.0, 0.0},
                                      {1.0, -1.0, 0.0},  {1.0, 0.0, 0.0},  {1.0, 1.0, 0.0}};
    for (std::size_t i = 0; i < expected.size(); ++i)
        CHECK(position_of(plane, i) == expected[i]);
    const Placement range{plane.positions, 1, 0, 4};
    CHECK(position_of(range, 1) == expected[5]);
    const Placement line{GridPositions{{4}, {1.0}}, 1, 0, 0};
    CHECK(position_of(line, 3) == Point{0.375, 0.0, 0.0});
}

TEST_CASE("Drawn positions are uniform in their extent, and independent") {
    const UniformPositions box{{2.0, 0.5, 10.0}};
    constexpr std::size_t n = 20'000;
    const Placement placement{box, k_seed, 3, 0};
    std::array<std::vector<double>, 3> along;
    for (std::size_t i = 0; i < n; ++i) {
        const Point point = position_of(placement, i);
        for (std::size_t a = 0; a < 3; ++a)
            along[a].push_back(point[a] / box.extent_mm[a] + 0.5);
    }
    for (std::size_t a = 0; a < 3; ++a) {
        CHECK(kolmogorov_p(kolmogorov_statistic(
                  along[a], [](double x) { return std::clamp(x, 0.0, 1.0); })) > k_least_p);
        // Correlations with the next dimension and the next neuron: sd 1 / sqrt(n).
        double next_dimension = 0.0;
        double next_neuron = 0.0;
        for (std::size_t i = 0; i + 1 < n; ++i) {
            next_dimension += 12.0 * (along[a][i] - 0.5) * (along[(a + 1) % 3][i] - 0.5);
            next_neuron += 12.0 * (along[a][i] - 0.5) * (along[a][i + 1] - 0.5);
        }
        CHECK(std::abs(next_dimension) < k_sigmas * std::sqrt(static_cast<double>(n)));
        CHECK(std::abs(next_neuron) < k_sigmas * std::sqrt(static_cast<double>(n)));
    }
    CHECK(position_of(placement, 7) != position_of({box, k_seed + 1, 3, 0}, 7));
    CHECK(position_of(placement, 7) != position_of({box, k_seed, 4, 0}, 7));
    CHECK(position_of(placement, 7) == position_of({box, k_seed, 3, 5}, 2));
}

// --- The law ---

TEST_CASE("Synapses by distance have the probability of their distance") {
    const GridPositions grid = GENERATE(k_line, k_plane, k_box);
    const bool periodic = GENERATE(false, true);
    for (const Connector& connector : by_distance(periodic)) {
        INFO("connector " << connector.index() << ", " << grid.shape.size() << " dimensions"
                          << (periodic ? ", periodic" : ""));
        CHECK(distance_p(on_grid(connector, grid), 100) > k_least_p);
    }
}

TEST_CASE("So have those between other positions: drawn ones, and lists of points far from 0") {
    ListedPositions list{Matrix(2, 50)};
    for (std::size_t i = 0; i < 50; ++i) { // two clusters, and two neurons at one place
        const std::size_t step = i / 4;
        list.points_mm(0, i) = 1000.0 + (i % 2 == 0 ? 0.0 : 3.0) + 0.01 * static_cast<double>(step);
        list.points_mm(1, i) = -5.0 + 0.02 * static_cast<double>(step);
    }
    for (const Connector& connector : by_distance(false)) {
        INFO("connector " << connector.index());
        const UniformPositions plane{{2.0, 2.0}};
        CHECK(distance_p(placed(connector, plane, 150, k_plane, 120), 100) > k_least_p);
        CHECK(distance_p(placed(connector, list, 50, list, 50), 400) > k_least_p);
    }
}

TEST_CASE("Degrees by distance are sums of independent pairs") {
    const Connector connector = GENERATE(Connector{DistanceGaussian{0.9, 0.3, true}},
                                         Connector{DistanceExponential{0.3, 0.4, false}},
                                         Connector{DistanceDisc{0.6, 0.3, false}});
    INFO("connector " << connector.index());
    const ConnectionRule rule = on_grid(connector, k_line);
    const std::vector<double> p = all_p(rule);
    constexpr std::array<std::uint32_t, 2> k_neurons{0, 17};
    std::array<std::vector<double>, 4> counts; // of sources of each, then of targets
    counts.fill(std::vector<double>(41));
    for (std::uint64_t seed = 0; seed < 10'000; ++seed) {
        const auto synapses = all_of(rule, 0, seed);
        for (std::size_t k = 0; k < 2; ++k) {
            ++counts[k][indegrees(synapses, 40)[k_neurons[k]]];
            ++counts[k + 2][outdegrees(synapses, 40)[k_neurons[k]]];
        }
    }
    for (std::size_t k = 0; k < 2; ++k) {
        std::vector<double> of_sources;
        std::vector<double> of_targets;
        for (std::size_t other = 0; other < 40; ++other) {
            of_sources.push_back(p[k_neurons[k] * 40 + other]);
            of_targets.push_back(p[other * 40 + k_neurons[k]]);
        }
        CHECK(chi_square_p(counts[k], poisson_binomial(of_sources)) > k_least_p);
        CHECK(chi_square_p(counts[k + 2], poisson_binomial(of_targets)) > k_least_p);
    }
}

TEST_CASE("A pair's synapse says nothing of others onto the same target") {
    const ConnectionRule rule = placed(DistanceGaussian{0.9, 0.5}, GridPositions{{5}, {2.0}}, 5,
                                       UniformPositions{{0.1}}, 1);
    const std::vector<double> p = all_p(rule);
    std::vector<double> count(32);
    std::vector<double> weight(32, 1.0);
    for (std::uint64_t seed = 0; seed < 60'000; ++seed)
        ++count[source_sets(all_of(rule, 0, seed), 1).front()];
    for (std::size_t set = 0; set < 32; ++set)
        for (std::size_t pre = 0; pre < 5; ++pre)
            weight[set] *= (set >> pre & 1U) != 0 ? p[pre] : 1.0 - p[pre];
    CHECK(chi_square_p(count, weight) > k_least_p);
}

TEST_CASE("A disc of probability 1 is all pairs within it, whatever the cells") {
    for (const bool periodic : {false, true}) {
        for (const double radius_mm : {1e-6, 0.05, 0.31, 0.74, 3.0}) {
            INFO("radius " << radius_mm << (periodic ? ", periodic" : ""));
            const ConnectionRule rule =
                placed(DistanceDisc{1.0, radius_mm, periodic}, UniformPositions{{1.0, 1.5}}, 3000,
                       GridPositions{{9, 7}, {1.0, 1.5}}, 63);
            std::vector<Synapse> within;
            for (std::uint32_t pre = 0; pre < 3000; ++pre)
                for (std::uint32_t post = 0; post < 63; ++post)
                    if (distance_mm(rule, pre, post) <= radius_mm)
                        within.push_back({pre, post, 0.5F, 1.5F});
            CHECK(all_of(rule) == within);
        }
    }
}

TEST_CASE("Where distances are periodic the ends of an extent meet") {
    const auto targets_of_first = [](bool periodic) {
        const GridPositions ring{{100}, {1.0}};
        std::vector<std::uint32_t> targets;
        for (const Synapse& s : all_of(on_grid(DistanceDisc{1.0, 0.0301, periodic}, ring)))
            if (s.pre == 0) targets.push_back(s.post);
        return targets;
    };
    CHECK(targets_of_first(false) == std::vector<std::uint32_t>{0, 1, 2, 3});
    CHECK(targets_of_first(true) == std::vector<std::uint32_t>{0, 1, 2, 3, 97, 98, 99});
    // On a torus all neurons are alike: 49 within three steps in either direction but for corners.
    const GridPositions torus{{20, 20}, {1.0, 1.0}};
    const auto synapses = all_of(on_grid(DistanceDisc{1.0, 0.1501, true}, torus));
    CHECK(indegrees(synapses, 400) == std::vector<std::size_t>(400, 29));
    CHECK(outdegrees(synapses, 400) == std::vector<std::size_t>(400, 29));
}

TEST_CASE("Self connections by distance are made or left out") {
    const ConnectionRule all = on_grid(DistanceDisc{1.0, 0.2}, k_plane);
    CHECK(n_self(all_of(all), 0) == 120);
    CHECK(n_self(all_of(without_self(all)), 0) == 0);
    CHECK(all_of(without_self(all)).size() == all_of(all).size() - 120);
    CHECK(expected_synapses(without_self(all)) == Approx(expected_synapses(all) - 120.0));
}

TEST_CASE("A range of a population is where its neurons are") {
    // Sources 30 .. 79, targets 60 .. 99 of 120.
    const Connector connector = DistanceDisc{1.0, 0.3};
    ConnectionRule part = placed(connector, k_plane, 50, k_plane, 40);
    part.pre_places->first = 30;
    part.post_places->first = 60;
    std::vector<Synapse> expected;
    for (const Synapse& s : all_of(on_grid(connector, k_plane)))
        if (s.pre >= 30 && s.pre < 80 && s.post >= 60 && s.post < 100)
            expected.push_back({s.pre - 30, s.post - 60, 0.5F, 1.5F});
    CHECK(all_of(part) == expected);
}

// --- Cost ---

TEST_CASE("Draws by distance are as many as synapses, not as pairs") {
    // 200,000 sources, a few dozen of them near: draws a target are three a synapse and a hundred.
    std::vector<std::uint32_t> all(200'000);
    std::iota(all.begin(), all.end(), 0U);
    const Placement placement{UniformPositions{{1.0, 1.0}}, k_seed, 0, 0};
    for (const Connector& connector :
         {Connector{DistanceGaussian{0.2, 0.01}}, Connector{DistanceGaussian{1e-3, 0.2}},
          Connector{DistanceExponential{0.1, 0.01}}, Connector{DistanceDisc{0.5, 0.02}}}) {
        INFO("connector " << connector.index());
        const DistanceLaw law = *distance_law_of(connector);
        const SourceCells cells(placement, all, false);
        double n_draws = 0.0;
        std::vector<std::uint32_t> drawn;
        constexpr int n_targets = 200;
        for (std::uint32_t post = 0; post < n_targets; ++post) {
            RandomStream stream(k_seed, Purpose::connections, post);
            cells.draw(law, position_of(placement, post), stream, drawn);
            n_draws += stream.next_counter()[0];
        }
        CAPTURE(n_draws / n_targets, drawn.size() / n_targets);
        CHECK(drawn.size() > n_targets * 10);
        CHECK(n_draws < 3.0 * static_cast<double>(drawn.size()) + 100.0 * n_targets);
    }
}

TEST_CASE("Synapses to expect by distance") {
    for (const bool periodic : {false, true}) {
        for (const Connector& connector : by_distance(periodic)) {
            INFO("connector " << connector.index());
            for (const ConnectionRule& rule :
                 {on_grid(connector, k_line), on_grid(connector, k_plane)}) {
                const std::vector<double> p = all_p(rule);
                CHECK(expected_synapses(rule) ==
                      Approx(std::accumulate(p.begin(), p.end(), 0.0)).epsilon(0.02));
            }
        }
    }
    // Of many neurons some stand for all: a torus, of which each target has the same.
    const UniformPositions torus{{1.0, 1.0}};
    const ConnectionRule rule =
        placed(DistanceGaussian{0.5, 0.02, true}, torus, 400'000, torus, 50'000);
    const double mean = 0.5 * 2.0 * 3.14159265358979 * 0.02 * 0.02 * 400'000 * 50'000;
    CHECK(expected_synapses(rule) == Approx(mean).epsilon(0.05));
    const ConnectionRule few =
        placed(DistanceGaussian{0.5, 0.02, true}, torus, 4'000'000'000, torus, 4'000'000'000);
    CHECK(expected_synapses(few) > 1e15);
}

// --- Networks ---

TEST_CASE("A network of other positions, or of another law of distance, is another network") {
    Network network;
    const Neurons cells =
        network.add(NeuronPopulation{.name = "E", .size = 120, .positions = k_plane});
    network.connect(cells, cells,
                    {.connector = DistanceGaussian{0.5, 0.2, true}, .weight = Constant{0.1}});
    Simulator simulator(network);
    simulator.run(1.0);
    const std::string saved = simulator.save();
    auto& positions = std::get<NeuronPopulation>(network.populations[0]).positions;
    auto& connector = std::get<SynapticProjection>(network.projections[0]).connector;
    Simulator same(network);
    CHECK_NOTHROW(same.load(saved));
    SECTION("an extent") {
        std::get<GridPositions>(*positions).extent_mm[1] = 1.25;
    }
    SECTION("another shape") {
        std::get<GridPositions>(*positions).shape = {12, 10};
    }
    SECTION("drawn ones") {
        positions = UniformPositions{{1.0, 1.5}};
    }
    SECTION("none, which nothing asks for") {
        connector = FixedIndegree{10};
        positions.reset();
    }
    SECTION("a length") {
        connector = DistanceGaussian{0.5, 0.21, true};
    }
    SECTION("another law") {
        connector = DistanceDisc{0.5, 0.2, true};
    }
    SECTION("no torus") {
        connector = DistanceGaussian{0.5, 0.2, false};
    }
    Simulator other(network);
    CHECK_THROWS_WITH(other.load(saved), Contains("is of another network"));
}

// --- What cannot be ---

TEST_CASE("Rules by distance need positions that go together") {
    const auto complaint = [](const ConnectionRule& rule) -> std::string {
        try {
            validate(rule, "here");
        } catch (const NetworkError& error) {
            CHECK_THROWS_AS(expand(rule, k_seed, 0, 0, 0), NetworkError);
            return error.what();
        }
        return "";
    };
    const Connector plain = DistanceGaussian{0.5, 0.1};
    const Connector periodic = DistanceGaussian{0.5, 0.1, true};
    ConnectionRule rule = on_grid(plain, k_plane);
    CHECK(complaint(rule) == "");
    rule.post_places.reset();
    CHECK_THAT(complaint(rule), Contains("here: distance_gaussian needs positions of its targets"));
    rule = on_grid(plain, k_plane);
    rule.pre_places.reset();
    CHECK_THAT(complaint(rule), Contains("needs positions of its sources"));
    CHECK_THAT(complaint(placed(plain, k_line, 40, k_plane, 120)),
               Contains("as many dimensions on both sides, got 1 and 2"));
    const ListedPositions list{Matrix(2, 120)};
    CHECK(complaint(placed(plain, list, 120, k_plane, 120)) == "");
    CHECK_THAT(complaint(placed(plain, list, 121, k_plane, 120)), Contains("its sources"));
    CHECK_THAT(complaint(placed(periodic, list, 120, k_plane, 120)),
               Contains("an extent_mm on both sides to be periodic"));
    CHECK_THAT(complaint(placed(periodic, UniformPositions{{1.0, 1.0}}, 9, k_plane, 120)),
               Contains("one extent_mm on both sides to be periodic, got [1, 1] and [1, 1.5]"));
    CHECK_THROWS_AS(validate(on_grid(DistanceGaussian{1.1, 0.1}, k_plane), "here"), ParameterError);
    CHECK_THROWS_AS(validate(on_grid(DistanceDisc{1.0, 0.0}, k_plane), "here"), ParameterError);
    CHECK_THROWS_AS(validate(on_grid(DistanceExponential{1.0, -0.1}, k_plane), "here"),
                    ParameterError);
}

TEST_CASE("Positions are of all neurons, of 1 to 3 dimensions, and in range") {
    const auto field = [](const Positions& positions, std::size_t size) -> std::string {
        try {
            validate(positions, size, "here");
        } catch (const ParameterError& error) {
            return error.field();
        }
        return "";
    };
    CHECK(field(k_box, 120) == "");
    CHECK(field(k_box, 119) == "shape");
    CHECK(field(GridPositions{{10, 12}, {1.0}}, 120) == "extent_mm");
    CHECK(field(GridPositions{{}, {}}, 1) == "shape");
    CHECK(field(GridPositions{{2, 1, 1, 1}, {1.0, 1.0, 1.0, 1.0}}, 2) == "shape");
    CHECK(field(GridPositions{{0, 5}, {1.0, 1.0}}, 0) == "shape");
    CHECK(field(GridPositions{{5}, {0.0}}, 5) == "extent_mm");
    CHECK(field(UniformPositions{{1.0}}, 5) == "");
    CHECK(field(UniformPositions{{std::nan("")}}, 5) == "extent_mm");
    CHECK(field(UniformPositions{{}}, 5) == "extent_mm");
    CHECK(field(ListedPositions{Matrix(2, 5)}, 5) == "");
    CHECK(field(ListedPositions{Matrix(2, 5)}, 6) == "points_mm");
    CHECK(field(ListedPositions{Matrix(4, 5)}, 5) == "points_mm");
    CHECK(field(ListedPositions{Matrix(0, 5)}, 5) == "points_mm");
    CHECK(field(ListedPositions{Matrix(1, 5, 2e6)}, 5) == "points_mm");
}
