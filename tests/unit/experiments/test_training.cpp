#include "experiments/training.hpp"
#include "io/csv.hpp"
#include "support/networks.hpp"
#include "support/resized.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>

using namespace spikewell;
using namespace spikewell::experiments;

namespace {

Dataset digits(std::size_t side = 8) {
    const std::string path = SPIKEWELL_SOURCE_DIR "/examples/data/digits.csv";
    DataConfig config;
    config.label_column = side * side;
    config.test_rows = std::vector<std::size_t>{};
    return make_dataset(test::resized(io::read_csv(path), 8, side), config, path);
}

Config short_training(std::optional<double> learning_rate) {
    Config config;
    config.training.presentations = 5;
    config.training.learning_rate = learning_rate;
    return config;
}

Matrix learnt(Backend backend, std::size_t side, std::optional<double> learning_rate) {
    return coupling_of(train(backend, digits(side).train, short_training(learning_rate), 1).form);
}

} // namespace

TEST_CASE("The default learning rate is 0.064 over the number of nodes, in both forms") {
    const Backend backend = GENERATE(Backend::rate, Backend::spiking);
    // Bit for bit what 0.001 gave, when that was the default.
    CHECK(learnt(backend, 8, {}).values == learnt(backend, 8, 0.001).values);
    CHECK(learnt(backend, 12, {}).values == learnt(backend, 12, 0.064 / 144.0).values);
    CHECK(learnt(backend, 12, {}).values != learnt(backend, 12, 0.001).values);
}

TEST_CASE("A given learning rate is taken, a default one has at least one node") {
    CHECK(spikewell::learning_rate_of(0.3, 64.0) == 0.3);
    CHECK(spikewell::learning_rate_of(0.0, 64.0) == 0.0);
    CHECK(spikewell::learning_rate_of({}, 64.0) == 0.001);
    CHECK(spikewell::learning_rate_of({}, 0.25) == 0.064);
}

TEST_CASE("A projection's default learning rate counts the nodes that are coupled to one") {
    Network network = test::recurrent(Matrix(40, 40), 3, 3.0, 3.93, 1);
    FactorisedProjection& projection = factorised(network.projections[0]);
    projection.plasticity = PredictiveHebbian{};
    CHECK(learning_rate_of(projection, network) == 0.064 / 40.0);
    projection.mask = FixedIndegree{8, false};
    CHECK(learning_rate_of(projection, network) == 0.064 / 8.0);
    projection.mask = FixedProbability{0.5};
    CHECK(learning_rate_of(projection, network) == Approx(0.064 / 19.5)); // none to itself
    projection.plasticity->learning_rate = 0.2;
    CHECK(learning_rate_of(projection, network) == 0.2);
}

TEST_CASE("What a presentation moves follows from learning rate, steps, nodes and evidence") {
    Config config;
    constexpr double m = 0.42217748677129; // of the digits, computed apart from this program
    CHECK(moved_by_presentation(digits().train, config.training) ==
          Approx(0.001 * 10 * 64 * m / 3));
    // The default keeps it where pixels are repeated, which 0.001 does not.
    CHECK(moved_by_presentation(digits(16).train, config.training) ==
          Approx(moved_by_presentation(digits().train, config.training)));
    config.training.learning_rate = 0.001;
    CHECK(moved_by_presentation(digits(28).train, config.training) ==
          Approx(0.001 * 10 * 784 * m / 3).margin(0.01));
    config.training.evidence = 0.0; // every state even in -1 .. 1: m = 1/3
    CHECK(moved_by_presentation(digits().train, config.training) == Approx(0.001 * 10 * 64 / 9.0));
}

TEST_CASE("A presentation that moves more than half is warned of, and signed data squared") {
    Config config;
    CHECK(warnings_of(digits(28), config).empty());
    config.training.learning_rate = 0.001;
    const auto warnings = warnings_of(digits(28), config);
    REQUIRE(warnings.size() == 1);
    CHECK_THAT(warnings[0], Catch::StartsWith("/training/learning_rate: ") &&
                                Catch::Contains("null, 8.16e-05 for 784 nodes"));
    Dataset is_signed = digits();
    is_signed.squared_signed = 3;
    REQUIRE(warnings_of(is_signed, config).size() == 1);
    CHECK_THAT(warnings_of(is_signed, config)[0], Catch::StartsWith("/data/preprocess: "));
}
