#pragma once

#include "support/scratch_folder.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <functional>
#include <sstream>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

/// Programs as a user runs them.
namespace spikewell::test {

inline std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);)
        lines.push_back(line);
    return lines;
}

/// A JSON file that a program wrote.
inline nlohmann::json json_of(const ScratchFolder& folder, const std::string& name) {
    return nlohmann::json::parse(folder.content(name));
}

/// How a program ended.
struct ProgramEnd {
    int exit_code = -1;
    std::string out;
    std::vector<std::string> errors; ///< lines on stderr
};

/// Runs a command in `folder`, as a shell takes it.
inline ProgramEnd run_command(const ScratchFolder& folder, const std::string& command) {
    const ScratchFolder streams; // apart, so that `folder` holds what the program leaves there
    const std::string whole = "cd '" + (folder / "").string() + "' && " + command + " >'" +
                              (streams / "out").string() + "' 2>'" + (streams / "err").string() +
                              "'";
    const int status = std::system(whole.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, streams.content("out"),
            lines_of(streams.content("err"))};
}

/// Runs the program in `folder`; `arguments` as a shell takes them.
inline ProgramEnd run_in(const ScratchFolder& folder, const std::string& arguments) {
    return run_command(folder, "'" SPIKEWELL_PROGRAM "' " + arguments);
}

/// Waits until there is such a file, for up to a minute.
inline bool appears(const std::filesystem::path& path) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (std::chrono::steady_clock::now() < end) {
        if (std::filesystem::exists(path)) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return false;
}

/// A program as a child of its own, so that it can be sent signals.
class Child {
  public:
    /// words[0] is the program. `prepare` is run in the child, last.
    Child(const ScratchFolder& folder,
          std::vector<std::string> words,
          const std::function<void()>& prepare = {})
        : process_(start((folder / "").string(), (streams_ / "err").string(), words, prepare)) {}
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    ~Child() {
        if (process_ > 0) (void)end_by(SIGKILL);
    }

    [[nodiscard]] pid_t process() const { return process_; }
    /// Sends the signal and waits; returns the exit code, or minus the signal that ended it.
    int end_by(int signal) {
        ::kill(process_, signal);
        return wait();
    }
    int wait() {
        int status = 0;
        ::waitpid(process_, &status, 0);
        process_ = 0;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    }
    [[nodiscard]] std::vector<std::string> errors() const {
        return lines_of(streams_.content("err"));
    }

  private:
    [[nodiscard]] static pid_t start(const std::string& where,
                                     const std::string& errors,
                                     std::vector<std::string>& words,
                                     const std::function<void()>& prepare) {
        std::vector<char*> pointers;
        for (std::string& word : words)
            pointers.push_back(word.data());
        pointers.push_back(nullptr);
        const pid_t process = ::fork();
        if (process == 0) { // only async-signal-safe calls from here
            const int file = ::open(errors.c_str(), O_WRONLY | O_CREAT, 0666);
            if (file < 0 || ::dup2(file, STDERR_FILENO) < 0 || ::chdir(where.c_str()) != 0)
                ::_exit(126);
            if (prepare) prepare();
            ::execv(pointers[0], pointers.data());
            ::_exit(127);
        }
        return process;
    }

    ScratchFolder streams_;
    pid_t process_;
};

} // namespace spikewell::test
