#include "io/pynn/script_template.hpp"

#include <cassert>

namespace spikewell::io {

std::string filled(std::string text,
                   const std::vector<std::pair<std::string, std::string>>& values) {
    for (const auto& [name, value] : values) {
        const std::string key = "@" + name + "@";
        std::size_t at = text.find(key);
        assert(at != std::string::npos);
        for (; at != std::string::npos; at = text.find(key, at + value.size()))
            text.replace(at, key.size(), value);
    }
    return text;
}

} // namespace spikewell::io
