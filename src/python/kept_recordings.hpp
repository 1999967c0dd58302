#pragma once

#include "network/description.hpp"
#include "network/engine/recorder.hpp"
#include "python/arrays.hpp"

#include <map>
#include <span>
#include <string>
#include <vector>

namespace spikewell::python {

/// Keeps what a description says is to be recorded, but for spikes and rates, which all spikes tell.
class KeptRecordings final : public Recorder {
  public:
    KeptRecordings(const std::vector<Recording>& recordings, const Network& network);

    [[nodiscard]] bool wants_predicted() const override { return false; }
    void on_spikes(PopulationId, SpikeKind, std::span<const Spike>) override {}
    [[nodiscard]] std::vector<SampleRequest> samples() const override;
    void on_samples(std::size_t request,
                    std::span<const double> times_ms,
                    std::span<const double> values) override;
    [[nodiscard]] std::vector<WeightRequest> weights() const override;
    void on_weights(std::size_t request, double t_ms, std::span<const Synapse> synapses) override;

    /// Forgets all that was recorded.
    void clear();
    /// Names, in the order of the description.
    [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
    /// What a recording holds so far, as arrays that are the caller's: of states "t_ms" [n_samples], "neurons" [n] and
    /// each variable [n_samples, n]; of weights and couplings "t_ms", "pre", "post" [n] and "weights" [n_samples, n].
    /// It must be one of `names`.
    [[nodiscard]] py::dict arrays(const std::string& name) const;

  private:
    struct States {
        SampleRequest request;
        std::vector<std::string> variables;
        std::vector<double> times_ms;
        std::vector<double> values; ///< [n_samples][n_neurons][n_columns]
    };
    struct Weights {
        WeightRequest request;
        std::vector<double> times_ms;
        std::vector<std::uint32_t> pre, post; ///< [n], the same at all times
        std::vector<float> values;            ///< [n_samples][n]
    };

    template <class What>
    void keep(const std::string& name, const What& what, const Network& network);
    [[nodiscard]] static py::dict arrays(const States& states);
    [[nodiscard]] static py::dict arrays(const Weights& weights);

    std::vector<std::string> names_;
    std::map<std::string, std::size_t> states_of_, weights_of_; ///< a name's place below
    std::vector<States> states_;
    std::vector<Weights> weights_;
};

} // namespace spikewell::python
