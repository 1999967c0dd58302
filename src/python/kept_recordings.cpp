#include "python/kept_recordings.hpp"

#include "io/results/recording_requests.hpp"

#include <variant>

namespace spikewell::python {

KeptRecordings::KeptRecordings(const std::vector<Recording>& recordings, const Network& network) {
    for (const Recording& recording : recordings)
        std::visit([&](const auto& what) { keep(recording.name, what, network); }, recording.what);
}

template <class What>
void KeptRecordings::keep(const std::string& name, const What& what, const Network& network) {
    if constexpr (Sampled<What>) {
        states_of_[name] = states_.size();
        states_.push_back({io::request_of(what, network), io::variables_of(what), {}, {}});
    } else if constexpr (OfProjection<What>) {
        weights_of_[name] = weights_.size();
        weights_.push_back({io::request_of(what), {}, {}, {}, {}});
    } else {
        return; // spikes, and rates of them
    }
    names_.push_back(name);
}

std::vector<SampleRequest> KeptRecordings::samples() const {
    std::vector<SampleRequest> requests;
    for (const States& states : states_)
        requests.push_back(states.request);
    return requests;
}

void KeptRecordings::on_samples(std::size_t request,
                                std::span<const double> times_ms,
                                std::span<const double> values) {
    States& states = states_[request];
    states.times_ms.insert(states.times_ms.end(), times_ms.begin(), times_ms.end());
    states.values.insert(states.values.end(), values.begin(), values.end());
}

std::vector<WeightRequest> KeptRecordings::weights() const {
    std::vector<WeightRequest> requests;
    for (const Weights& weights : weights_)
        requests.push_back(weights.request);
    return requests;
}

void KeptRecordings::on_weights(std::size_t request,
                                double t_ms,
                                std::span<const Synapse> synapses) {
    Weights& weights = weights_[request];
    if (weights.times_ms.empty()) {
        for (const Synapse& synapse : synapses) {
            weights.pre.push_back(synapse.pre);
            weights.post.push_back(synapse.post);
        }
    }
    weights.times_ms.push_back(t_ms);
    for (const Synapse& synapse : synapses)
        weights.values.push_back(synapse.weight);
}

void KeptRecordings::clear() {
    for (States& states : states_) {
        states.times_ms.clear();
        states.values.clear();
    }
    for (Weights& weights : weights_)
        weights = {weights.request, {}, {}, {}, {}};
}

py::dict KeptRecordings::arrays(const States& states) {
    const std::size_t n_neurons = states.request.neurons.size();
    const std::size_t n_columns = states.variables.size();
    const std::size_t n_samples = states.times_ms.size();
    py::dict found;
    found["t_ms"] = owning_array(states.times_ms);
    found["neurons"] = owning_array(states.request.neurons);
    for (std::size_t c = 0; c < n_columns; ++c) {
        std::vector<double> column(n_samples * n_neurons);
        for (std::size_t k = 0; k < column.size(); ++k)
            column[k] = states.values[k * n_columns + c];
        found[py::str(states.variables[c])] =
            owning_array(std::move(column)).reshape({n_samples, n_neurons});
    }
    return found;
}

py::dict KeptRecordings::arrays(const Weights& weights) {
    py::dict found;
    found["t_ms"] = owning_array(weights.times_ms);
    found["pre"] = owning_array(weights.pre);
    found["post"] = owning_array(weights.post);
    found["weights"] =
        owning_array(weights.values).reshape({weights.times_ms.size(), weights.pre.size()});
    return found;
}

py::dict KeptRecordings::arrays(const std::string& name) const {
    const auto states = states_of_.find(name);
    return states != states_of_.end() ? arrays(states_[states->second])
                                      : arrays(weights_[weights_of_.at(name)]);
}

} // namespace spikewell::python
