#include "core/error.hpp"
#include "io/model_file.hpp"
#include "support/scratch_folder.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <limits>

using namespace spikewell;

namespace {

io::Model small_model() {
    io::Model model;
    model.config.seed = 99;
    model.config.data.csv = "a \"quoted\" path.csv";
    model.spiking = true;
    model.coupling = Matrix(2, 2);
    model.coupling(0, 1) = 0.1;
    model.coupling(1, 0) = -1.0 / 3.0;
    return model;
}

} // namespace

TEST_CASE("A model comes back from its file bit by bit") {
    const test::ScratchFolder folder;
    folder.write("model.json", io::to_text(small_model()));
    CHECK(io::read_model(folder / "model.json") == small_model());
}

TEST_CASE("A model file names its format first and has one line a part") {
    const std::string text = io::to_text(small_model());
    CHECK_THAT(text, Catch::StartsWith("{\"format\": \"spikewell-model\",\n \"version\": 1,\n "
                                       "\"backend\": \"spiking\",\n \"config\": {"));
    CHECK(std::count(text.begin(), text.end(), '\n') == 5);
}

TEST_CASE("A model whose couplings diverged is not written") {
    io::Model model = small_model();
    model.coupling(0, 1) = std::numeric_limits<double>::infinity();
    CHECK_THROWS_AS(io::to_text(model), ParameterError);
}

TEST_CASE("A model whose CSV lies on a path that is no UTF-8 is written all the same") {
    io::Model model = small_model();
    model.config.data.csv = "\xff.csv";
    CHECK_THAT(io::to_text(model), Catch::Contains("\xEF\xBF\xBD.csv"));
}

TEST_CASE("A missing model file is an error of the file") {
    CHECK_THROWS_AS(io::read_model("/nowhere/model.json"), IoError);
}
