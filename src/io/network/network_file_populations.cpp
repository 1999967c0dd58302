#include "io/network/network_file_parts.hpp"

#include <cmath>
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

/// Times and amplitudes of a table.
void check_table(ObjectReader& reader, const TableCurrent& table, const std::string& amplitudes) {
    if (table.times_ms.size() != table.amplitudes.size()) {
        reader.problem(amplitudes, fmt::format("must be as many as times_ms, {}, got {}",
                                               table.times_ms.size(), table.amplitudes.size()));
    }
    for (std::size_t i = 1; i < table.times_ms.size(); ++i) {
        const double least_ms = table.times_ms[i - 1] + k_current_intervals_ms.low;
        if (!(table.times_ms[i] >= least_ms)) {
            reader.problem("times_ms", i,
                           fmt::format("must be >= {} + {}, the time before, got {}",
                                       table.times_ms[i - 1], k_current_intervals_ms.low,
                                       table.times_ms[i]));
        }
    }
}

/// Reads the fields of a current's waveform.
struct WaveformReader : FieldReader {
    using FieldReader::operator();

    void operator()(TableCurrent& m, const Own<TableCurrent, std::vector<double>>& field) const {
        const bool times = field.member == &TableCurrent::times_ms;
        m.*field.member = read_numbers(reader, with_unit(field.key, weight_unit),
                                       range_of(times ? k_current_times_ms : k_amplitudes));
    }
};

/// "step", "table" and so on; none: of another name, whose keys are not known.
std::optional<Waveform> read_waveform(ObjectReader& reader, std::string_view drive_unit) {
    const std::vector<std::string> names = keys_of<Waveform>();
    reader.require({"current"});
    const std::size_t named = reader.choice_index("current", names);
    if (named == names.size()) return std::nullopt;
    auto waveform = alternative_at<Waveform>(named);
    std::visit(
        [&]<class M>(M& current) {
            const WaveformReader read{{reader, drive_unit}};
            const bool sound = read_fields_by(read, current);
            if constexpr (std::is_same_v<M, TableCurrent>) {
                if (sound) check_table(reader, current, with_unit("amplitudes_*", drive_unit));
            }
        },
        waveform);
    return waveform;
}

/// Reads a model's fields; a number may be a distribution or a list, of each neuron its own.
struct ModelReader : FieldReader {
    std::vector<VariedNumber>& varied;
    const PointNeuron& neuron;
    using FieldReader::operator();

    template <class M> void operator()(M& m, const Number<M>& field) const {
        const std::string key = with_unit(field.key, weight_unit);
        const nlohmann::json& found = reader.raw(key);
        if (!reader.has(key) || !(found.is_object() || found.is_array()))
            return FieldReader::operator()(m, field);
        if (!number_of(neuron, field.key)->may_vary) {
            reader.problem(key, fmt::format("must be one number: of {}, these may vary: {}",
                                            Card<M>::key, numbers_that_vary(neuron)));
            return;
        }
        VariedNumber number{key, {}, {}};
        const Range range = range_of(field.allowed);
        const std::size_t before = reader.problem_count();
        if (found.is_array())
            number.values = read_numbers(reader, key, range);
        else
            read_distribution(reader, key, number.law, range);
        if (reader.problem_count() == before) varied.push_back(std::move(number));
    }
};

/// Lists are as long as there are neurons, and each neuron is sound.
void check_varied(ObjectReader& reader, const NeuronPopulation& population) {
    for (const VariedNumber& number : population.varied) {
        if (number.values.empty() && !reader.raw(number.key).is_array()) continue;
        if (number.values.size() != population.size) {
            reader.problem(number.key,
                           fmt::format("must be {} numbers, as there are neurons, got {}",
                                       population.size, number.values.size()));
        }
    }
}

/// Reads positions' own fields.
struct PositionsReader : FieldReader {
    using FieldReader::operator();

    template <class M> void operator()(M& m, const Own<M, std::vector<double>>& field) const {
        const std::size_t before = reader.problem_count();
        m.*field.member = read_numbers(reader, std::string(field.key), range_of(k_lengths_mm));
        if (reader.problem_count() == before)
            check_count(field.key, (m.*field.member).size(), *field.allowed);
    }
    void operator()(GridPositions& m,
                    const Own<GridPositions, std::vector<std::size_t>>& field) const {
        const std::size_t before = reader.problem_count();
        const std::vector<double> shape =
            read_numbers(reader, std::string(field.key), ObjectReader::between(1.0, k_max_neurons));
        if (reader.problem_count() > before) return;
        for (std::size_t a = 0; a < shape.size(); ++a) {
            if (shape[a] != std::floor(shape[a]))
                reader.problem(std::string(field.key), a,
                               fmt::format("must be a whole number, got {}", shape[a]));
            m.shape.push_back(static_cast<std::size_t>(shape[a]));
        }
        check_count(field.key, shape.size(), *field.allowed);
    }
    void operator()(ListedPositions& m, const Own<ListedPositions, Matrix>& field) const {
        m.points_mm = read_points(reader, std::string(field.key));
    }

  private:
    void check_count(std::string_view key, std::size_t n, const Interval& allowed) const {
        if (!allowed.contains(static_cast<double>(n)))
            reader.problem(std::string(key),
                           fmt::format("must be a list of {} .. {} numbers, got {}", allowed.low,
                                       allowed.high, n));
    }
};

/// "positions", of a population of so many neurons; none: not known.
std::optional<Positions> read_positions(ObjectReader& parent, std::optional<std::size_t> size) {
    if (!given(parent, "positions")) return std::nullopt;
    ObjectReader reader = parent.child("positions");
    const std::vector<std::string> layouts = keys_of<Positions>();
    reader.require({"layout"});
    const std::size_t layout = reader.choice_index("layout", layouts);
    if (layout == layouts.size()) return std::nullopt; // which keys belong here is not known
    auto positions = alternative_at<Positions>(layout);
    const PositionsReader read{{reader, ""}};
    const bool sound = std::visit([&](auto& p) { return read_fields_by(read, p); }, positions);
    if (const auto misfit = sound && size ? size_misfit(positions, *size) : std::nullopt)
        reader.problem(std::string(misfit->key),
                       fmt::format("must be {}, got {}", misfit->allowed, misfit->value));
    reader.reject_unknown_keys();
    return positions;
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
    template <class M> void operator()(M& m, const Own<M, std::optional<Positions>>& field) {
        m.*field.member = read_positions(reader, if_sized(m.size));
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
    void operator()(NeuronPopulation& m,
                    const Own<NeuronPopulation, std::vector<InjectedCurrent>>& field) {
        each_object(reader, field, reading.problems, [&](ObjectReader& item) {
            const auto waveform = read_waveform(item, drive_unit_of(m.neuron));
            if (!waveform) return;
            InjectedCurrent& current = m.currents.emplace_back();
            current.waveform = *waveform;
            PopulationReader read{{item, ""}, reading, sound};
            const bool whole = read_fields_by(read, current);
            if (whole && sized) check_extent(item, current.first, current.count, m.size, m.name);
            item.reject_unknown_keys();
        });
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

/// With what varies in the middle, so that what is said of one number is said of that.
bool read_model(ObjectReader& reader, NeuronPopulation& population) {
    const PointNeuron neuron = population.neuron;
    const bool sound = std::visit(
        [&](auto& m) {
            const ModelReader read{{reader, "mV"}, population.varied, neuron};
            const std::size_t before = reader.problem_count();
            for_each_field<std::remove_cvref_t<decltype(m)>>(
                [&](const auto& field) { read(m, field); });
            return reader.problem_count() == before;
        },
        population.neuron);
    if (!sound) return false;
    for (const VariedNumber& number : population.varied)
        set_number(population.neuron, number.key, middle_of(number));
    return std::visit([&](auto& m) { return check_misfits(reader, m, "mV"); }, population.neuron);
}

template <class One> void read_own_fields(ObjectReader& reader, One& population, Reading& reading) {
    bool sound = true;
    if constexpr (std::is_same_v<One, NeuronPopulation>) sound = read_model(reader, population);
    PopulationReader read{{reader, ""}, reading, sound};
    read_fields_by(read, population);
    if constexpr (std::is_same_v<One, NeuronPopulation>) {
        if (read.sized) check_varied(reader, population);
    }
}

/// All that "model" may say, the point neurons first, each as it is where nothing is said.
std::vector<Population> all_populations() {
    std::vector<Population> all;
    for_each_alternative<FileNeuron>(
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
    for (const std::string& key : keys_of<FileNeuron>())
        names.append(names.empty() ? "" : ", ").append(key);
    return names.replace(names.rfind(", "), 2, " or ");
}

std::string target_models() {
    std::string names = neuron_models();
    return names.replace(names.rfind(" or "), 4, ", ")
        .append(" or ")
        .append(Card<DyadicPopulation>::key);
}

std::string models_with_states() {
    std::string names = target_models();
    return names.replace(names.rfind(" or "), 4, ", ")
        .append(" or ")
        .append(Card<SpikeListSource>::key);
}

std::string weight_key(ObjectReader& reader, std::string_view unit, std::string_view model) {
    std::string key = with_unit("weight_*", unit);
    std::set<std::string> others{with_unit("weight_*", Card<DyadicPopulation>::weight_unit)};
    for_each_alternative<FileNeuron>( // models share units
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
