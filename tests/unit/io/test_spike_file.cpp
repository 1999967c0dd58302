#include "core/error.hpp"
#include "core/random.hpp"
#include "io/spike_file.hpp"
#include "support/scratch_folder.hpp"

#include <catch2/catch.hpp>

#include <cmath>
#include <limits>

using namespace spikewell;
using namespace spikewell::io;
using spikewell::test::ScratchFolder;

namespace {

const std::vector<std::string> k_populations{"exc", "inh"};

const std::vector<PopulationSpike> k_few{
    {0.1, 0, 3}, {1.0 / 3.0, 1, 0}, {1.0 / 3.0, 1, 4294967295U}, {1e-7, 0, 9}, {12345678.9, 1, 2}};

/// Spikes in time order, enough for several chunks of HDF5 in one population and few in the other.
std::vector<PopulationSpike> many(std::size_t count) {
    RandomStream stream(1, Purpose::poisson_spikes, 0);
    std::vector<PopulationSpike> spikes;
    double t_ms = 0.0;
    for (std::size_t i = 0; i < count; ++i) {
        t_ms += -0.01 * std::log(stream.uniform());
        const auto neuron = static_cast<std::uint32_t>(stream.index(1000));
        spikes.push_back({t_ms, stream.uniform() < 0.9 ? 0U : 1U, neuron});
    }
    return spikes;
}

std::vector<PopulationSpikes> sorted_by_population(const std::vector<PopulationSpike>& spikes) {
    std::vector<PopulationSpikes> result;
    for (const std::string& name : k_populations)
        result.push_back({name, {}});
    for (const PopulationSpike& spike : spikes)
        result[spike.population].spikes.push_back({spike.t_ms, spike.neuron});
    for (PopulationSpikes& population : result)
        std::sort(population.spikes.begin(), population.spikes.end());
    return result;
}

FolderOutput output_in(const std::filesystem::path& folder,
                       Overwrite overwrite = Overwrite::refuse,
                       const std::optional<std::string>& resumed = {}) {
    return FolderOutput({folder, overwrite, {"spikes.csv", "spikes.h5", "main.json"}, {}, resumed});
}

void finish(SpikeWriter& writer, FolderOutput& output) {
    writer.complete();
    output.publish("main.json", R"({"format": "test"})");
}

void write(const std::filesystem::path& folder, std::span<const PopulationSpike> spikes) {
    FolderOutput output = output_in(folder);
    SpikeWriter writer(output, k_populations);
    writer.append(spikes);
    finish(writer, output);
}

std::string complaint_of_csv(const std::string& content) {
    const ScratchFolder folder;
    folder.write("a.csv", content);
    try {
        (void)read_spikes_csv(folder / "a.csv");
    } catch (const IoError& error) {
        return std::string(error.what()).substr((folder / "a.csv").string().size());
    }
    return {};
}

/// A SONATA file by another hand: what `decorate` does to its one population's group.
template <class Decorate>
void write_foreign(const std::filesystem::path& path, Decorate&& decorate) {
    hdf5::File file = hdf5::File::create(path);
    decorate(file.root().create_group("spikes").create_group("cells"));
    file.close();
}

} // namespace

TEST_CASE("Spikes come back from CSV and from HDF5 as they were") {
    const ScratchFolder folder;
    write(folder / "out", k_few);
    CHECK(folder.content("out/spikes.csv") == "t_ms,population,neuron\n"
                                              "0.1,exc,3\n"
                                              "0.3333333333333333,inh,0\n"
                                              "0.3333333333333333,inh,4294967295\n"
                                              "1e-07,exc,9\n"
                                              "12345678.9,inh,2\n");
    CHECK(read_spikes_csv(folder / "out/spikes.csv") == sorted_by_population(k_few));
    CHECK(read_spikes_hdf5(folder / "out/spikes.h5") == sorted_by_population(k_few));
    CHECK(folder.entry_count() == 4); // nothing partial
}

TEST_CASE("Spikes of several chunks come back from both files") {
    const ScratchFolder folder;
    const auto spikes = many(60'000);
    write(folder / "out", spikes);
    CHECK(read_spikes_csv(folder / "out/spikes.csv") == sorted_by_population(spikes));
    CHECK(read_spikes_hdf5(folder / "out/spikes.h5") == sorted_by_population(spikes));
}

TEST_CASE("The spike file has what SONATA asks for, and a group for a silent population") {
    const ScratchFolder folder;
    write(folder / "", {});
    const hdf5::File file = hdf5::File::open(folder / "spikes.h5");
    CHECK(file.root().uint32_attribute("magic") == std::vector<std::uint32_t>{0x0A7A});
    CHECK(file.root().uint32_attribute("version") == std::vector<std::uint32_t>{0, 1});
    CHECK_THAT(file.root().text_attribute("made_by"), Catch::StartsWith("Spikewell "));
    const hdf5::Group group = file.root().group("spikes").group("inh");
    CHECK(group.text_attribute("sorting") == "by_time");
    CHECK(group.dataset("timestamps").text_attribute("units") == "ms");
    CHECK(group.dataset("timestamps").size() == 0);
    CHECK(group.dataset("node_ids").size() == 0);
    CHECK(read_spikes_csv(folder / "spikes.csv").empty());
}

TEST_CASE("The files depend on the spikes, not on how they are handed over") {
    const ScratchFolder folder;
    const auto spikes = many(40'000);
    write(folder / "whole", spikes);
    FolderOutput output = output_in(folder / "pieces");
    SpikeWriter writer(output, k_populations);
    for (std::size_t from = 0; from < spikes.size(); from += 777)
        writer.append(
            std::span(spikes).subspan(from, std::min<std::size_t>(777, spikes.size() - from)));
    finish(writer, output);
    CHECK(folder.content("whole/spikes.csv") == folder.content("pieces/spikes.csv"));
    CHECK((folder.content("whole/spikes.h5") == folder.content("pieces/spikes.h5")));
}

TEST_CASE("A run taken up again at a position ends in the same bytes") {
    const ScratchFolder folder;
    const auto spikes = many(50'000);
    const std::size_t cut = GENERATE(0U, 1U, 20'000U, 50'000U);
    const std::string end = GENERATE("killed", "interrupted", "unwound");
    CAPTURE(cut, end);
    write(folder / "whole", spikes);
    const std::span<const PopulationSpike> all = spikes;
    FilePosition position;
    std::string partial_name;
    {
        FolderOutput output = output_in(folder / "out");
        SpikeWriter writer(output, k_populations);
        writer.append(all.first(cut));
        position = writer.position();
        partial_name = output.partial_name();
        output.keep_for("run.ckp");
        writer.append(all.subspan(cut)); // lost, or partly written
        // What the disk has after a kill: the CSV to some point beyond, an HDF5 file not closed.
        if (end == "killed") (void)writer.position();
        if (end == "interrupted") finish(writer, output);
    }
    {
        FolderOutput output = output_in(folder / "out", Overwrite::allow, partial_name);
        CHECK(output.has_resumed() == (end != "interrupted"));
        SpikeWriter again(output, k_populations, position);
        again.append(all.subspan(cut));
        finish(again, output);
    }
    CHECK((folder.content("out/spikes.csv") == folder.content("whole/spikes.csv")));
    CHECK((folder.content("out/spikes.h5") == folder.content("whole/spikes.h5")));
    CHECK(folder.entry_count() == 8);
}

TEST_CASE("Going on behind bytes that are not there is refused and changes nothing") {
    const ScratchFolder folder;
    write(folder / "out", k_few);
    const std::string before = folder.content("out/spikes.csv");
    const FilePosition other{60, 12345};
    const FilePosition longer{before.size() + 1, 12345};
    {
        const FolderOutput output = output_in(folder / "out", Overwrite::allow);
        CHECK_THROWS_WITH(SpikeWriter(output, k_populations, other),
                          Catch::Contains("is not what the run to be resumed wrote"));
        CHECK_THROWS_AS(SpikeWriter(output, k_populations, longer), IoError);
    }
    CHECK(folder.content("out/spikes.csv") == before);
    CHECK(folder.entry_count() == 4);
}

TEST_CASE("Existing spike files are overwritten only where that is allowed") {
    const ScratchFolder folder;
    const std::string name = GENERATE("spikes.csv", "spikes.h5");
    CAPTURE(name);
    folder.write(name, "mine");
    CHECK_THROWS_AS(output_in(folder / ""), IoError);
    CHECK(folder.content(name) == "mine");
    CHECK(folder.entry_count() == 1);
    {
        FolderOutput output = output_in(folder / "", Overwrite::allow);
        SpikeWriter writer(output, k_populations);
        writer.append(k_few);
        CHECK(folder.content(name) == "mine");
        finish(writer, output);
    }
    CHECK(read_spikes_hdf5(folder / "spikes.h5") == sorted_by_population(k_few));
    CHECK(folder.entry_count() == 3);
}

TEST_CASE("Names that are no group or no cell are refused before anything is made") {
    const ScratchFolder folder;
    const std::string name = GENERATE(std::string(), std::string("a/b"), std::string("a,b"),
                                      std::string("a\nb"), std::string("."), std::string("exc"));
    CAPTURE(name);
    {
        const FolderOutput output = output_in(folder / "out");
        CHECK_THROWS_AS(SpikeWriter(output, {"exc", name}), IoError);
    }
    CHECK(folder.entry_count() == 0);
}

TEST_CASE("A CSV that is no list of spikes is told with its line") {
    const std::string head = "t_ms,population,neuron\n";
    CHECK(complaint_of_csv(head + "1,a,2\n3,a,4").empty()); // the last line's end may be missing
    CHECK(complaint_of_csv("t_ms,population,neuron\r\n1,a,2\r\n").empty());
    CHECK(complaint_of_csv("") == ": is empty, expected a list of spikes");
    CHECK_THAT(complaint_of_csv("a,b\n"),
               Catch::StartsWith(":1: must be t_ms,population,neuron, got a,b"));
    for (const char* line : {"1,a", "x,a,2", "1,a,-2", "1,a,2.5", "nan,a,2", "1,a,b,2", "1,,2",
                             "1,a,4294967296", "", "1;a;2"}) {
        INFO(line);
        CHECK_THAT(complaint_of_csv(head + "1,a,2\n" + line + "\n"),
                   Catch::StartsWith(":3: must be a time, a population and a neuron, got"));
    }
    CHECK_THAT(complaint_of_csv(head + std::string(1 << 20, '1')),
               Catch::Contains(":2: is no list"));
    CHECK_THROWS_WITH(read_spikes_csv("/none"), "/none: cannot be read: No such file or directory");
}

TEST_CASE("Spike files of other programs are read: no units, text or no sorting, any order") {
    const ScratchFolder folder;
    const std::vector<double> times{2.0, 1.0, 1.0};
    const std::vector<std::int64_t> nodes{0, 5, 4};
    const int how = GENERATE(0, 1);
    write_foreign(folder / "a.h5", [&](const hdf5::Group& group) {
        group.write<double>("timestamps", times);
        group.write<std::int64_t>("node_ids", nodes);
        if (how == 1) group.set_attribute("sorting", "by_id");
    });
    CHECK(read_spikes_hdf5(folder / "a.h5") ==
          std::vector<PopulationSpikes>{{"cells", {{1.0, 4}, {1.0, 5}, {2.0, 0}}}});
}

TEST_CASE("Spike files that cannot be meant are refused with what is wrong") {
    const ScratchFolder folder;
    const std::vector<double> times{2.0, std::numeric_limits<double>::quiet_NaN()};
    const std::vector<std::uint64_t> nodes{0, 5};
    const std::vector<std::uint64_t> one{std::uint64_t{1} << 32U};
    const auto complaint = [&](auto&& decorate) {
        write_foreign(folder / "a.h5", decorate);
        try {
            (void)read_spikes_hdf5(folder / "a.h5");
        } catch (const IoError& error) {
            return std::string(error.what());
        }
        return std::string();
    };
    CHECK_THAT(complaint([&](const hdf5::Group& group) {
                   group.write<double>("timestamps", times).set_attribute("units", "s");
                   group.write<std::uint64_t>("node_ids", nodes);
               }),
               Catch::EndsWith("/spikes/cells/timestamps: units must be ms, got s"));
    CHECK_THAT(complaint([&](const hdf5::Group& group) {
                   group.write<double>("timestamps", times);
                   group.write<std::uint64_t>("node_ids", one);
               }),
               Catch::EndsWith("/spikes/cells: has 2 timestamps but 1 node_ids"));
    CHECK_THAT(complaint([&](const hdf5::Group& group) {
                   group.write<double>("timestamps", times);
                   group.write<std::uint64_t>("node_ids", nodes);
               }),
               Catch::EndsWith("/spikes/cells: spike 1 cannot be used: t = nan of node 5"));
    CHECK_THAT(complaint([&](const hdf5::Group& group) {
                   group.write<double>("timestamps", std::span(times).first(1));
                   group.write<std::uint64_t>("node_ids", one);
               }),
               Catch::EndsWith("spike 0 cannot be used: t = 2 of node 4294967296"));
    CHECK_THAT(complaint([&](const hdf5::Group& group) {
                   group.write<double>("timestamps", std::span(times).first(1));
                   group.write<std::int64_t>("node_ids", std::vector<std::int64_t>{-1});
               }),
               Catch::EndsWith("spike 0 cannot be used: t = 2 of node -1"));
    CHECK_THAT(complaint([&](const hdf5::Group& group) {
                   group.write<double>("timestamps", times);
                   group.write<double>("node_ids", times);
               }),
               Catch::EndsWith("/spikes/cells/node_ids: must hold whole numbers"));
    CHECK_THAT(complaint([&](const hdf5::Group&) {}),
               Catch::EndsWith("has no dataset /spikes/cells/timestamps"));
}
