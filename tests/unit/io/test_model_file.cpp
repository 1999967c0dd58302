#include "core/build_info.hpp"
#include "core/error.hpp"
#include "io/dataset_file.hpp"
#include "io/hdf5.hpp"
#include "io/model_file.hpp"
#include "io/path_text.hpp"
#include "support/scratch_folder.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <limits>
#include <vector>

using namespace spikewell;

namespace {

/// Whose CSV lies in the folder.
io::Model small_model(const test::ScratchFolder& folder,
                      const std::string& csv = "a \"quoted\" path.csv") {
    io::Model model;
    model.config.seed = 99;
    model.config.data.csv = (folder / csv).string();
    model.config.data.train_rows = {0, 2};
    model.config.data.label_column = {};
    model.config.data.preprocess = experiments::Preprocess::none;
    model.spiking = true;
    model.coupling = Matrix(2, 2);
    model.coupling(0, 1) = 0.1;
    model.coupling(1, 0) = -1.0 / 3.0;
    model.images = io::TrainingImages{Matrix(2, 2, 0.5), {0, 2}, 2};
    model.images->images(0, 1) = 1.0 / 3.0;
    return model;
}

const std::vector<std::string> k_either{"model.json", "model.h5"};

/// What reading the file complains of.
std::string complaint(const test::ScratchFolder& folder, const std::string& name) {
    try {
        (void)io::read_model(folder / name);
    } catch (const Error& error) {
        return error.what();
    }
    return {};
}

} // namespace

TEST_CASE("A model comes back from its file bit by bit, whatever the file's name") {
    const test::ScratchFolder folder;
    const std::string name = GENERATE(from_range(k_either));
    io::Model model = small_model(folder);
    if (GENERATE(true, false)) model.images.reset();
    folder.write(name, io::model_content(model, folder / name));
    CHECK(io::is_hdf5(folder / name) == (name == "model.h5"));
    CHECK(io::read_model(folder / name) == model);
    std::filesystem::rename(folder / name, folder / "renamed");
    CHECK(io::read_model(folder / "renamed") == model);
    CHECK(io::model_content(model, folder / name) == io::model_content(model, folder / name));
}

TEST_CASE("A model that moves with its CSV still names it") {
    const test::ScratchFolder folder;
    const std::string name = GENERATE(from_range(k_either));
    std::filesystem::create_directories(folder / "here/data");
    std::filesystem::create_directories(folder / "here/models");
    folder.write("here/data/images.csv", "");
    const io::Model there = small_model(folder, "here/data/images.csv");
    folder.write("here/models/" + name, io::model_content(there, folder / "here/models" / name));
    CHECK_THAT(folder.content("here/models/" + name), Catch::Contains("../data/images.csv"));
    std::filesystem::rename(folder / "here", folder / "elsewhere");
    CHECK(io::read_model(folder / "elsewhere/models" / name).config.data.csv ==
          (folder / "elsewhere/data/images.csv").string());
}

TEST_CASE("A model file in JSON names its format first and has one line a part") {
    const test::ScratchFolder folder;
    const std::string text = io::to_text(small_model(folder), folder / "model.json");
    CHECK_THAT(text, Catch::StartsWith("{\"format\": \"spikewell-model\",\n \"version\": 2,\n "
                                       "\"made_by\": {\"spikewell\":\"") &&
                         Catch::Contains("\n \"backend\": \"spiking\",\n \"config\": {"));
    CHECK(std::count(text.begin(), text.end(), '\n') == 9);
}

TEST_CASE("A model in HDF5 holds its couplings as others read them, and says what made it") {
    const test::ScratchFolder folder;
    const io::Model model = small_model(folder);
    folder.write("model.h5", io::model_content(model, folder / "model.h5"));
    const io::hdf5::File file = io::hdf5::File::open(folder / "model.h5");
    CHECK(file.root().dataset("coupling").read<double>() ==
          std::vector<double>{0.0, 0.1, -1.0 / 3.0, 0.0});
    CHECK(file.root().dataset("images").read<double>() ==
          std::vector<double>{0.5, 0.5, 1.0 / 3.0, 0.5});
    CHECK_THAT(file.root().text_attribute("made_by"),
               Catch::Contains(std::string(build_info().version)) &&
                   Catch::Contains(std::string(build_info().commit)));
}

TEST_CASE("A model of version 1 is read, with the CSV as it says") {
    const test::ScratchFolder folder;
    folder.write("model.json", R"({"format": "spikewell-model", "version": 1, "backend": "rate",
        "config": {"data": {"csv": "100%/images.csv"}},
        "coupling": {"rows": 1, "cols": 1, "row_major": [0]}})");
    const io::Model model = io::read_model(folder / "model.json");
    CHECK(model.config.data.csv == "100%/images.csv");
    CHECK_FALSE(model.images.has_value());
}

TEST_CASE("A model of another version is refused") {
    const test::ScratchFolder folder;
    folder.write("model.json", R"({"format": "spikewell-model", "version": 3})");
    CHECK_THAT(complaint(folder, "model.json"), Catch::Contains("must be 1 or 2, got 3"));
    {
        io::hdf5::File file = io::hdf5::File::create(folder / "model.h5");
        file.root().set_attribute("format", "spikewell-model");
        file.root().set_attribute("version", 3U);
        file.close();
    }
    CHECK_THAT(complaint(folder, "model.h5"), Catch::Contains("version must be 2, got 3"));
}

TEST_CASE("A model whose parts do not fit together is refused") {
    const test::ScratchFolder folder;
    const std::string name = GENERATE(from_range(k_either));
    io::Model model = small_model(folder);
    std::string told;
    SECTION("images of other nodes") {
        model.images->images = Matrix(3, 2);
        told = "must have a row for each of the 2 nodes";
    }
    SECTION("no images") {
        model.images = io::TrainingImages{Matrix(2, 0), {}, 2};
        told = "a column or more, got 2 x 0";
    }
    SECTION("a label too many") {
        model.images->labels.push_back(1);
        told = "must be one for each of the 2 images, got 3";
    }
    SECTION("width") {
        model.images->width = 3;
        told = "must divide the 2 pixels, got 3";
    }
    SECTION("self-coupling") {
        model.coupling(1, 1) = 0.5;
        told = "self-coupling of node 1 must be 0, got 0.5";
    }
    SECTION("not square") {
        model.coupling = Matrix(2, 3);
        told = "must be square and not empty, got 2 x 3";
    }
    folder.write(name, io::model_content(model, folder / name));
    CHECK_THAT(complaint(folder, name), Catch::Contains(told));
}

TEST_CASE("An HDF5 file that is no model, or is cut, is refused in one line") {
    const test::ScratchFolder folder;
    {
        io::hdf5::File file = io::hdf5::File::create(folder / "other.h5");
        (void)file.root().create_group("spikes");
        file.close();
    }
    CHECK_THAT(complaint(folder, "other.h5"), Catch::Contains("is HDF5, but no model"));
    const std::string whole = io::model_content(small_model(folder), folder / "model.h5");
    for (std::size_t n = 8; n < whole.size(); n += whole.size() / 50) {
        INFO(n);
        folder.write("cut.h5", whole.substr(0, n));
        const std::string told = complaint(folder, "cut.h5");
        CHECK_FALSE(told.empty());
        CHECK(told.find('\n') == std::string::npos);
    }
}

TEST_CASE("A model whose couplings diverged is not written") {
    const test::ScratchFolder folder;
    io::Model model = small_model(folder);
    model.coupling(0, 1) = std::numeric_limits<double>::infinity();
    for (const std::string& name : k_either)
        CHECK_THROWS_AS(io::model_content(model, folder / name), ParameterError);
}

TEST_CASE("A CSV may lie on any path: it comes back byte for byte from valid JSON") {
    const test::ScratchFolder folder;
    const std::string name = GENERATE(from_range(k_either));
    const std::string csv = GENERATE("\xff.csv", "50%25.csv", "\xC3\xA4\xED\xA0\x80\n.csv");
    const io::Model model = small_model(folder, csv);
    folder.write(name, io::model_content(model, folder / name));
    CHECK(io::read_model(folder / name).config.data.csv == model.config.data.csv);
}

TEST_CASE("Paths stand as text that is UTF-8 and gives the same bytes back") {
    CHECK(io::path_to_text("a/\xC3\xA4 b.csv") == "a/\xC3\xA4 b.csv");
    CHECK(io::path_to_text("\xff\xC3%\n") == "%FF%C3%25%0A");
    CHECK(io::utf8("\xff%\n") == "%FF%\n");
    for (const char* const odd : {"%", "%4", "%4g", "%-1", "a%"})
        CHECK_FALSE(io::path_from_text(odd).has_value());
    std::string all; // pairs of bytes, also halves of characters
    for (int byte = 1; byte < 256; ++byte) {
        if (byte == '/') continue;
        all += static_cast<char>(byte);
        all += static_cast<char>(byte * 7 % 255 + 1);
    }
    const std::string text = io::path_to_text(all);
    CHECK_NOTHROW(nlohmann::json(text).dump());
    CHECK(io::path_from_text(text)->native() == all);
}

TEST_CASE("A model carries its training images, test images are looked for in the file it names") {
    const test::ScratchFolder folder;
    folder.write("images.csv", "0.5,0.5\n1,2\n0.25,0.5\n");
    io::Model model = small_model(folder, "images.csv");
    model.config.data.label_column = experiments::NoLabel{};
    const experiments::Dataset all = io::load_data(model.config);
    model.images = io::training_images(all);
    REQUIRE(all.test.cols == 1);
    CHECK(io::load_data(model.config, model, "m").test == all.test);
    folder.write("images.csv", "0.5,0.5\n1,2\n0.25,0.75\n");
    CHECK_THROWS_WITH(io::load_data(model.config, model, "m"),
                      Catch::StartsWith("m: test images are missing: ") &&
                          Catch::Contains("holds other training images than the model's"));
    std::filesystem::remove(folder / "images.csv");
    CHECK_THROWS_WITH(io::load_data(model.config, model, "m"),
                      Catch::StartsWith("m: test images are missing: ") &&
                          Catch::Contains("images.csv: cannot be read: No such file"));
    CHECK(io::load_training_data(model.config, model, "m").train == all.train);
    CHECK(io::load_training_data(model.config, model, "m").train_labels == all.train_labels);
    CHECK(io::load_training_data(model.config, model, "m").image_width == model.images->width);
    CHECK(io::load_training_data(model.config, model, "m").squared_signed == 0);
    model.config.data.test_rows.emplace(); // wants none
    CHECK(io::load_data(model.config, model, "m").test.cols == 0);
    model.images.reset(); // of version 1
    CHECK_THROWS_AS(io::load_training_data(model.config, model, "m"), IoError);
}

TEST_CASE("A missing model file is an error of the file") {
    CHECK_THROWS_AS(io::read_model("/nowhere/model.json"), IoError);
}
