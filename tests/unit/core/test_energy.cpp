#include "core/energy.hpp"
#include "support/scratch_folder.hpp"

#include <catch2/catch.hpp>

#include <cmath>
#include <filesystem>
#include <sys/fsuid.h>
#include <unistd.h>

using namespace spikewell;
using spikewell::test::ScratchFolder;

namespace {

/// What /sys/class/powercap would be, of made-up zones.
class PowercapTree {
  public:
    void zone(const std::string& folder, const std::string& name, std::uint64_t energy_uJ) {
        std::filesystem::create_directories(folder_ / folder);
        folder_.write(folder + "/name", name + "\n");
        folder_.write(folder + "/max_energy_range_uj", "1000000000\n");
        set(folder, energy_uJ);
    }
    void set(const std::string& folder, std::uint64_t energy_uJ) {
        folder_.write(folder + "/energy_uj", std::to_string(energy_uJ) + "\n");
    }
    [[nodiscard]] std::filesystem::path path() const { return folder_ / "."; }
    [[nodiscard]] std::filesystem::path file(const std::string& name) const {
        return folder_ / name;
    }

  private:
    ScratchFolder folder_;
};

} // namespace

TEST_CASE("Energy is that of packages and their memory, each counted once") {
    PowercapTree tree;
    tree.zone("intel-rapl:0", "package-0", 100);
    tree.zone("intel-rapl:0:0", "core", 1000);
    tree.zone("intel-rapl:0:1", "dram", 10'000);
    tree.zone("intel-rapl:1", "package-1", 5);
    tree.zone("intel-rapl:2", "psys", 7);
    tree.zone("intel-rapl-mmio:0", "package-0", 100);
    EnergyMeter meter(tree.path());
    CHECK(meter.joules() == 0.0);
    tree.set("intel-rapl:0", 2'000'100);
    tree.set("intel-rapl:0:0", 500'000'000);
    tree.set("intel-rapl:0:1", 3'010'000);
    tree.set("intel-rapl:1", 4'000'005);
    tree.set("intel-rapl:2", 600'000'000);
    tree.set("intel-rapl-mmio:0", 2'000'100);
    meter.look();
    CHECK(meter.joules().value() == Approx(2.0 + 3.0 + 4.0));
    CHECK(meter.source() == "RAPL counters intel-rapl:0 (package-0), intel-rapl:0:1 (dram), "
                            "intel-rapl:1 (package-1): all that ran there");
}

TEST_CASE("A counter of energy that has begun again goes on") {
    PowercapTree tree;
    tree.zone("intel-rapl:0", "package-0", 999'000'000);
    EnergyMeter meter(tree.path());
    tree.set("intel-rapl:0", 2'000'000);
    meter.look();
    CHECK(meter.joules().value() == Approx(3.0)); // 1 J up to the range, 2 J from 0
    tree.set("intel-rapl:0", 1'000'000);
    meter.look();
    CHECK(meter.joules().value() == Approx(3.0 + 999.0));
}

TEST_CASE("Where nothing measures energy, it is said why") {
    PowercapTree tree;
    CHECK_FALSE(EnergyMeter(tree.file("nowhere")).joules());
    tree.zone("intel-rapl:0", "psys", 1);
    const EnergyMeter none(tree.path());
    CHECK_FALSE(none.joules());
    CHECK_THAT(none.source(), Catch::Contains("has no RAPL counter of a processor package"));
    tree.zone("intel-rapl:0:0", "dram", 1); // memory alone is not what a run takes
    CHECK_FALSE(EnergyMeter(tree.path()).joules());
    tree.zone("intel-rapl:1", "package-0", 1);
    std::filesystem::remove(tree.file("intel-rapl:1/max_energy_range_uj"));
    CHECK_THAT(EnergyMeter(tree.path()).source(),
               Catch::Contains("intel-rapl:1/max_energy_range_uj: No such file"));
    tree.zone("intel-rapl:1", "package-0", 1);
    EnergyMeter meter(tree.path());
    std::filesystem::remove(tree.file("intel-rapl:1/energy_uj"));
    meter.look();
    CHECK_FALSE(meter.joules());
    CHECK_THAT(meter.source(), Catch::StartsWith("RAPL cannot be read any more: "));
}

TEST_CASE("Counters of energy that only root may read are not read, and that is said") {
    PowercapTree tree;
    tree.zone("intel-rapl:0", "package-0", 1);
    namespace fs = std::filesystem;
    constexpr auto k_for_all = static_cast<fs::perms>(0755);
    fs::permissions(tree.path(), k_for_all);
    fs::permissions(tree.file("intel-rapl:0/energy_uj"), fs::perms::none);
    constexpr unsigned k_nobody = 65534;
    const int before = ::setfsuid(k_nobody); // of no effect but for root, who may read all
    const EnergyMeter meter(tree.path());
    ::setfsuid(static_cast<unsigned>(before));
    CHECK_FALSE(meter.joules());
    CHECK_THAT(meter.source(), Catch::StartsWith("RAPL cannot be read: ") &&
                                   Catch::EndsWith("energy_uj: Permission denied"));
}

TEST_CASE("Energy is measured where it can be and else estimated from processor time") {
    const CorePower core{4.0, "a made-up core"};
    const Energy measured = energy_of({2.0, 7.0, "a meter"}, core);
    CHECK(measured.J == 7.0);
    CHECK(measured.measured);
    CHECK(measured.source == "a meter");
    const Energy estimate = energy_of({2.5, std::nullopt, "no meter"}, core);
    CHECK(estimate.J == Approx(10.0));
    CHECK_FALSE(estimate.measured);
    CHECK(estimate.source == "2.5 s of processor time at 4 W a core (a made-up core)");
}

TEST_CASE("Energy of one stretch after another is measured where that of all of them is") {
    EnergyUse sum{1.0, 2.0, "first"};
    sum += {0.5, 4.0, "second"};
    CHECK(sum.processor_s == 1.5);
    CHECK(sum.measured_J.value() == 6.0);
    sum += {0.5, std::nullopt, "none"};
    CHECK(sum.processor_s == 2.0);
    CHECK_FALSE(sum.measured_J);
    CHECK(sum.meter == "none");
    sum += {0.5, 4.0, "a meter again"};
    CHECK_FALSE(sum.measured_J);
}

TEST_CASE("Processes of one machine share its energy, and each has a time of its own") {
    constexpr double k_none = std::numeric_limits<double>::quiet_NaN();
    const std::vector<ProcessEnergy> measured{{7, 1.0, 20.0}, {7, 2.0, 21.0}, {8, 4.0, 30.0}};
    const EnergyUse all = energy_together(measured, "here");
    CHECK(all.processor_s == 7.0);
    CHECK(all.measured_J.value() == 20.0 + 30.0);
    CHECK(all.meter == "here; and the same of 1 more machines");
    const std::vector<ProcessEnergy> in_part{{7, 1.0, 20.0}, {8, 4.0, k_none}};
    CHECK_FALSE(energy_together(in_part, "here").measured_J);
    CHECK(energy_together(in_part, "here").meter == "RAPL cannot be read on all machines");
    const std::vector<ProcessEnergy> nowhere{{7, 1.0, k_none}};
    CHECK(energy_together(nowhere, "no counters").meter == "no counters");
    CHECK(energy_together(nowhere, "no counters").processor_s == 1.0);
}

TEST_CASE("A watch tells the processor time of what it watched") {
    PowercapTree tree;
    tree.zone("intel-rapl:0", "package-0", 1);
    EnergyWatch watch(tree.path());
    const double start_s = processor_seconds();
    double sum = 0.0;
    while (processor_seconds() - start_s < 0.05)
        sum += std::sqrt(sum + 1.0);
    tree.set("intel-rapl:0", 500'001);
    const EnergyUse use = watch.use();
    CHECK(use.processor_s >= 0.05);
    CHECK(use.processor_s < 1.0);
    CHECK(use.measured_J.value() == Approx(0.5));
    CHECK(machine_digest() == machine_digest());
}
