#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

/// What other simulators call a model: a card's `nest`, a table that is read in both directions, and
/// `pynn`, which is written only.
namespace spikewell {

/// A parameter of NEST's, in the unit of our field, and its default there.
template <class Model> struct NestField {
    std::string_view key;
    double Model::*member;
    double fallback;
};
template <class Model, std::size_t n> struct NestModel {
    std::string_view name; ///< "aeif_cond_exp"
    std::array<NestField<Model>, n> fields;
    double V_m_mV; ///< V at time 0 where nothing is said
};

/// A PyNN model and its parameters. nF, uS and nA have the numbers of our pF, nS and pA: all a thousand
/// times as large, which V does not notice, so that weights are the same numbers everywhere.
struct PynnModel {
    std::string_view name; ///< "IF_cond_exp"
    std::vector<std::pair<std::string_view, double>> params;
};

} // namespace spikewell
