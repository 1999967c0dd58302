#pragma once

#include "network/engine/dyadic/pending_neurons.hpp"

#include <utility>

namespace spikewell::detail {

/// A part's neurons in a window whose arrivals are in bunches (crowd.hpp): thinning candidates are drawn
/// and weighed many at a time, given bounds on their potentials (scratch.low, scratch.high); spikes go to
/// `spikes`. `PathOf` gives a lane's path: path_of(lane, bias), with the members
/// that `advance` asks of a path and at(b), around(b), exceeds_exactly(b, t_ms, potential).
template <class PathOf> class BatchedNeurons {
  public:
    BatchedNeurons(const PopulationState& population,
                   PartNeurons& neurons,
                   const Drive& drive,
                   const PathOf& path_of,
                   std::vector<Spike>& spikes)
        : population_(population), neurons_(neurons), drive_(drive), path_of_(path_of),
          spikes_(spikes) {}

    void advance_all(PartScratch& scratch, const Window& window) {
        for_each_pending(
            neurons_, scratch, drive_, window.begin_ms, window.end_ms,
            [&](std::size_t k, std::size_t lane, double from_ms, const HazardAlongPath& hazard) {
                const HazardBound& whole = hazard.whole;
                if (hazard.tight || whole.rate_per_ms * (whole.until_ms - from_ms) < 1.0) {
                    put({k, lane, whole, hazard.tight}, from_ms, hazard.c);
                    while (n_ == k_candidates)
                        weigh();
                } else {
                    advance_from(k, lane, from_ms, hazard);
                }
            });
        while (n_ > 0)
            weigh();
    }

  private:
    struct Member {
        std::size_t k;
        std::size_t lane;
        HazardBound whole;
        bool tight;
    };

    /// A neuron that surely has a candidate before its bound's end.
    void put(const Member& member, double from_ms, double c) {
        const std::size_t n = neurons_.index(member.k, member.lane);
        members_[n_] = member;
        lanes_.stream[n_] = &neurons_.streams[n];
        lanes_.t_ms[n_] = from_ms + neurons_.residual[n] / member.whole.rate_per_ms;
        lanes_.c[n_] = c;
        lanes_.exponent[n_] = std::min(member.whole.exponent, k_max_exponent);
        ++n_;
    }

    /// Decides the candidates; those whose neurons have another one stay, with that.
    void weigh() {
        const CrowdedArrivals& arrivals = population_.crowd.arrivals;
        std::size_t bunch[k_candidates];
        for (std::size_t m = 0; m < n_; ++m) {
            const std::size_t lane = members_[m].lane;
            const double bias = drive_.field_at(lane, lanes_.t_ms[m]);
            const auto path = path_of_(lane, bias);
            bunch[m] = arrivals.bunch_at(lanes_.t_ms[m]);
            lanes_.bunch[m] = &arrivals.bunches[bunch[m]];
            lanes_.begin[m] = path.at(bunch[m]);
            lanes_.end[m] = path.at(bunch[m] + 1);
            lanes_.around[m] = path.around(bunch[m]);
            lanes_.bias[m] = bias;
        }
        RandomStream spare;
        for (std::size_t m = n_; m < k_candidates; ++m) {
            lanes_.stream[m] = &spare;
            lanes_.bunch[m] = lanes_.bunch[0];
            for (auto* values : {&lanes_.t_ms, &lanes_.c, &lanes_.exponent, &lanes_.begin,
                                 &lanes_.end, &lanes_.around, &lanes_.bias})
                (*values)[m] = (*values)[0];
        }
        weigh_candidates(lanes_, population_.tau_m_ms);
        const std::size_t n = std::exchange(n_, 0);
        neurons_.candidates += n;
        for (std::size_t m = 0; m < n; ++m)
            decide(m, bunch[m]);
    }

    void decide(std::size_t m, std::size_t bunch) {
        const Member& one = members_[m];
        const std::size_t n = neurons_.index(one.k, one.lane);
        neurons_.residual[n] = lanes_.residual[m];
        double t_ms = lanes_.t_ms[m];
        bool fires = lanes_.above[m] > lanes_.around[m];
        if (std::abs(lanes_.above[m]) <= lanes_.around[m]) {
            fires = path_of_(one.lane, lanes_.bias[m])
                        .exceeds_exactly(bunch, t_ms, lanes_.firing_potential[m]);
        }
        const double tau_ref_ms = population_.code.tau_ref_ms;
        if (fires) {
            spikes_.push_back({t_ms, neurons_.id(one.k, one.lane)});
            t_ms += tau_ref_ms;
            neurons_.free_at_ms[n] = t_ms;
        }
        if (t_ms >= one.whole.until_ms) return;
        const double left = one.whole.rate_per_ms * (one.whole.until_ms - t_ms);
        if (!one.tight && left >= 1.0) {
            advance_from(one.k, one.lane, t_ms, {lanes_.c[m], tau_ref_ms, one.whole, one.tight});
        } else if (lanes_.residual[m] >= left) {
            neurons_.residual[n] = lanes_.residual[m] - left;
        } else {
            // Places up to m are free again.
            put(Member(one), t_ms, lanes_.c[m]);
        }
    }

    void advance_from(std::size_t k,
                      std::size_t lane,
                      double from_ms,
                      const HazardAlongPath& hazard) {
        advance_neuron({population_, neurons_, k, lane}, path_of_(lane, drive_.bias_of(lane)),
                       from_ms, hazard, drive_.pulses, spikes_);
    }

    const PopulationState& population_;
    PartNeurons& neurons_;
    const Drive& drive_;
    const PathOf& path_of_;
    std::vector<Spike>& spikes_;
    CandidateLanes lanes_;
    Member members_[k_candidates];
    std::size_t n_ = 0;
};

} // namespace spikewell::detail
