#include "io/made_by.hpp"

#include "core/build_info.hpp"

namespace spikewell::io {

nlohmann::ordered_json made_by() {
    const BuildInfo info = build_info();
    return {{"spikewell", info.version}, {"commit", info.commit}, {"compiler", info.compiler}};
}

} // namespace spikewell::io
