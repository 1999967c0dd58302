#include "core/energy.hpp"

#include "core/digest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <unistd.h>

namespace spikewell {

namespace {

namespace fs = std::filesystem;

/// A small file's text without the end of its line; `why`: what kept it from being read, else "".
std::string line_of(const fs::path& path, std::string& why) {
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(file), {}};
    why.clear();
    if (!file.is_open() || file.bad())
        why = fmt::format("{}: {}", path.string(), std::strerror(errno != 0 ? errno : EIO));
    while (!text.empty() && (text.back() == '\n' || text.back() == ' '))
        text.pop_back();
    return text;
}

std::uint64_t number_of(const fs::path& path, std::string& why) {
    const std::string text = line_of(path, why);
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (why.empty() && (error != std::errc() || end != text.data() + text.size()))
        why = fmt::format("{}: holds \"{}\", no number", path.string(), text);
    return value;
}

bool begins_with(const std::string& text, const std::string& with) {
    return text.compare(0, with.size(), with) == 0;
}

/// Zones of the kernel in their order; "intel-rapl-mmio:0" shows a package of "intel-rapl:0" once more.
std::vector<fs::path> zones_in(const fs::path& powercap) {
    std::vector<fs::path> zones;
    std::error_code none;
    for (const fs::directory_entry& entry : fs::directory_iterator(powercap, none)) {
        if (begins_with(entry.path().filename().string(), "intel-rapl:"))
            zones.push_back(entry.path());
    }
    std::sort(zones.begin(), zones.end());
    return zones;
}

} // namespace

std::uint64_t machine_digest() {
    std::string why;
    std::string machine = line_of("/proc/sys/kernel/random/boot_id", why);
    if (machine.empty()) {
        constexpr std::size_t k_longest_name = 256;
        machine.resize(k_longest_name);
        ::gethostname(machine.data(), machine.size() - 1);
    }
    return digest(machine);
}

EnergyMeter::EnergyMeter(const fs::path& powercap) : looked_(std::chrono::steady_clock::now()) {
    find(powercap);
}

void EnergyMeter::find(const fs::path& powercap) {
    bool has_package = false;
    std::string why;
    std::string names;
    for (const fs::path& zone : zones_in(powercap)) {
        const std::string name = line_of(zone / "name", why);
        const bool is_package = begins_with(name, "package");
        if (why.empty() && !is_package && name != "dram") continue;
        Counter counter{zone / "energy_uj", 0, 0};
        if (why.empty()) counter.last_uJ = number_of(counter.file, why);
        if (why.empty()) counter.range_uJ = number_of(zone / "max_energy_range_uj", why);
        if (!why.empty()) break;
        has_package = has_package || is_package;
        names +=
            fmt::format("{}{} ({})", names.empty() ? "" : ", ", zone.filename().string(), name);
        counters_.push_back(std::move(counter));
    }
    if (why.empty() && has_package) {
        source_ = "RAPL counters " + names + ": all that ran there";
        return;
    }
    counters_.clear();
    source_ = why.empty()
                  ? fmt::format("{} has no RAPL counter of a processor package", powercap.string())
                  : "RAPL cannot be read: " + why;
}

void EnergyMeter::look() {
    looked_ = std::chrono::steady_clock::now();
    for (Counter& counter : counters_) {
        std::string why;
        const std::uint64_t now_uJ = number_of(counter.file, why);
        if (!why.empty()) {
            source_ = "RAPL cannot be read any more: " + why;
            counters_.clear();
            return;
        }
        const std::uint64_t used_uJ = now_uJ >= counter.last_uJ
                                          ? now_uJ - counter.last_uJ
                                          : counter.range_uJ - counter.last_uJ + now_uJ;
        joules_ += 1e-6 * static_cast<double>(used_uJ);
        counter.last_uJ = now_uJ;
    }
}

void EnergyMeter::look_now_and_then() {
    if (!counters_.empty() && std::chrono::steady_clock::now() - looked_ >= std::chrono::seconds(1))
        look();
}

std::optional<double> EnergyMeter::joules() const {
    return counters_.empty() ? std::nullopt : std::optional(joules_);
}

EnergyUse& EnergyUse::operator+=(const EnergyUse& next) {
    processor_s += next.processor_s;
    if (measured_J && next.measured_J)
        *measured_J += *next.measured_J;
    else
        measured_J.reset();
    meter = next.meter;
    return *this;
}

EnergyUse EnergyWatch::use() {
    meter_.look();
    return {processor_seconds() - processor_start_s_, meter_.joules(), meter_.source()};
}

EnergyUse energy_together(std::span<const ProcessEnergy> processes, const std::string& meter) {
    EnergyUse all{0.0, std::nullopt, meter};
    std::map<std::uint64_t, double> machines_J;
    double measured_J = 0.0;
    for (const ProcessEnergy& process : processes) {
        all.processor_s += process.processor_s;
        if (machines_J.emplace(process.machine, process.measured_J).second)
            measured_J += process.measured_J;
    }
    if (!std::isnan(measured_J))
        all.measured_J = measured_J;
    else if (!std::isnan(processes.front().measured_J))
        all.meter = "RAPL cannot be read on all machines";
    if (all.measured_J && machines_J.size() > 1)
        all.meter += fmt::format("; and the same of {} more machines", machines_J.size() - 1);
    return all;
}

Energy energy_of(const EnergyUse& use, const CorePower& core) {
    if (use.measured_J) return {*use.measured_J, true, use.meter};
    return {use.processor_s * core.W, false,
            fmt::format("{:.6g} s of processor time at {:.6g} W a core ({})", use.processor_s,
                        core.W, core.source)};
}

} // namespace spikewell
