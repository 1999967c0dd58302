#include "io/model_file.hpp"

#include "io/config_file.hpp"
#include "io/json_reader.hpp"
#include "io/output.hpp"

#include <fmt/format.h>

namespace spikewell::io {

namespace {

constexpr const char* k_format = "spikewell-model";
constexpr int k_version = 1;

/// Throws unless the document is a model of this version: what else is wrong is then no news.
void require_format(ObjectReader& reader,
                    const std::string& source,
                    std::vector<Problem>& problems) {
    const nlohmann::json& format = reader.raw("format");
    const nlohmann::json& version = reader.raw("version");
    if (problems.empty() && format != k_format) {
        reader.problem("format", fmt::format("must be \"{}\", got {}; the file is no model",
                                             k_format, shown(format)));
    } else if (problems.empty() && version != k_version) {
        reader.problem("version", fmt::format("must be {}, got {}; another version of Spikewell "
                                              "wrote the file",
                                              k_version, shown(version)));
    }
    throw_if_any(source, problems);
}

void check_coupling(const Matrix& coupling, ObjectReader& reader) {
    if (coupling.rows != coupling.cols || coupling.rows == 0) {
        reader.problem("coupling", fmt::format("must be square and not empty, got {} x {}",
                                               coupling.rows, coupling.cols));
        return;
    }
    for (std::size_t i = 0; i < coupling.rows; ++i) {
        if (coupling(i, i) != 0.0) {
            reader.problem("coupling", fmt::format("self-coupling of node {} must be 0, got {}", i,
                                                   coupling(i, i)));
        }
    }
}

} // namespace

Model read_model(const std::filesystem::path& path) {
    const std::string source = path.string();
    const nlohmann::json document = parse_json(read_text(path), source);
    std::vector<Problem> problems;
    ObjectReader reader(document, "", problems);
    require_format(reader, source, problems);
    reader.require({"backend", "config", "coupling"});
    Model model;
    reader.choice("backend", model.spiking, {{"rate", false}, {"spiking", true}});
    if (reader.has("config")) {
        model.config = config_from(reader.raw("config"), reader.pointer("config"), problems);
    }
    if (reader.has("coupling")) {
        const std::size_t before = problems.size();
        model.coupling = matrix_from(reader, "coupling");
        if (problems.size() == before) {
            check_coupling(model.coupling, reader);
        }
    }
    reader.reject_unknown_keys();
    throw_if_any(source, std::move(problems));
    return model;
}

std::string to_text(const Model& model) {
    nlohmann::ordered_json document;
    document["format"] = k_format;
    document["version"] = k_version;
    document["backend"] = model.spiking ? "spiking" : "rate";
    document["config"] = to_json(model.config);
    document["coupling"] = matrix_to_json(model.coupling);
    std::string text;
    for (const auto& [key, value] : document.items()) { // a line each: enough to read and to diff
        // A path may be no UTF-8; what is not is replaced.
        text += fmt::format("{}\"{}\": {}", text.empty() ? "{" : ",\n ", key,
                            value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    }
    return text + "}\n";
}

} // namespace spikewell::io
