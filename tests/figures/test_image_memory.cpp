#include "core/statistics.hpp"
#include "experiments/dataset.hpp"
#include "experiments/image_memory.hpp"
#include "io/csv.hpp"

#include <catch2/catch.hpp>

#include <cmath>
#include <vector>

// Simulation 6 on images that are at hand: digits, enlarged to 16 x 16.

using namespace spikewell;
using namespace spikewell::experiments;

namespace {

Matrix enlarged_digits(std::size_t n_images) {
    DataConfig config;
    config.first = n_images;
    config.test_rows.emplace();
    config.resize = {16, 16};
    config.preprocess = Preprocess::zscore;
    const std::string path = SPIKEWELL_SOURCE_DIR "/examples/data/digits.csv";
    return make_dataset(io::read_csv(path), config, path).train;
}

} // namespace

TEST_CASE(
    "Rates and spikes store and reconstruct the same images alike, at every point of the grid") {
    // Means over seeds. What is asked for is 0.03; so few images and seeds leave open 4 standard errors of the
    // difference, from the runs themselves.
    constexpr std::size_t n_seeds = 3;
    const Matrix images = enlarged_digits(20);
    std::vector<double> retention[2];
    std::vector<std::vector<double>> points[2];
    for (const Backend backend : {Backend::rate, Backend::spiking}) {
        const std::size_t form = backend == Backend::rate ? 0 : 1;
        for (std::uint64_t seed = 1; seed <= n_seeds; ++seed) {
            const ImageMemory memory = run_image_memory(backend, {}, images, seed);
            retention[form].push_back(memory.retention);
            points[form].resize(memory.points.size());
            for (std::size_t p = 0; p < memory.points.size(); ++p)
                points[form][p].push_back(memory.points[p].reconstruction);
        }
    }
    const auto check = [](const std::vector<double>& rate, const std::vector<double>& spiking) {
        const double error = std::hypot(standard_error(rate), standard_error(spiking));
        CAPTURE(mean(rate), mean(spiking), error);
        CHECK(std::abs(mean(spiking) - mean(rate)) < 0.03 + 4.0 * error);
    };
    check(retention[0], retention[1]);
    REQUIRE(points[0].size() == 20);
    for (std::size_t p = 0; p < points[0].size(); ++p) {
        CAPTURE(p);
        check(points[0][p], points[1][p]);
    }
}
