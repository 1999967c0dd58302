#include "fuzz/mutations.hpp"

#include "fuzz/hdf5_edits.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

namespace spikewell::test {

namespace {

using Json = nlohmann::ordered_json;

const std::vector<std::string> k_numbers{
    "0",    "-0.0",       "-1",    "1",     "2",     "0.5",   "3.7",        "1e308",
    "1e9",  "-1e308",     "1e300", "1e999", "NaN",   "-1e9",  "1e-308",     "-Infinity",
    "1e-9", "4294967296", "1e19",  "1e6",   "65536", "-1e-9", "4294967295", "9223372036854775808"};
/// For what makes a good run long.
const std::vector<std::string> k_small_numbers{"0",   "-1",    "1",      "2",   "0.5",
                                               "NaN", "1e999", "-1e308", "100", "1e-308"};
const std::set<std::string> k_lengths{"presentations", "steps_per_presentation", "trials", "steps"};
const std::vector<std::string> k_values{"null", "true", "\"text\"", "[]",
                                        "{}",   "[1]",  "[[[]]]",   "{\"a\": 1}",
                                        "\"\"", "17",   "[null]",   "\"0\""};
const std::vector<std::string> k_texts{R"("")",        R"("\u0000")",      "\"\x01\"",
                                       "\"\xff\xfe\"", R"("../../etc/x")", R"("/dev/zero")",
                                       R"("a\nb")",    R"("\ud800")",      R"("/dev/full")",
                                       R"(".")",       R"("*?\"'")"};

/// Names and texts of the HDF5 files that are read.
const std::vector<std::string> k_words{
    "nodes",          "edges",          "type",     "version",      "LIF",    "CubaLIF",
    "Affine",         "Input",          "Output",   "weight",       "tau",    "v_threshold",
    "source_node_id", "target_node_id", "node_id",  "edge_type_id", "0",      "syn_weight",
    "delay",          "timestamps",     "node_ids", "spikes",       "format", "coupling"};

/// Values are put into the text as they are, also what is no JSON, through texts that stand for them.
class Edits {
  public:
    Edits(Json& document, Chance& chance) : document_(document), chance_(chance) {}

    void apply() {
        Json* parent = nullptr;
        std::string key;
        Json* value = &document_;
        while (value->is_structured() && !value->empty() && chance_.below(5) != 0) {
            parent = value;
            const auto entry = std::next(value->begin(),
                                         static_cast<std::ptrdiff_t>(chance_.below(value->size())));
            key = value->is_object() ? entry.key() : "";
            value = &*entry;
        }
        if (parent != nullptr && parent->is_object() && chance_.below(3) == 0)
            change_key(*parent, key);
        else
            change_value(key, *value);
    }

    /// With what the texts stand for.
    std::string text() {
        std::string text = document_.dump();
        for (std::size_t k = raw_.size(); k-- > 0;) { // a later one may hold an earlier one
            const std::string mark = fmt::format("\"@@{}@@\"", k);
            const std::size_t at = text.find(mark);
            if (at != std::string::npos) text.replace(at, mark.size(), raw_[k]);
        }
        return text;
    }

  private:
    Json raw(std::string text) {
        raw_.push_back(std::move(text));
        return fmt::format("@@{}@@", raw_.size() - 1);
    }

    void change_key(Json& object, const std::string& key) {
        Json value = object[key];
        switch (chance_.below(4)) {
        case 0:
            object.erase(key);
            break;
        case 1:
            object[key] =
                raw(fmt::format("{}, {}: {}", value.dump(), Json(key).dump(), value.dump()));
            break;
        case 2:
            object.erase(key);
            object[key.substr(0, key.size() / 2) + "x" + key.substr(key.size() / 2)] = value;
            break;
        default:
            object[chance_.below(2) == 0 ? "" : key + "_"] = value;
            break;
        }
    }

    void change_value(const std::string& key, Json& value) {
        const std::size_t way = chance_.below(8);
        if (way == 0) {
            value = raw(chance_.one_of(k_values));
        } else if (value.is_array() && way < 6) {
            change_list(value);
        } else if (value.is_string() && way < 6) {
            value = chance_.below(8) == 0 ? Json(std::string(100'000, 'x'))
                                          : raw(chance_.one_of(k_texts));
        } else {
            value = raw(chance_.one_of(k_lengths.count(key) == 1 ? k_small_numbers : k_numbers));
        }
    }

    void change_list(Json& list) {
        const std::size_t at = list.empty() ? 0 : chance_.below(list.size());
        switch (list.empty() ? 4 : chance_.below(5)) {
        case 0:
            list = Json::array();
            break;
        case 1:
            list.erase(at);
            break;
        case 2:
            list.push_back(Json(list[at]));
            break;
        case 3:
            std::swap(list[at], list[chance_.below(list.size())]);
            break;
        default:
            for (int k = 0; k < 1000; ++k)
                list.push_back(list.empty() ? Json(k) : Json(list[at]));
            break;
        }
    }

    Json& document_;
    Chance& chance_;
    std::vector<std::string> raw_;
};

std::string content_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

} // namespace

std::string mutated_bytes(std::string bytes, Chance& chance) {
    if (bytes.empty()) return std::string(1 + chance.below(9), '\xff');
    for (std::size_t edits = 1 + chance.below(4); edits-- > 0 && !bytes.empty();) {
        const std::size_t at = chance.below(bytes.size());
        const std::size_t n = std::min(bytes.size() - at, std::size_t{1} << chance.below(10));
        switch (chance.below(7)) {
        case 0:
        case 1:
            bytes[at] = static_cast<char>(bytes[at] ^ static_cast<char>(1U << chance.below(8)));
            break;
        case 2:
            bytes[at] = static_cast<char>(chance.next());
            break;
        case 3:
            bytes.erase(at, n);
            break;
        case 4:
            bytes.insert(at, bytes.substr(at, n));
            break;
        case 5:
            std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), n,
                        chance.below(2) == 0 ? '\0' : '\xff');
            break;
        default:
            bytes.resize(at);
            break;
        }
    }
    return bytes;
}

std::string mutated_json(const std::string& text, Chance& chance) {
    Json document = Json::parse(text);
    Edits edits(document, chance);
    for (std::size_t n = 1 + chance.below(3); n-- > 0;)
        edits.apply();
    return edits.text();
}

std::string mutated_csv(const std::string& text, Chance& chance) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);)
        lines.push_back(line);
    for (std::size_t n = 1 + chance.below(3); n-- > 0 && !lines.empty();) {
        std::string& line = lines[chance.below(lines.size())];
        const std::size_t begin = line.empty() ? 0 : chance.below(line.size());
        const std::size_t from =
            line.rfind(',', begin) == std::string::npos ? 0 : line.rfind(',', begin) + 1;
        const std::size_t to = std::min(line.find(',', from), line.size());
        switch (chance.below(6)) {
        case 0:
        case 1:
        case 2:
            line.replace(from, to - from, chance.one_of(k_numbers));
            break;
        case 3:
            line.replace(from, to - from, chance.one_of(k_texts));
            break;
        case 4:
            line += chance.below(2) == 0 ? ",1" : "\r";
            break;
        default:
            line = chance.below(2) == 0 ? "" : lines[chance.below(lines.size())];
            break;
        }
    }
    std::string joined;
    for (const std::string& line : lines)
        joined += line + "\n";
    return joined;
}

void mutate_file(const std::filesystem::path& path, Chance& chance) {
    const std::string kind = path.extension().string();
    const bool as_bytes = chance.below(5) == 0;
    if ((kind == ".h5" || kind == ".nir") && !as_bytes) {
        std::string decisions(8 + chance.below(120), '\0');
        for (char& byte : decisions)
            byte = static_cast<char>(chance.next());
        ByteSource bytes(
            {reinterpret_cast<const unsigned char*>(decisions.data()), decisions.size()});
        edit_hdf5(path, bytes, k_words);
        return;
    }
    std::string content = content_of(path);
    if (as_bytes || (kind != ".json" && kind != ".csv"))
        content = mutated_bytes(content, chance);
    else
        content = kind == ".json" ? mutated_json(content, chance) : mutated_csv(content, chance);
    std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
}

} // namespace spikewell::test
