#include "cli/console.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace spikewell::cli {

void put(std::FILE* stream, std::string_view text) {
    (void)std::fwrite(text.data(), 1, text.size(), stream);
}

std::string stdout_failure() {
    if (std::fflush(stdout) != 0) return std::strerror(errno);
    return std::ferror(stdout) != 0 ? "an earlier part of it failed" : "";
}

void guard_streams() {
    for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; ++stream) {
        if (::fcntl(stream, F_GETFD) >= 0 || errno != EBADF) continue;
        // The lowest free number, which is this one. For reading only: what is put on it fails.
        (void)::open("/dev/null", O_RDONLY);
    }
    (void)std::signal(SIGPIPE, SIG_IGN);
    (void)std::signal(SIGXFSZ, SIG_IGN);
}

} // namespace spikewell::cli
