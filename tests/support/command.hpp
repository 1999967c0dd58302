#pragma once

#include "support/scratch_folder.hpp"

#include <cstdlib>
#include <sstream>
#include <string>
#include <sys/wait.h>
#include <vector>

namespace spikewell::test {

/// What a program did.
struct Outcome {
    int exit_code = -1;
    std::string out;
    std::vector<std::string> errors; // lines on stderr
};

inline std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);)
        lines.push_back(line);
    return lines;
}

/// Runs `program` in `folder`; `arguments` as a shell takes them.
inline Outcome run_in(const ScratchFolder& folder,
                      const std::string& arguments,
                      const std::string& program = SPIKEWELL_PROGRAM) {
    const ScratchFolder streams; // apart, so that `folder` holds what the program leaves there
    const std::string command = "cd '" + (folder / "").string() + "' && '" + program + "' " +
                                arguments + " >'" + (streams / "out").string() + "' 2>'" +
                                (streams / "err").string() + "'";
    const int status = std::system(command.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, streams.content("out"),
            lines_of(streams.content("err"))};
}

} // namespace spikewell::test
