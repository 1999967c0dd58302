#include "io/network/fields_json.hpp"

#include "io/network/network_file_parts.hpp"

namespace spikewell::io::network_file {

void FieldReader::number(std::string_view key,
                         double& value,
                         const Interval& allowed,
                         bool or_zero,
                         bool required) const {
    const std::string name = with_unit(key, weight_unit);
    if (required) reader.require({name.c_str()});
    if (or_zero) {
        read_zero_or(reader, name, value, allowed);
    } else {
        reader.number(name, value, range_of(allowed));
    }
}

void FieldReader::optional_number(std::string_view key,
                                  std::optional<double>& value,
                                  const Interval& allowed) const {
    reader.number(with_unit(key, weight_unit), value, range_of(allowed));
}

void FieldReader::whole(std::string_view key,
                        std::size_t& value,
                        const Interval& allowed,
                        bool required) const {
    const std::string name(key);
    if (required) reader.require({name.c_str()});
    reader.integer(name, value, range_of(allowed));
}

void FieldReader::whole(std::string_view key,
                        std::uint32_t& value,
                        const Interval& allowed,
                        bool required) const {
    std::size_t read = value;
    whole(key, read, allowed, required);
    value = static_cast<std::uint32_t>(read); // the interval is within its range
}

void FieldReader::optional_whole(std::string_view key,
                                 std::optional<std::uint32_t>& value,
                                 const Interval& allowed) const {
    std::optional<std::size_t> read = value;
    optional_whole(key, read, allowed);
    value = read;
}

void FieldReader::optional_whole(std::string_view key,
                                 std::optional<std::size_t>& value,
                                 const Interval& allowed) const {
    reader.integer(std::string(key), value, range_of(allowed));
}

void FieldReader::whole(std::string_view key,
                        int& value,
                        const Interval& allowed,
                        bool required) const {
    const std::string name(key);
    if (required) reader.require({name.c_str()});
    reader.integer(name, value, range_of(allowed));
}

void FieldReader::flag(std::string_view key, bool& value) const {
    reader.boolean(std::string(key), value);
}

std::size_t FieldReader::choice(std::string_view key,
                                std::span<const std::string_view> words,
                                std::size_t before) const {
    const std::size_t index =
        reader.choice_index(std::string(key), std::vector<std::string>(words.begin(), words.end()));
    return index < words.size() ? index : before;
}

} // namespace spikewell::io::network_file
