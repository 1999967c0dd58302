#include "io/network/network_file_parts.hpp"

#include <set>

namespace spikewell::io::network_file {

namespace {

void check_steps(ObjectReader& reader, const PoissonRate& rate) {
    if (rate.times_ms.size() != rate.rates_Hz.size()) {
        reader.problem("rates_Hz", fmt::format("must be as many as times_ms, {}, got {}",
                                               rate.times_ms.size(), rate.rates_Hz.size()));
    }
    for (std::size_t i = 1; i < rate.times_ms.size(); ++i) {
        if (!(rate.times_ms[i] > rate.times_ms[i - 1])) {
            reader.problem("times_ms", i,
                           fmt::format("must be > {}, the time before, got {}",
                                       rate.times_ms[i - 1], rate.times_ms[i]));
        }
    }
}

/// "rate_Hz", or "times_ms" and "rates_Hz"; one of them must be there.
void read_rate(ObjectReader& reader, PoissonRate& rate, const Range& rates) {
    const bool steps = reader.has("times_ms") || reader.has("rates_Hz");
    double constant = 0.0;
    reader.number("rate_Hz", constant, rates);
    if (!steps) {
        if (!reader.has("rate_Hz")) {
            reader.problem("rate_Hz", "is missing; give it, or \"times_ms\" and \"rates_Hz\"");
        }
        rate = PoissonRate::constant(constant);
        return;
    }
    if (reader.has("rate_Hz")) {
        reader.problem("rate_Hz", "must not stand beside \"times_ms\" and \"rates_Hz\"");
    }
    const std::size_t before = reader.problem_count();
    rate.times_ms = read_numbers(reader, "times_ms", ObjectReader::not_negative());
    rate.rates_Hz = read_numbers(reader, "rates_Hz", rates);
    if (reader.problem_count() == before) {
        check_steps(reader, rate);
    }
}

/// With a sharp threshold a neuron may not begin above it.
void read_initial(ObjectReader& reader, NeuronPopulation& population, bool sound) {
    Range range = range_of(k_potentials_mV);
    const std::optional<Ceiling> ceiling = ceiling_of(population.neuron);
    if (sound && ceiling) {
        range.high = ceiling->V_mV;
        range.text = fmt::format("{} .. {} = {}", k_potentials_mV.low, ceiling->key, ceiling->V_mV);
    }
    population.V_init_mV = Constant{start_mV_of(population.neuron)};
    read_distribution(reader, "V_init_mV", population.V_init_mV, range);
}

/// Reads a population's fields, and those of its inputs.
struct PopulationReader : FieldReader {
    Reading& reading;
    bool sound;        ///< the fields of the neurons' model
    bool sized = true; ///< its numbers of neurons are the user's
    using FieldReader::operator();

    template <class M, class Integer> void operator()(M& m, const Whole<M, Integer>& field) {
        const std::size_t before = reader.problem_count();
        FieldReader::operator()(m, field);
        sized = sized && reader.problem_count() == before;
    }
    template <class M, class Of> void operator()(M& m, const Inline<M, Of>& field) {
        read_fields_by(*this, m.*field.member);
    }
    template <class M> void operator()(M& m, const Own<M, PoissonRate>& field) {
        read_rate(reader, m.*field.member, range_of(*field.allowed));
    }
    template <class M> void operator()(M& m, const Own<M, std::vector<Spike>>& field) {
        m.*field.member = read_spikes(reader, reading.folder, if_sized(size_of(m)));
    }
    void operator()(DyadicPopulation& m, const Own<DyadicPopulation, Evidence>&) {
        m.evidence = read_evidence(reader, reading.folder, if_sized(m.n_nodes));
    }
    void operator()(NeuronPopulation& m, const Own<NeuronPopulation, Distribution>&) {
        read_initial(reader, m, sound);
    }
    void operator()(NeuronPopulation& m,
                    const Own<NeuronPopulation, std::vector<PoissonInput>>& field) {
        each_object(reader, field, reading.problems,
                    [&](ObjectReader& item) { m.inputs.push_back(read_input(item, m)); });
    }

  private:
    [[nodiscard]] std::optional<std::size_t> if_sized(std::size_t n) const {
        return sized && n <= k_max_neurons ? std::optional(n) : std::nullopt;
    }
    PoissonInput read_input(ObjectReader& item, const NeuronPopulation& m) const {
        PoissonInput input;
        (void)weight_key(item, weight_unit_of(m.neuron), key_of(m.neuron));
        PopulationReader read{{item, weight_unit_of(m.neuron)}, reading, sound};
        const bool whole = read_fields_by(read, input);
        if (whole && sized) check_extent(item, input.first, input.count, m.size, m.name);
        item.reject_unknown_keys();
        return input;
    }
};

template <class One> void read_own_fields(ObjectReader& reader, One& population, Reading& reading) {
    bool sound = true;
    if constexpr (std::is_same_v<One, NeuronPopulation>)
        sound = std::visit([&](auto& m) { return read_fields(reader, m); }, population.neuron);
    PopulationReader read{{reader, ""}, reading, sound};
    read_fields_by(read, population);
}

/// All that "model" may say, the point neurons first, each as it is where nothing is said.
std::vector<Population> all_populations() {
    std::vector<Population> all;
    for_each_alternative<PointNeuron>(
        [&]<class Neuron>() { all.emplace_back(NeuronPopulation{.neuron = Neuron{}}); });
    for_each_alternative<Population>([&]<class One>() {
        if constexpr (!std::is_same_v<One, NeuronPopulation>) all.emplace_back(One{});
    });
    return all;
}

} // namespace

void read_population(ObjectReader& reader, Reading& reading) {
    std::vector<Population>& populations = reading.description.network.populations;
    const std::size_t before = reader.problem_count();
    const std::string name =
        read_name(reader, NameKind::word, reading.populations, populations.size());
    const std::vector<Population> known = all_populations();
    std::vector<std::string> models;
    models.reserve(known.size());
    for (const Population& population : known)
        models.emplace_back(model_of(population));
    reader.require({"model"});
    const std::size_t model = reader.choice_index("model", models);
    if (model < models.size()) {
        std::visit(
            [&](auto& population) {
                population.name = name;
                read_own_fields(reader, population, reading);
            },
            populations.emplace_back(known[model]));
        reader.reject_unknown_keys();
    } else { // which keys belong here is not known; the place is kept for what names it
        populations.emplace_back(NeuronPopulation{});
    }
    reading.sound.push_back(reader.problem_count() == before);
}

std::string_view model_of(const Population& population) {
    return std::visit(
        []<class One>(const One& p) {
            if constexpr (std::is_same_v<One, NeuronPopulation>)
                return key_of(p.neuron);
            else
                return Card<One>::key;
        },
        population);
}

std::string neuron_models() {
    std::string names;
    for (const std::string& key : keys_of<PointNeuron>())
        names.append(names.empty() ? "" : ", ").append(key);
    return names.replace(names.rfind(", "), 2, " or ");
}

std::string target_models() {
    std::string names = neuron_models();
    return names.replace(names.rfind(" or "), 4, ", ")
        .append(" or ")
        .append(Card<DyadicPopulation>::key);
}

std::string weight_key(ObjectReader& reader, std::string_view unit, std::string_view model) {
    std::string key = with_unit("weight_*", unit);
    std::set<std::string> others{with_unit("weight_*", Card<DyadicPopulation>::weight_unit)};
    for_each_alternative<PointNeuron>( // models share units
        [&]<class Neuron>() { others.insert(with_unit("weight_*", Card<Neuron>::weight_unit)); });
    others.erase(key);
    for (const std::string& other : others) {
        if (!reader.has(other) || reader.has(key)) continue;
        (void)reader.raw(other);
        reader.problem(other,
                       fmt::format("must be {}: weights onto {} are in {}", key, model, unit));
    }
    return key;
}

} // namespace spikewell::io::network_file
