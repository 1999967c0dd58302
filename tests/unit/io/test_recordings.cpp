#include "core/error.hpp"
#include "io/results/recordings.hpp"
#include "support/scratch_folder.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <sstream>

using namespace spikewell;
using namespace spikewell::io;
using spikewell::test::ScratchFolder;

namespace {

constexpr PopulationId k_exc{0};
constexpr PopulationId k_inh{1};

/// Two populations of four and two neurons, nothing recorded.
NetworkDescription two_populations() {
    NeuronPopulation exc;
    exc.name = "exc";
    exc.size = 4;
    NeuronPopulation inh;
    inh.name = "inh";
    inh.size = 2;
    NetworkDescription description;
    description.network.populations = {exc, inh};
    for (int k = 0; k < 4; ++k) // from exc to exc
        description.network.projections.emplace_back(SynapticProjection{});
    return description;
}

NetworkDescription recording(const std::string& name, decltype(Recording::what) what) {
    NetworkDescription description = two_populations();
    description.recordings.push_back({name, std::move(what)});
    return description;
}

NetworkDescription recording_everything() {
    NetworkDescription description = two_populations();
    description.recordings = {{"all_exc", SpikeRecording{{k_exc, 0, {}}}},
                              {"V", PotentialRecording{{k_exc, 1, 2}, 0.5}},
                              {"rate", RateRecording{{k_exc, 0, {}}, 10.0}},
                              {"w", WeightRecording{ProjectionId{3}, 100.0}},
                              {"all_inh", SpikeRecording{{k_inh, 0, {}}}}};
    return description;
}

constexpr const char* k_main_file = "main.json";

FolderPlan plan_of(const NetworkDescription& description, const std::filesystem::path& folder) {
    FolderPlan plan{folder, Overwrite::refuse, Recordings::names(description), {}, {}};
    plan.names.emplace_back(k_main_file);
    return plan;
}

FolderPlan resuming(FolderPlan plan, std::string_view saved) {
    plan.overwrite = Overwrite::allow;
    plan.resumed = Recordings::partial_name(saved);
    return plan;
}

/// Recordings with the output that they are written to and published by.
struct RecordedRun {
    FolderOutput output;
    Recordings recordings;

    RecordedRun(const NetworkDescription& description, const std::filesystem::path& folder)
        : output(plan_of(description, folder)), recordings(description, output) {}
    RecordedRun(const NetworkDescription& description,
                const std::filesystem::path& folder,
                std::string_view saved,
                double t_ms)
        : output(resuming(plan_of(description, folder), saved)),
          recordings(description, output, saved, t_ms) {}
    operator Recorder&() { return recordings; }
    void finish(double t_ms) {
        recordings.finish(t_ms);
        output.publish(k_main_file, R"({"format": "test"})");
    }
    std::string save() {
        output.keep_for("run.ckp");
        return recordings.save();
    }
};

void somatic(Recorder& recorder, PopulationId population, const std::vector<Spike>& spikes) {
    recorder.on_spikes(population, SpikeKind::somatic, spikes);
}

/// What a made-up engine hands over in window number `w` of 10 ms.
void run_window(Recorder& recorder, int w) {
    const double t_ms = 10.0 * w;
    somatic(recorder, k_exc, {{t_ms + 1.0, 0}, {t_ms + 4.0 + 0.1 * w, 3}});
    somatic(recorder, k_inh, {{t_ms + 2.0, 1}});
    recorder.on_spikes(k_exc, SpikeKind::predicted, std::vector<Spike>{{t_ms + 3.0, 2}});
    const std::vector<double> times{t_ms, t_ms + 0.5};
    const std::vector<double> V{-70.0, -69.5, -1.0 / 3.0, 0.0};
    recorder.on_samples(0, times, V);
    recorder.on_weights(0, t_ms + 10.0,
                        std::vector<Synapse>{{0, 1, 0.1F, 1.0F}, {1, 0, -2.0F, 1.0F}});
}

std::string all_content(const ScratchFolder& folder, const std::string& name) {
    std::string all;
    for (const char* file : {"spikes.csv", "spikes.h5", "V.csv", "rate.csv", "w.csv"}) {
        all += folder.content(fmt::format("{}/{}", name, file));
        all += "\n--\n";
    }
    return all;
}

} // namespace

TEST_CASE("Spikes of a window come out in time order over all populations, somatic ones only") {
    const ScratchFolder folder;
    RecordedRun recordings(recording_everything(), folder / "");
    run_window(recordings, 0);
    run_window(recordings, 1);
    recordings.finish(20.0);
    CHECK(folder.content("spikes.csv") == "t_ms,population,neuron\n"
                                          "1,exc,0\n2,inh,1\n4,exc,3\n"
                                          "11,exc,0\n12,inh,1\n14.1,exc,3\n");
    CHECK(read_spikes_hdf5(folder / "spikes.h5") ==
          std::vector<PopulationSpikes>{{"exc", {{1.0, 0}, {4.0, 3}, {11.0, 0}, {14.1, 3}}},
                                        {"inh", {{2.0, 1}, {12.0, 1}}}});
}

TEST_CASE("Spikes are of the ranges asked for, each once where ranges overlap") {
    const ScratchFolder folder;
    NetworkDescription description = recording("a", SpikeRecording{{k_exc, 1, 2}});
    description.recordings.push_back({"b", SpikeRecording{{k_exc, 2, {}}}});
    RecordedRun recordings(description, folder / "");
    somatic(recordings, k_exc, {{1.0, 0}, {2.0, 1}, {3.0, 2}, {4.0, 3}});
    somatic(recordings, k_inh, {{1.5, 0}});
    recordings.finish(10.0);
    CHECK(folder.content("spikes.csv") == "t_ms,population,neuron\n2,exc,1\n3,exc,2\n4,exc,3\n");
}

TEST_CASE("Spikes are of the neurons that are listed, each once beside ranges") {
    const ScratchFolder folder;
    NetworkDescription description = recording("a", SpikeRecording{{k_exc, 0, {}}, {0, 3}});
    description.record("b", SpikeRecording{{k_exc, 3, 1}});
    description.record("c", SpikeRecording{{k_inh, 0, {}}, {1}});
    validate(description);
    RecordedRun recordings(description, folder / "");
    somatic(recordings, k_exc, {{1.0, 0}, {2.0, 1}, {3.0, 2}, {4.0, 3}});
    somatic(recordings, k_inh, {{1.5, 0}, {2.5, 1}});
    recordings.finish(10.0);
    CHECK(folder.content("spikes.csv") == "t_ms,population,neuron\n1,exc,0\n2.5,inh,1\n4,exc,3\n");
}

TEST_CASE("Only what is recorded makes files") {
    const ScratchFolder folder;
    RecordedRun recordings(two_populations(), folder / "");
    somatic(recordings, k_exc, {{1.0, 0}});
    CHECK(recordings.recordings.samples().empty());
    CHECK(recordings.recordings.weights().empty());
    CHECK(Recordings::names(two_populations()).empty());
}

TEST_CASE("Potentials are asked for and written one neuron a line") {
    const ScratchFolder folder;
    RecordedRun recordings(recording_everything(), folder / "");
    const auto requests = recordings.recordings.samples();
    REQUIRE(requests.size() == 1);
    CHECK(requests[0].population == k_exc);
    CHECK(requests[0].neurons == std::vector<std::uint32_t>{1, 2});
    CHECK(requests[0].interval_ms == 0.5);
    CHECK(requests[0].start_ms == 0.0);
    run_window(recordings, 0);
    recordings.finish(10.0);
    CHECK(folder.content("V.csv") == "t_ms,neuron,V_mV\n0,1,-70\n0,2,-69.5\n"
                                     "0.5,1,-0.3333333333333333\n0.5,2,0\n");
}

TEST_CASE("States are asked for by the places of their names and written one neuron a line") {
    const ScratchFolder folder;
    NetworkDescription description =
        recording("x", StateRecording{{k_exc, 0, {}}, {"w_pA", "V_mV"}, 1.0, {0, 3}, {2.0, 2.5}});
    std::get<NeuronPopulation>(description.network.populations[0]).neuron = AdEx{};
    RecordedRun recordings(description, folder / "");
    const auto requests = recordings.recordings.samples();
    REQUIRE(requests.size() == 1);
    CHECK(requests[0].columns == std::vector<std::uint32_t>{1, 0});
    CHECK(requests[0].neurons == std::vector<std::uint32_t>{0, 3});
    CHECK(requests[0].times_ms == std::vector<double>{2.0, 2.5});
    Recorder& recorder = recordings;
    recorder.on_samples(0, std::vector<double>{2.0, 2.5},
                        std::vector<double>{1.0, -70.0, 2.0, -71.0, 3.0, -72.0, 4.0, -73.5});
    recordings.finish(10.0);
    CHECK(folder.content("x.csv") == "t_ms,neuron,w_pA,V_mV\n2,0,1,-70\n2,3,2,-71\n"
                                     "2.5,0,3,-72\n2.5,3,4,-73.5\n");
}

TEST_CASE("States of nodes and couplings are asked for and written one a line") {
    const ScratchFolder folder;
    NetworkDescription description = recording("x", StateRecording{{{2}, 1, {}}, {"sigma"}, 5.0});
    DyadicPopulation nodes;
    nodes.name = "A";
    nodes.n_nodes = 3;
    nodes.neurons_per_node = 4;
    description.network.populations.emplace_back(nodes);
    description.network.projections.emplace_back(
        FactorisedProjection{{2}, {2}, Matrix(3, 3), 1.0, std::nullopt, std::nullopt, "A-A"});
    description.record("J", CouplingRecording{{4}, 1.0, {0.0, 7.0}});
    validate(description);
    RecordedRun recordings(description, folder / "");
    const auto samples = recordings.recordings.samples();
    REQUIRE(samples.size() == 1);
    CHECK(samples[0].neurons == std::vector<std::uint32_t>{1, 2});
    CHECK(samples[0].columns == std::vector<std::uint32_t>{0});
    const auto weights = recordings.recordings.weights();
    REQUIRE(weights.size() == 1);
    CHECK(weights[0].projection == ProjectionId{4});
    CHECK(weights[0].times_ms == std::vector<double>{0.0, 7.0});
    Recorder& recorder = recordings;
    recorder.on_samples(0, std::vector<double>{5.0}, std::vector<double>{-0.9375, 0.5});
    recorder.on_weights(0, 7.0, std::vector<Synapse>{{0, 1, 0.25F, 1.0F}, {1, 0, -2.0F, 1.0F}});
    recordings.finish(10.0);
    CHECK(folder.content("x.csv") == "t_ms,node,sigma\n5,1,-0.9375\n5,2,0.5\n");
    CHECK(folder.content("J.csv") == "t_ms,pre,post,coupling\n7,0,1,0.25\n7,1,0,-2\n");
}

TEST_CASE("Weights are asked for and written one synapse a line") {
    const ScratchFolder folder;
    RecordedRun recordings(recording_everything(), folder / "");
    const auto requests = recordings.recordings.weights();
    REQUIRE(requests.size() == 1);
    CHECK(requests[0].projection == ProjectionId{3});
    CHECK(requests[0].interval_ms == 100.0);
    run_window(recordings, 0);
    recordings.finish(10.0);
    CHECK(folder.content("w.csv") == "t_ms,pre,post,weight_mV\n10,0,1,0.1\n10,1,0,-2\n");
}

TEST_CASE("Rates are per neuron and second, silent bins too, and a cut bin by its part") {
    const ScratchFolder folder;
    RecordedRun recordings(recording("r", RateRecording{{k_exc, 2, {}}, 10.0}), folder / "");
    somatic(recordings, k_exc, {{0.0, 2}, {1.0, 3}, {2.0, 0}, {9.999, 3}, {10.0, 3}});
    somatic(recordings, k_exc, {{31.0, 2}});
    recordings.finish(45.0);
    // Two neurons: one spike in 10 ms is 50 Hz.
    CHECK(folder.content("r.csv") == "t_ms,rate_Hz\n0,150\n10,50\n20,0\n30,50\n40,0\n");
}

TEST_CASE("A last bin cut short counts by its own length, and rounding makes no bin") {
    const ScratchFolder folder;
    const auto rates = [&](const std::string& name, double bin_ms, double end_ms) {
        RecordedRun recordings(recording("r", RateRecording{{k_inh, 0, {}}, bin_ms}),
                               folder / name);
        somatic(recordings, k_inh, {{end_ms - 1e-3, 0}});
        recordings.finish(end_ms);
        const std::string text = folder.content(name + "/r.csv");
        return std::pair(std::count(text.begin(), text.end(), '\n') - 1,
                         text.substr(text.rfind('\n', text.size() - 2) + 1));
    };
    CHECK(rates("cut", 10.0, 12.5) == std::pair(std::ptrdiff_t{2}, std::string("10,200\n")));
    CHECK(rates("tenths", 0.1, 0.3).first == 3);   // 0.3 < 3 x 0.1 as rounded
    CHECK(rates("sevenths", 0.7, 4.9).first == 7); // 7 x 0.7 as rounded < 4.9
    CHECK(rates("long", 0.1, 1000.0).first == 10000);
}

TEST_CASE("Bins of any width lose no spike at their edges") {
    const ScratchFolder folder;
    const double bin_ms = GENERATE(0.1, 0.3, 0.7, 1.1);
    RecordedRun recordings(recording("r", RateRecording{{k_inh, 0, 1}, bin_ms}), folder / "");
    for (int k = 0; k < 1000; ++k)
        somatic(recordings, k_inh, {{k * bin_ms, 0}});
    recordings.finish(1000 * bin_ms);
    std::istringstream lines(folder.content("r.csv"));
    std::string line;
    std::getline(lines, line);
    std::size_t n = 0;
    for (; std::getline(lines, line); ++n)
        CHECK(std::stod(line.substr(line.find(',') + 1)) == Approx(1000.0 / bin_ms));
    CHECK(n == 1000);
}

TEST_CASE("The names are those of the files at the end, and of none before") {
    const ScratchFolder folder;
    const auto names = Recordings::names(recording_everything());
    REQUIRE(names.size() == 5);
    {
        RecordedRun recordings(recording_everything(), folder / "");
        for (const auto& name : names) {
            CHECK_FALSE(std::filesystem::exists(folder / name));
            CHECK(std::filesystem::exists(recordings.output / name));
        }
        recordings.finish(0.0);
        for (const auto& name : names)
            CHECK(std::filesystem::exists(folder / name));
    }
    CHECK(folder.entry_count() == 5 + 1);
}

TEST_CASE("Recordings saved and taken up again end in the same files") {
    const ScratchFolder folder;
    const std::string end = GENERATE("unwound", "interrupted");
    const int cut = GENERATE(0, 1, 4);
    CAPTURE(end, cut);
    const NetworkDescription description = recording_everything();
    {
        RecordedRun whole(description, folder / "whole");
        for (int w = 0; w < 6; ++w)
            run_window(whole, w);
        whole.finish(57.0);
    }
    std::string saved;
    {
        RecordedRun first(description, folder / "out");
        for (int w = 0; w < cut; ++w)
            run_window(first, w);
        saved = first.save();
        run_window(first, cut); // after the checkpoint: done again
        if (end == "interrupted") first.finish(10.0 * cut + 10.0);
    }
    {
        RecordedRun second(description, folder / "out", saved, 10.0 * cut);
        for (int w = cut; w < 6; ++w)
            run_window(second, w);
        second.finish(57.0);
    }
    CHECK((all_content(folder, "out") == all_content(folder, "whole")));
    CHECK(folder.entry_count() == 14); // two folders of five files and a main one
}

namespace {

NetworkDescription recording_in_hdf5() {
    NetworkDescription description = two_populations();
    std::get<NeuronPopulation>(description.network.populations[0]).neuron = AdEx{};
    description.record("x",
                       StateRecording{{k_exc, 0, {}}, {"w_pA", "V_mV"}, 0.5, {0, 3}, {}, true});
    description.record("w", WeightRecording{ProjectionId{3}, 10.0, {}, {}, {}, true});
    description.record("t", PotentialRecording{{k_inh, 0, {}}, 1.0, {1}, {1.0, 2.5, 40.25}, true});
    return description;
}

/// What a made-up engine hands over of these in window number `w` of 10 ms.
void run_sampled_window(Recorder& recorder, int w) {
    std::vector<double> times;
    std::vector<double> values;
    for (int k = 20 * w; k < 20 * (w + 1); ++k) {
        times.push_back(0.5 * k);
        for (int n = 0; n < 4; ++n)
            values.push_back(k / 3.0 - n);
    }
    recorder.on_samples(1, times, values); // potentials are asked for first
    for (const double t_ms : {1.0, 2.5, 40.25})
        if (t_ms >= 10.0 * w && t_ms < 10.0 * (w + 1))
            recorder.on_samples(0, std::vector{t_ms}, std::vector{-t_ms});
    recorder.on_weights(
        0, 10.0 * w + 10.0,
        std::vector<Synapse>{{0, 1, 0.1F + static_cast<float>(w), 1.0F}, {1, 0, -2.0F, 1.0F}});
}

} // namespace

TEST_CASE("States, potentials and weights come in HDF5, too, where that is asked for") {
    const ScratchFolder folder;
    const NetworkDescription description = recording_in_hdf5();
    CHECK(Recordings::names(description).size() == 6);
    RecordedRun recordings(description, folder / "");
    for (int w = 0; w < 5; ++w)
        run_sampled_window(recordings, w);
    recordings.finish(50.0);
    const hdf5::File states = hdf5::File::open(folder / "x.h5");
    const hdf5::Group report = states.root().group("report").group("exc");
    CHECK(report.dataset("data").shape() == std::vector<std::size_t>{100, 4});
    CHECK(report.dataset("data").text_attribute("units") == "pA, mV");
    const std::vector<double> data = report.dataset("data").read<double>();
    CHECK(data[4 * 7 + 2] == 7 / 3.0 - 2);
    const hdf5::Group mapping = report.group("mapping");
    CHECK(mapping.dataset("node_ids").read<std::uint64_t>() == std::vector<std::uint64_t>{0, 3});
    CHECK(mapping.dataset("index_pointer").read<std::uint64_t>() ==
          std::vector<std::uint64_t>{0, 2, 4});
    CHECK(mapping.dataset("element_ids").read<std::uint32_t>() ==
          std::vector<std::uint32_t>{0, 1, 0, 1});
    CHECK(mapping.dataset("time").read<double>() == std::vector<double>{0.0, 50.0, 0.5});
    const hdf5::File potentials = hdf5::File::open(folder / "t.h5");
    const hdf5::Group listed = potentials.root().group("report").group("inh");
    CHECK(listed.dataset("data").read<double>() == std::vector<double>{-1.0, -2.5, -40.25});
    CHECK(listed.dataset("data").text_attribute("units") == "mV");
    CHECK_FALSE(listed.group("mapping").has("time"));
    CHECK(listed.group("mapping").dataset("times_ms").read<double>() ==
          std::vector<double>{1.0, 2.5, 40.25});
    const hdf5::File weights = hdf5::File::open(folder / "w.h5");
    const hdf5::Group of_weights = weights.root().group("weights");
    CHECK(of_weights.dataset("times_ms").read<double>() ==
          std::vector<double>{10.0, 20.0, 30.0, 40.0, 50.0});
    CHECK(of_weights.dataset("pre").read<std::uint32_t>() == std::vector<std::uint32_t>{0, 1});
    CHECK(of_weights.dataset("post").read<std::uint32_t>() == std::vector<std::uint32_t>{1, 0});
    CHECK(of_weights.dataset("values").shape() == std::vector<std::size_t>{5, 2});
    CHECK(of_weights.dataset("values").read<float>()[4] == 2.1F);
}

TEST_CASE("What is recorded in HDF5 is taken up from the CSV beside it, to the same bytes") {
    const ScratchFolder folder;
    const int cut = GENERATE(0, 1, 3);
    const NetworkDescription description = recording_in_hdf5();
    {
        RecordedRun whole(description, folder / "whole");
        for (int w = 0; w < 5; ++w)
            run_sampled_window(whole, w);
        whole.finish(50.0);
    }
    std::string saved;
    {
        RecordedRun first(description, folder / "out");
        for (int w = 0; w < cut; ++w)
            run_sampled_window(first, w);
        saved = first.save();
        run_sampled_window(first, cut);
    }
    {
        RecordedRun second(description, folder / "out", saved, 10.0 * cut);
        for (int w = cut; w < 5; ++w)
            run_sampled_window(second, w);
        second.finish(50.0);
    }
    for (const char* name : {"x.csv", "x.h5", "w.csv", "w.h5", "t.csv", "t.h5"}) {
        CAPTURE(name, cut);
        CHECK((folder.content(fmt::format("out/{}", name)) ==
               folder.content(fmt::format("whole/{}", name))));
    }
}

TEST_CASE("A saved state of other recordings is refused") {
    const ScratchFolder folder;
    std::string saved;
    {
        RecordedRun recordings(recording_everything(), folder / "");
        saved = recordings.save();
    }
    const auto take_up = [&](const std::string& state) {
        const RecordedRun recordings(recording_everything(), folder / "", state, 0.0);
    };
    CHECK_NOTHROW(take_up(saved));
    CHECK_THROWS_AS(take_up(saved.substr(0, saved.size() - 1)), IoError);
    CHECK_THROWS_AS(take_up(saved + "12345678"), IoError);
    CHECK_THROWS_AS(take_up(""), IoError);
    // The last two numbers are a rate's bin and count.
    for (const std::size_t from_end : {9U, 1U}) {
        std::string forged = saved;
        forged[forged.size() - from_end] = '\x7f';
        CHECK_THROWS_AS(take_up(forged), IoError);
    }
}
