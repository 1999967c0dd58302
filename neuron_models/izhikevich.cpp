#include "neuron_models/izhikevich.hpp"

#include "neuron_models/integration.hpp"

#include <cmath>

namespace spikewell {

namespace {

struct IzhikevichSlopes {
    const Izhikevich& p;

    void operator()(const std::array<double, 2>& x, std::array<double, 2>& dx) const {
        const auto& [V_mV, u] = x;
        dx[0] = (0.04 * V_mV + 5.0) * V_mV + 140.0 - u + p.drive_mV_per_ms;
        dx[1] = p.a_per_ms * (p.b_per_ms * V_mV - u);
    }
};

} // namespace

double Dynamics<Izhikevich>::advance(State& state, double length_ms) const {
    constexpr double k_longest_ms = 2.0;
    const IzhikevichSlopes slopes{p_};
    const StepControl<2> control{p_.tolerance, {1.0, 1.0}, k_longest_ms};
    return Integrator<2, IzhikevichSlopes>(slopes, control, p_.V_peak_mV).advance(state, length_ms);
}

void Dynamics<Izhikevich>::hold(State& state, double length_ms) const {
    const double aim = p_.b_per_ms * state[0];
    state[1] = aim + (state[1] - aim) * std::exp(-p_.a_per_ms * length_ms);
}

} // namespace spikewell
