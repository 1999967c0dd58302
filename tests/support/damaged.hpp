#pragma once

#include "support/scratch_folder.hpp"

#include <string>

namespace spikewell::test {

/// Half of a checkpoint as cut.ckp, and one with a byte that differs as flipped.ckp.
inline void write_damaged(const ScratchFolder& folder, std::string content) {
    folder.write("cut.ckp", content.substr(0, content.size() / 2));
    char& middle = content[content.size() / 2];
    middle = static_cast<char>(~middle);
    folder.write("flipped.ckp", content);
}

} // namespace spikewell::test
