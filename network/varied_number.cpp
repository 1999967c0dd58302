#include "network/varied_number.hpp"

#include "core/random.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace spikewell {

namespace {

/// LifDelta and LifExp keep all neurons in one frame: time constants are the population's.
template <class Model> bool may_vary(const Number<Model>& field) {
    constexpr bool k_one_frame = std::is_same_v<Model, LifDelta> || std::is_same_v<Model, LifExp>;
    return !k_one_frame || field.key.substr(0, 3) != "tau";
}

double middle(const Constant& law) {
    return law.value;
}
double middle(const Uniform& law) {
    return 0.5 * (law.low + law.high);
}
double middle(const Normal& law) {
    return std::clamp(law.mean, law.low, law.high);
}
double middle(const Lognormal& law) {
    return std::clamp(std::exp(law.mu), law.low, law.high);
}

} // namespace

std::optional<NumberOfModel> number_of(const PointNeuron& neuron, std::string_view key) {
    std::optional<NumberOfModel> found;
    std::visit(
        [&]<class Model>(const Model&) {
            for_each_number<Model>([&](const Number<Model>& field, std::size_t place) {
                if (field.key == key) found = {field.key, field.allowed, may_vary(field), place};
            });
        },
        neuron);
    return found;
}

std::string numbers_that_vary(const PointNeuron& neuron) {
    std::string keys;
    std::visit(
        [&]<class Model>(const Model&) {
            for_each_number<Model>([&](const Number<Model>& field, std::size_t) {
                if (may_vary(field)) keys.append(keys.empty() ? "" : ", ").append(field.key);
            });
        },
        neuron);
    return keys;
}

double number_at(const PointNeuron& neuron, std::string_view key) {
    double value = 0.0;
    std::visit(
        [&]<class Model>(const Model& model) {
            for_each_number<Model>([&](const Number<Model>& field, std::size_t) {
                if (field.key == key) value = model.*field.member;
            });
        },
        neuron);
    return value;
}

void set_number(PointNeuron& neuron, std::string_view key, double value) {
    std::visit(
        [&]<class Model>(Model& model) {
            for_each_number<Model>([&](const Number<Model>& field, std::size_t) {
                if (field.key == key) model.*field.member = value;
            });
        },
        neuron);
}

std::vector<double> values_of(const VariedNumber& number,
                              std::size_t place,
                              const NeuronsOf& neurons,
                              std::uint32_t first,
                              std::uint32_t count) {
    if (!number.values.empty()) {
        const auto begin = number.values.begin() + first;
        return {begin, begin + count};
    }
    constexpr std::uint32_t k_draws_bits = 32; // of a number, far more than a neuron takes
    std::vector<double> values(count);
    for (std::uint32_t k = 0; k < count; ++k) {
        RandomStream stream(neurons.seed, Purpose::neuron_numbers, first + k,
                            static_cast<std::uint16_t>(neurons.population));
        stream.skip_to(std::uint64_t{place} << k_draws_bits);
        values[k] = sample(number.law, stream);
    }
    return values;
}

double middle_of(const VariedNumber& number) {
    if (number.values.empty())
        return std::visit([](const auto& law) { return middle(law); }, number.law);
    return std::accumulate(number.values.begin(), number.values.end(), 0.0) /
           static_cast<double>(number.values.size());
}

} // namespace spikewell
