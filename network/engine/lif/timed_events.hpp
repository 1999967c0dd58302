#pragma once

#include "network/engine/lif/lif_pass.hpp"

/// Spikes over synapses with delays of their own: when they leave they become events of single synapses, which wait in the
/// block's wheel. In their window they are dealt to its passes and added up there in whatever order they lie.
namespace spikewell::detail {

/// By how much an input of 1 mV at some time changes y and g_e (or g_i) of LifExp in frame: V does not jump.
struct ExpStep {
    double y;
    double g;
};
/// What that follows from, of excitation or of inhibition, for times in a pass.
struct ExpStepRule {
    ExpStepRule(const LifExp& model, double frame_ms, const Window& pass, bool excites);
    [[nodiscard]] ExpStep at(double t_ms) const;

    double frame_ms;
    double middle_ms; ///< of the pass
    double tau_m_ms, tau_s_ms;
    double per_tau_m, per_tau_s; ///< 1 / ms
    double at_m, at_s;           ///< exp((middle - T0) / tau)
    double c;                    ///< tau_s / (tau_s - tau_m)
    bool cancels;  ///< those are so near that the difference of two decays has no digits left
    bool is_short; ///< the pass: a few terms of a series about its middle are exact to rounding
};

/// Turns the window's departures into events. Those that are due in the window, of these and of earlier ones, go to
/// scratch.due, the others wait in the block's wheel.
void take_due(const LifShared& shared, LifBlock& block, const Window& window);
/// Deals them to passes that begin at begins_ms: those of pass k are scratch.due[scratch.due_begin[k] ..].
void deal_to_passes(LifScratch& scratch, std::span<const double> begins_ms);

/// Adds up the events of a pass.
void add_events(Job& job, const DeltaDynamics& dynamics);
void add_events(Job& job, const ExpDynamics& dynamics);
/// Of models that are walked: marks their targets.
void touch_targets(Job& job);

} // namespace spikewell::detail
