#include "mapping/detail/part_limits.hpp"

#include "core/error.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace spikewell::mapping {

const std::vector<NamedLimits>& named_limits() {
    static const std::string paper = "Ronzani & Silvano 2026, arXiv:2601.16118";
    // neurons and inbound axons of a core, cores
    static const std::vector<NamedLimits> all{
        {"loihi64", {1024, 4096, 4096}, paper},
        {"loihi84",
         {4096, 65536, 7056},
         paper + "; also Jin et al. 2023, doi:10.1145/3582016.3582038"},
        {"loihi1024", {1024, 4096, 1'048'576}, paper},
        {"truenorth",
         {256, 256, 4096},
         paper + "; Merolla et al. 2014, doi:10.1126/science.1254642"},
    };
    return all;
}

const PartLimits& part_limits(std::string_view name) {
    std::vector<std::string> names;
    for (const NamedLimits& one : named_limits()) {
        if (one.name == name) return one.limits;
        names.push_back(one.name);
    }
    const std::string nearest = nearest_name(name, names);
    throw ParameterError("part limits", "name", name,
                         fmt::format("{}{}", fmt::join(names, ", "),
                                     nearest.empty() ? "" : "; did you mean " + nearest + "?"));
}

} // namespace spikewell::mapping
