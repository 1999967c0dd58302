#include "support/lif.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <functional>
#include <vector>

using namespace spikewell;
using namespace spikewell::test;

// Models of the brain's firing patterns fire in them, under a step of current.

// ------------------------------------------------------------------------------------------------
// Firing patterns of Naud et al. 2008, table 1, cut at 0 mV, under a step of current from rest.

namespace {

struct Pattern {
    const char* name;
    double C_m_pF, g_L_nS, E_L_mV, a_nS, tau_w_ms, b_pA, V_reset_mV, drive_pA;
};

/// Intervals in 1 s, after the time of the first spike.
std::vector<double> intervals_of(const Pattern& p) {
    AdEx neuron;
    neuron.C_m_pF = p.C_m_pF;
    neuron.g_L_nS = p.g_L_nS;
    neuron.E_L_mV = p.E_L_mV;
    neuron.V_T_mV = -50.0;
    neuron.Delta_T_mV = 2.0;
    neuron.a_nS = p.a_nS;
    neuron.tau_w_ms = p.tau_w_ms;
    neuron.b_pA = p.b_pA;
    neuron.V_reset_mV = p.V_reset_mV;
    neuron.V_peak_mV = 0.0;
    neuron.drive_pA = p.drive_pA;
    const Network network{{population_of(neuron, 1, p.E_L_mV)}, {}, 1};
    std::vector<double> intervals_ms;
    double before_ms = 0.0;
    const std::vector<std::vector<Spike>> spikes = record_all(network, 1000.0);
    for (const Spike& spike : spikes[0]) {
        intervals_ms.push_back(spike.t_ms - before_ms);
        before_ms = spike.t_ms;
    }
    return intervals_ms;
}

double least(const std::vector<double>& x, std::size_t from = 1) {
    return *std::min_element(x.begin() + static_cast<std::ptrdiff_t>(from), x.end());
}
double greatest(const std::vector<double>& x, std::size_t from = 1) {
    return *std::max_element(x.begin() + static_cast<std::ptrdiff_t>(from), x.end());
}

} // namespace

TEST_CASE("AdEx fires in the patterns of Naud et al. 2008") {
    SECTION("tonic: intervals of one length") {
        const auto x = intervals_of({"tonic", 200, 10, -70, 2, 30, 0, -58, 500});
        REQUIRE(x.size() > 80);
        CHECK(greatest(x, 20) / least(x, 20) < 1.001);
        CHECK(greatest(x) / least(x) < 1.1);
    }
    SECTION("adapting: intervals that grow to a length") {
        const auto x = intervals_of({"adapting", 200, 12, -70, 2, 300, 60, -58, 500});
        REQUIRE(x.size() > 12);
        CHECK(x.back() / x[1] > 5.0);
        CHECK(std::is_sorted(x.begin() + 1, x.begin() + 10));
    }
    SECTION("initial burst: a few short intervals, then long ones of one length") {
        const auto x = intervals_of({"initial burst", 130, 18, -58, 4, 150, 120, -50, 400});
        REQUIRE(x.size() > 10);
        CHECK(greatest({0.0, x[1], x[2]}) * 5.0 < least(x, 3));
        CHECK(greatest(x, 5) / least(x, 5) < 1.01);
    }
    SECTION("regular bursts: short and long intervals in turn") {
        const auto x = intervals_of({"regular bursts", 200, 10, -58, 2, 120, 100, -46, 210});
        REQUIRE(x.size() > 12);
        for (std::size_t k = 4; k + 2 < x.size(); ++k)
            CHECK(std::max(x[k] / x[k + 1], x[k + 1] / x[k]) > 10.0);
    }
    SECTION("delayed, accelerating: a late first spike and intervals that shrink") {
        const auto x = intervals_of({"accelerating", 200, 12, -70, -10, 300, 0, -58, 300});
        REQUIRE(x.size() > 40);
        CHECK(x[0] > 1.5 * x[1]);
        CHECK(std::is_sorted(x.begin() + 1, x.begin() + 30, std::greater<>{}));
    }
    SECTION("delayed bursts: a late first spike, then bursts of four") {
        const auto x = intervals_of({"delayed bursts", 100, 10, -65, -10, 90, 30, -47, 110});
        REQUIRE(x.size() > 30);
        CHECK(x[0] > 50.0);
        for (std::size_t k = 4; k < 28; ++k)
            CHECK((x[k] > 40.0) == (k % 4 == 0));
    }
    SECTION("transient: it fires at the step and never again") {
        const auto x = intervals_of({"transient", 100, 10, -65, 10, 90, 100, -47, 180});
        CHECK(x.size() == 1);
    }
    SECTION("irregular: no interval comes back") {
        const auto x = intervals_of({"irregular", 100, 12, -60, -11, 130, 30, -48, 160});
        REQUIRE(x.size() > 40);
        std::vector<double> sorted(x.begin() + 10, x.end());
        std::sort(sorted.begin(), sorted.end());
        double nearest = 1e9;
        for (std::size_t k = 1; k < sorted.size(); ++k)
            nearest = std::min(nearest, sorted[k] - sorted[k - 1]);
        CHECK(nearest > 1e-6);
        CHECK(greatest(x, 10) / least(x, 10) > 4.0);
    }
}

// ------------------------------------------------------------------------------------------------
// Izhikevich 2003: the patterns of figure 2, under a step of current of 10 from rest.

namespace {

std::vector<double> intervals_of(const Izhikevich& neuron, double until_ms) {
    const Network network{{population_of(neuron, 1, -70.0)}, {}, 1};
    const std::vector<std::vector<Spike>> spikes = record_all(network, until_ms);
    std::vector<double> intervals_ms;
    for (std::size_t k = 1; k < spikes[0].size(); ++k)
        intervals_ms.push_back(spikes[0][k].t_ms - spikes[0][k - 1].t_ms);
    return intervals_ms;
}

Izhikevich izhikevich(double a, double b, double c, double d, double drive) {
    Izhikevich neuron;
    neuron.a_per_ms = a;
    neuron.b_per_ms = b;
    neuron.V_reset_mV = c;
    neuron.d_mV_per_ms = d;
    neuron.drive_mV_per_ms = drive;
    return neuron;
}

} // namespace

TEST_CASE("Izhikevich's neuron fires in the patterns of 2003") {
    SECTION("regular spiking: intervals grow to a length") {
        const auto x = intervals_of(izhikevich(0.02, 0.2, -65.0, 8.0, 10.0), 1000.0);
        REQUIRE(x.size() > 10);
        CHECK(x.front() < 0.8 * x.back());
        CHECK(greatest(x, x.size() - 4) / least(x, x.size() - 4) < 1.01);
    }
    SECTION("intrinsically bursting: a burst, then single spikes") {
        const auto x = intervals_of(izhikevich(0.02, 0.2, -55.0, 4.0, 10.0), 1000.0);
        REQUIRE(x.size() > 10);
        CHECK(3.0 * x.front() < x.back());
    }
    SECTION("chattering: bursts again and again") {
        const auto x = intervals_of(izhikevich(0.02, 0.2, -50.0, 2.0, 10.0), 1000.0);
        REQUIRE(x.size() > 20);
        CHECK(greatest(x, 10) > 5.0 * least(x, 10));
    }
    SECTION("fast spiking: short intervals without adaptation") {
        const auto x = intervals_of(izhikevich(0.1, 0.2, -65.0, 2.0, 10.0), 1000.0);
        REQUIRE(x.size() > 20);
        CHECK(greatest(x, 5) / least(x, 5) < 1.05);
        const auto regular = intervals_of(izhikevich(0.02, 0.2, -65.0, 8.0, 10.0), 1000.0);
        CHECK(2.0 * x.back() < regular.back());
    }
}
