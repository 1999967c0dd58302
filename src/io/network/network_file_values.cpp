#include "core/error.hpp"
#include "io/network/network_file_parts.hpp"
#include "io/output.hpp"
#include "network/truncation.hpp"

#include <algorithm>
#include <cmath>

namespace spikewell::io::network_file {

namespace {

constexpr std::size_t k_max_names_shown = 10;

std::string name_complaint(const std::string& name, NameKind kind) {
    if (name.empty() || name.size() > k_max_name_length) {
        return fmt::format("must have 1 .. {} characters, got {}", k_max_name_length, name.size());
    }
    if (kind == NameKind::word && !is_word(name)) {
        return fmt::format("must be of letters, digits, _ and - only, got \"{}\"", printable(name));
    }
    return "";
}

/// "; did you mean ...?", or the names there are.
std::string offer(const std::string& name, const Index& names) {
    std::vector<std::string> known;
    for (const auto& [text, index] : names) {
        known.push_back(text);
    }
    std::sort(known.begin(), known.end());
    // The edit distance costs length times length.
    const std::string nearest = name.size() > k_max_name_length ? "" : nearest_name(name, known);
    if (!nearest.empty()) {
        return fmt::format("; did you mean \"{}\"?", printable(nearest));
    }
    std::string text = known.empty() ? "; there is none" : ", allowed ";
    for (std::size_t i = 0; i < std::min(known.size(), k_max_names_shown); ++i) {
        text += fmt::format("{}\"{}\"", i == 0 ? "" : ", ", printable(known[i]));
    }
    return text + (known.size() > k_max_names_shown ? ", ..." : "");
}

bool within(double value, const Range& range) {
    return (value > range.low || (range.low_allowed && value == range.low)) && value <= range.high;
}

enum class Law { uniform, normal, lognormal };

Distribution read_law(ObjectReader& reader, Law law) {
    if (law == Law::uniform) {
        Uniform uniform;
        reader.require({"low", "high"});
        reader.number("low", uniform.low, finite());
        reader.number("high", uniform.high, finite());
        return uniform;
    }
    if (law == Law::normal) {
        Normal normal{.low = -k_most, .high = k_most};
        reader.require({"mean", "sd"});
        reader.number("mean", normal.mean, finite());
        reader.number("sd", normal.sd, ObjectReader::not_negative());
        reader.number("low", normal.low, finite());
        reader.number("high", normal.high, finite());
        return normal;
    }
    Lognormal lognormal{.high = k_most};
    reader.require({"mu", "sigma"});
    reader.number("mu", lognormal.mu, finite());
    reader.number("sigma", lognormal.sigma, ObjectReader::not_negative());
    reader.number("low", lognormal.low, finite());
    reader.number("high", lognormal.high, finite());
    return lognormal;
}

/// The bounds as far as the user can have given them.
std::pair<double, double> bounds(const Distribution& distribution) {
    return std::visit(
        [](const auto& d) -> std::pair<double, double> {
            if constexpr (requires { d.low; }) {
                return {d.low, d.high};
            } else {
                return {d.value, d.value};
            }
        },
        distribution);
}

void check_distribution(ObjectReader& reader, const Distribution& distribution) {
    const auto [low, high] = bounds(distribution);
    if (low > high) {
        reader.problem("high", fmt::format("must be >= low = {}, got {}", low, high));
        return;
    }
    if (!std::isfinite(high - low)) { // else a uniform value would be infinite
        reader.problem("high", fmt::format("high - low must be finite, got {} and {}", low, high));
        return;
    }
    const double share = kept_share(distribution);
    if (!(share >= k_least_kept_share)) {
        reader.problem("low",
                       fmt::format("low .. high must hold a share >= {} of the draws, got {:.3g}; "
                                   "values outside are drawn again",
                                   k_least_kept_share, std::max(share, 0.0)));
    }
}

void check_support(ObjectReader& parent,
                   const std::string& key,
                   const Distribution& distribution,
                   const Range& range) {
    const Support reach = support(distribution);
    if (!within(reach.low, range)) {
        parent.problem(key,
                       fmt::format("must be {} throughout, got values down to {}; raise \"low\"",
                                   range.text, reach.low));
    } else if (!within(reach.high, range)) {
        parent.problem(key,
                       fmt::format("must be {} throughout, got values up to {}; lower \"high\"",
                                   range.text, reach.high));
    }
}

} // namespace

std::vector<double> read_numbers(ObjectReader& reader, const std::string& key, const Range& range) {
    const nlohmann::json& list = reader.raw(key);
    if (!reader.has(key)) {
        reader.problem(key, "is missing");
        return {};
    }
    if (!list.is_array()) {
        reader.problem(key, fmt::format("must be a list of numbers, got {}", shown(list)));
        return {};
    }
    std::vector<double> numbers;
    for (std::size_t i = 0; i < list.size(); ++i) {
        if (!list[i].is_number() || !within(list[i].get<double>(), range)) {
            reader.problem(key, i,
                           fmt::format("must be a number {}, got {}", range.text, shown(list[i])));
        }
        numbers.push_back(list[i].is_number() ? list[i].get<double>() : 0.0);
    }
    return numbers;
}

bool given(ObjectReader& reader, const std::string& key) {
    const nlohmann::json& value = reader.raw(key);
    if (!value.is_null() && !value.is_object()) {
        reader.problem(key, fmt::format("must be null or an object, got {}", shown(value)));
    }
    return value.is_object();
}

std::string read_name(ObjectReader& reader, NameKind kind, Index& names, std::size_t index) {
    std::string name;
    const std::size_t before = reader.problem_count();
    if (kind == NameKind::word) {
        reader.require({"name"});
    }
    reader.text("name", name);
    if (reader.problem_count() > before || !reader.has("name")) {
        return name;
    }
    const std::string complaint = name_complaint(name, kind);
    if (!complaint.empty()) {
        reader.problem("name", complaint);
        return name;
    }
    if (!names.emplace(name, static_cast<std::uint32_t>(index)).second) {
        reader.problem("name",
                       fmt::format("must be given once, got \"{}\" again", printable(name)));
    }
    return name;
}

std::optional<std::uint32_t> look_up(ObjectReader& reader,
                                     const std::string& key,
                                     const Index& names,
                                     const std::string& what) {
    const nlohmann::json& value = reader.raw(key);
    if (!reader.has(key)) {
        reader.problem(key, "is missing");
        return std::nullopt;
    }
    const std::string name = value.is_string() ? value.get<std::string>() : "";
    const auto found = names.find(name);
    if (value.is_string() && found != names.end()) {
        return found->second;
    }
    reader.problem(key, fmt::format("must be the name of {}, got {}{}", what, shown(value),
                                    offer(name, names)));
    return std::nullopt;
}

void read_distribution(ObjectReader& parent,
                       const std::string& key,
                       Distribution& value,
                       const Range& range) {
    const nlohmann::json& found = parent.raw(key);
    if (!parent.has(key)) {
        return;
    }
    if (!found.is_object()) {
        double number = 0.0;
        const std::size_t before = parent.problem_count();
        parent.number(
            key, number,
            {range.low, range.low_allowed, range.high, range.text + " or a distribution"});
        if (parent.problem_count() == before) {
            value = Constant{number};
        }
        return;
    }
    const std::size_t before = parent.problem_count();
    std::optional<Law> law;
    ObjectReader reader = parent.child(key);
    reader.require({"distribution"});
    reader.choice<std::optional<Law>>(
        "distribution", law,
        {{"uniform", Law::uniform}, {"normal", Law::normal}, {"lognormal", Law::lognormal}});
    if (!law) {
        return; // which keys belong here is not known
    }
    const Distribution distribution = read_law(reader, *law);
    reader.reject_unknown_keys();
    if (parent.problem_count() == before) {
        check_distribution(reader, distribution);
    }
    if (parent.problem_count() == before) {
        check_support(parent, key, distribution, range);
        value = distribution;
    }
}

void check_extent(ObjectReader& reader,
                  std::uint32_t first,
                  std::optional<std::uint32_t> count,
                  std::size_t size,
                  const std::string& population,
                  const char* what) {
    if (first >= size) {
        reader.problem("first", fmt::format("must be < {}, the size of \"{}\", got {}", size,
                                            printable(population), first));
    } else if (count && *count > size - first) {
        reader.problem("count",
                       fmt::format("must be <= {}: \"{}\" has {} {} from first = {} on, got {}",
                                   size - first, printable(population), size - first, what, first,
                                   *count));
    }
}

namespace {

/// Reads a range of neurons: the population's name first.
struct RangeReader : FieldReader {
    const Reading& reading;
    using FieldReader::operator();

    void operator()(NeuronRange& range, const Own<NeuronRange, PopulationId>& field) const {
        const auto index =
            look_up(reader, std::string(field.key), reading.populations, "a population");
        range.population = {index.value_or(0)};
    }
};

/// `size`: of a population, in what the range counts.
template <class Size>
Neurons read_range(ObjectReader& reader, const Reading& reading, Size&& size) {
    Neurons neurons;
    NeuronRange& range = neurons.range;
    const RangeReader read{{reader, ""}, reading};
    if (!read_fields_by(read, range) || !is_sound(reading, range.population)) return neurons;
    const Population& population = population_at(reading, range.population);
    const std::size_t n = size(population);
    const std::size_t before = reader.problem_count();
    check_extent(reader, range.first, range.count, n, name_of(population),
                 n == size_of(population) ? "neurons" : "nodes");
    if (reader.problem_count() == before) neurons.size = range.count.value_or(n - range.first);
    return neurons;
}

} // namespace

Neurons read_neurons(ObjectReader& reader, const Reading& reading) {
    return read_range(reader, reading, [](const Population& p) { return size_of(p); });
}

Neurons read_targets(ObjectReader& reader, const Reading& reading) {
    return read_range(reader, reading, n_targets_of);
}

} // namespace spikewell::io::network_file
