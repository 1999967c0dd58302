#include "core/error.hpp"
#include "io/network/network_file.hpp"
#include "io/nir/nir.hpp"
#include "io/sonata/sonata.hpp"
#include "support/output.hpp"
#include "support/random_description.hpp"
#include "support/scratch_folder.hpp"

#include <catch2/catch.hpp>

using namespace spikewell;
using spikewell::test::ScratchFolder;

// What one part of Spikewell accepts or writes, the others accept.

namespace {

/// "" or what is thrown.
template <class Do> std::string complaint(const Do& act) {
    try {
        act();
    } catch (const Error& error) {
        return std::string("refused: ") + error.what();
    }
    return "";
}

std::string import_complaint(const NetworkDescription& description, const io::NirOptions& options) {
    const ScratchFolder folder;
    return complaint([&] {
        (void)test::published(folder / "a", [&](const io::FolderOutput& output) {
            return io::export_nir(description, output, options);
        });
        validate(io::import_nir(folder / "a/network.nir", {options.convention}).description);
    });
}

/// Whether it needs no threshold to fire: nothing for readers that take steps.
bool fires_by_chance_alone(const PointNeuron& neuron) {
    return std::visit(
        [](const auto& n) {
            if constexpr (requires { n.escape; })
                return n.escape && n.escape->theta_mV <= n.V_reset_mV;
            else
                return false;
        },
        neuron);
}

/// NIR has nodes for the two models that it can say, and refuses the others by their name.
void check_nir(const NetworkDescription& description,
               io::NirConvention convention,
               const std::string& complaint) {
    for (const Population& population : description.network.populations) {
        const auto* cells = std::get_if<NeuronPopulation>(&population);
        if (cells == nullptr) continue;
        if (convention == io::NirConvention::dt && fires_by_chance_alone(cells->neuron)) {
            CHECK_THAT(complaint, Catch::Contains(cells->name + ": fires by chance alone"));
            return;
        }
        if (cells->neuron.index() < 2) continue;
        CHECK_THAT(complaint, Catch::Contains("NIR has no node") &&
                                  Catch::Contains(std::string(key_of(cells->neuron))));
        return;
    }
    CHECK(complaint == "");
}

} // namespace

TEST_CASE("Network files are read exactly where what they say is valid") {
    std::size_t n_valid = 0;
    constexpr std::size_t n_networks = 4000;
    for (std::uint64_t seed = 0; seed < n_networks; ++seed) {
        const NetworkDescription description =
            test::draw_description(seed, seed % 4 == 0 ? 0.0 : 0.02);
        const std::string invalid = complaint([&] { validate(description); });
        nlohmann::json document;
        nlohmann::json again;
        const std::string refused = complaint([&] {
            document = io::network_to_json(description);
            again = io::network_to_json(io::parse_network(document, "network", "."));
        });
        INFO("seed " << seed << ", validate: " << invalid << ", read_network: " << refused);
        REQUIRE(invalid.empty() == refused.empty());
        if (refused.empty()) REQUIRE(again == document);
        n_valid += refused.empty() ? 1U : 0U;
    }
    CHECK(n_valid > n_networks / 4);
    CHECK(n_valid < 3 * n_networks / 4);
}

TEST_CASE("What goes into SONATA and NIR comes out of them, and is valid") {
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
        CAPTURE(seed);
        const NetworkDescription description = test::draw_description(seed, 0.0);
        REQUIRE(complaint([&] { validate(description); }).empty());
        const ScratchFolder folder;
        NetworkDescription back;
        CHECK(complaint([&] {
                  (void)test::published(folder / "a", [&](const io::FolderOutput& output) {
                      return io::export_sonata(description, output);
                  });
                  back = io::import_sonata(folder / "a/simulation_config.json");
                  validate(back);
              }) == "");
        CHECK(io::network_to_json(back)["populations"].size() ==
              description.network.populations.size());
        for (const io::NirConvention convention :
             {io::NirConvention::dt, io::NirConvention::dirac}) {
            for (const io::NirProfile profile : {io::NirProfile::full, io::NirProfile::strict})
                check_nir(description, convention,
                          import_complaint(description, {convention, profile}));
        }
    }
}
