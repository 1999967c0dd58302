#include "io/names.hpp"

#include "core/error.hpp"
#include "io/output.hpp"

#include <set>

namespace spikewell::io {

void require_plain_populations(const Network& network, const std::string& format) {
    std::set<std::string> names;
    for (const Population& population : network.populations) {
        const std::string& name = name_of(population);
        if (!is_word(name))
            throw NetworkError(printable(name), "must be named with letters, digits, _ and - only");
        if (!names.insert(name).second) throw NetworkError(name, "is named twice");
        if (is_dyadic(population))
            throw NetworkError(name, "is a dyadic population, which " + format + " cannot hold");
    }
}

} // namespace spikewell::io
