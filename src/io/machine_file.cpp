#include "io/machine_file.hpp"

#include "io/json_reader.hpp"
#include "io/output.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace spikewell::io {

namespace {

using mapping::Chip;
using mapping::ChipIndex;
using mapping::k_links;
using mapping::Machine;
using nlohmann::json;
using nlohmann::ordered_json;

constexpr double k_most = 2147483647.0; // readers of the format are Java programs, too

ordered_json resources(const mapping::Board& board, int monitors, bool ethernet) {
    ordered_json tags = ordered_json::array();
    for (int tag = 1; ethernet && tag <= 7; ++tag)
        tags.push_back(tag);
    return {{"monitors", monitors},
            {"routerEntries", board.router_entries},
            {"sdram", board.sdram_bytes},
            {"tags", tags}};
}

bool is_ethernet(const Machine& machine, ChipIndex chip) {
    return machine.chips[chip].ethernet == machine.coord(chip);
}

/// What most chips, with an Ethernet port or without, have: the others are exceptions.
int usual_monitors(const Machine& machine, bool ethernet) {
    std::map<int, std::size_t> chips;
    for (ChipIndex chip = 0; chip < machine.chips.size(); ++chip) {
        if (machine.chips[chip].present && is_ethernet(machine, chip) == ethernet)
            ++chips[machine.chips[chip].monitors];
    }
    const auto most =
        std::max_element(chips.begin(), chips.end(),
                         [](const auto& a, const auto& b) { return a.second < b.second; });
    return most == chips.end() ? mapping::board(machine.board).monitors : most->first;
}

ordered_json chip_to_json(const Machine& machine,
                          ChipIndex index,
                          const mapping::Board& board,
                          int monitors) {
    const Chip& chip = machine.chips[index];
    const mapping::ChipCoord at = machine.coord(index);
    ordered_json details{{"cores", chip.cores}};
    ordered_json dead = ordered_json::array();
    for (unsigned link = 0; link < k_links; ++link) {
        if (!machine.has_link(index, link)) dead.push_back(link);
    }
    if (!dead.empty()) details["deadLinks"] = dead;
    if (is_ethernet(machine, index)) details["ipAddress"] = fmt::format("127.0.{}.{}", at.x, at.y);
    details["ethernet"] = {chip.ethernet.x, chip.ethernet.y};
    ordered_json entry = ordered_json::array({at.x, at.y, details});
    ordered_json exceptions = ordered_json::object();
    if (chip.monitors != monitors) exceptions["monitors"] = chip.monitors;
    if (chip.router_entries != board.router_entries)
        exceptions["routerEntries"] = chip.router_entries;
    if (chip.sdram_bytes != board.sdram_bytes) exceptions["sdram"] = chip.sdram_bytes;
    if (!exceptions.empty()) entry.push_back(exceptions);
    return entry;
}

/// What chips have unless they say otherwise.
struct Resources {
    int monitors = 0;
    int router_entries = 0;
    std::size_t sdram = 0;
};

Resources read_resources(ObjectReader reader, Resources values, bool all) {
    if (all) reader.require({"monitors", "routerEntries", "sdram"});
    reader.integer("monitors", values.monitors, ObjectReader::between(0, 255));
    reader.integer("routerEntries", values.router_entries, ObjectReader::between(0, k_most));
    reader.integer("sdram", values.sdram, ObjectReader::between(0, k_most));
    for (const char* other : {"tags", "routerClockSpeed", "virtual", "cores"})
        (void)reader.raw(other);
    reader.reject_unknown_keys();
    return values;
}

class MachineReader {
  public:
    MachineReader(const json& document, std::string source, const std::string& board)
        : reader_(document, "", problems_), source_(std::move(source)) {
        machine_.name = source_;
        machine_.board = mapping::board(board).name;
    }

    Machine read() {
        reader_.require({"width", "height", "chips", "standardResources", "ethernetResources"});
        reader_.integer("width", machine_.width, ObjectReader::between(1, 256));
        reader_.integer("height", machine_.height, ObjectReader::between(1, 256));
        (void)reader_.raw("root");
        standard_ = read_resources(reader_.child("standardResources"), {}, true);
        ethernet_ = read_resources(reader_.child("ethernetResources"), {}, true);
        const json& chips = reader_.raw("chips");
        if (!chips.is_array()) reader_.problem("chips", "must be a list, got " + shown(chips));
        reader_.reject_unknown_keys();
        throw_if_any(source_, problems_);
        machine_.chips.resize(static_cast<std::size_t>(machine_.width) *
                              static_cast<std::size_t>(machine_.height));
        alive_.assign(machine_.chips.size(), 0);
        for (std::size_t i = 0; i < chips.size(); ++i)
            read_chip(chips[i], i);
        throw_if_any(source_, problems_);
        connect();
        mapping::validate(machine_);
        return std::move(machine_);
    }

  private:
    static bool is_coord(const json& value) {
        return value.is_number_integer() && value.get<double>() >= 0.0 &&
               value.get<double>() < 256.0;
    }

    void read_chip(const json& value, std::size_t i) {
        const bool good = value.is_array() && (value.size() == 3 || value.size() == 4) &&
                          is_coord(value[0]) && is_coord(value[1]);
        const mapping::ChipCoord at =
            good ? mapping::ChipCoord{value[0].get<int>(), value[1].get<int>()}
                 : mapping::ChipCoord{-1, -1};
        if (!good || !machine_.contains(at)) {
            reader_.problem("chips", i,
                            "must be [x, y, details] within width and height, got " + shown(value));
            return;
        }
        Chip& chip = machine_.chips[machine_.index(at)];
        if (chip.present) reader_.problem("chips", i, "is listed twice, got " + to_text(at));
        const std::string pointer = fmt::format("/chips/{}", i);
        ObjectReader details(value[2], pointer + "/2", problems_);
        chip.present = true;
        details.require({"cores"});
        details.integer("cores", chip.cores, ObjectReader::between(0, 255));
        const json& ethernet = details.raw("ethernet");
        if (ethernet.is_array() && ethernet.size() == 2 && is_coord(ethernet[0]) &&
            is_coord(ethernet[1]))
            chip.ethernet = {ethernet[0].get<int>(), ethernet[1].get<int>()};
        else if (details.has("ipAddress"))
            chip.ethernet = at;
        Resources own = details.has("ipAddress") ? ethernet_ : standard_;
        (void)details.raw("ipAddress");
        (void)details.raw("links");
        alive_[machine_.index(at)] = links_but(details);
        details.reject_unknown_keys();
        if (value.size() == 4)
            own = read_resources(ObjectReader(value[3], pointer + "/3", problems_), own, false);
        chip.monitors = own.monitors;
        chip.router_entries = own.router_entries;
        chip.sdram_bytes = static_cast<std::int64_t>(own.sdram);
    }

    static std::uint8_t links_but(ObjectReader& details) {
        unsigned alive = (1U << k_links) - 1;
        const json& dead = details.raw("deadLinks");
        if (dead.is_null()) return static_cast<std::uint8_t>(alive);
        for (const json& link : dead) {
            if (!link.is_number_integer() || link.get<double>() < 0.0 ||
                link.get<double>() >= k_links) {
                details.problem("deadLinks", "must list links 0 .. 5, got " + shown(link));
                continue;
            }
            alive &= ~(1U << link.get<unsigned>());
        }
        return static_cast<std::uint8_t>(alive);
    }

    /// Links to chips that are not there do not count. A side wraps when some link crosses it.
    void connect() {
        for (ChipIndex chip = 0; chip < machine_.chips.size(); ++chip) {
            if (!machine_.chips[chip].present) continue;
            const mapping::ChipCoord at = machine_.coord(chip);
            for (unsigned link = 0; link < k_links; ++link) {
                const ChipIndex other = machine_.neighbour(chip, link);
                if (((unsigned{alive_[chip]} >> link) & 1U) == 0 || !machine_.chips[other].present)
                    continue;
                machine_.chips[chip].links |= static_cast<std::uint8_t>(1U << link);
                const int x = at.x + mapping::k_link_steps[link].x;
                const int y = at.y + mapping::k_link_steps[link].y;
                machine_.wraps_x = machine_.wraps_x || x < 0 || x >= machine_.width;
                machine_.wraps_y = machine_.wraps_y || y < 0 || y >= machine_.height;
            }
        }
    }

    std::vector<Problem> problems_;
    ObjectReader reader_;
    std::string source_;
    Machine machine_;
    Resources standard_;
    Resources ethernet_;
    std::vector<std::uint8_t> alive_; // [n_chips] links not listed as dead
};

} // namespace

ordered_json machine_to_json(const Machine& machine) {
    const mapping::Board& board = mapping::board(machine.board);
    const int standard = usual_monitors(machine, false);
    const int ethernet = usual_monitors(machine, true);
    ordered_json document{{"height", machine.height},
                          {"width", machine.width},
                          {"root", {0, 0}},
                          {"standardResources", resources(board, standard, false)},
                          {"ethernetResources", resources(board, ethernet, true)},
                          {"chips", ordered_json::array()}};
    for (ChipIndex chip = 0; chip < machine.chips.size(); ++chip) {
        if (machine.chips[chip].present)
            document["chips"].push_back(chip_to_json(
                machine, chip, board, is_ethernet(machine, chip) ? ethernet : standard));
    }
    return document;
}

Machine parse_machine(const json& document, const std::string& source, const std::string& board) {
    return MachineReader(document, source, board).read();
}

Machine read_machine(const std::filesystem::path& path, const std::string& board) {
    return parse_machine(parse_json(read_text(path), path.string()), path.string(), board);
}

mapping::Machine named_machine(const std::string& name) {
    const bool is_file = name.size() > 5 && name.ends_with(".json");
    return is_file ? read_machine(name, "spinnaker1") : mapping::make_machine(name);
}

} // namespace spikewell::io
