#include "faults/launch.hpp"

#include <fmt/format.h>

#include <array>
#include <cstring>
#include <sstream>
#include <sys/resource.h>

namespace spikewell::test {

namespace {

std::vector<std::string> words_of(const std::string& arguments) {
    const char* const other = std::getenv("SPIKEWELL_TESTED_PROGRAM"); // an older one
    std::vector<std::string> words{other == nullptr ? SPIKEWELL_PROGRAM : other};
    std::istringstream stream(arguments);
    for (std::string word; stream >> word;)
        words.push_back(word);
    return words;
}

void redirect(int descriptor, const std::string& name) {
    if (name == "-") {
        ::close(descriptor);
        return;
    }
    const int file = ::open(name.c_str(), O_WRONLY | O_CREAT, 0666);
    if (file < 0 || ::dup2(file, descriptor) < 0) ::_exit(126);
    ::close(file);
}

void set(const char* name, std::uint64_t value) {
    ::setenv(name, std::to_string(value).c_str(), 1);
}

void preload(const Fault& fault, const std::string& below, const std::string& report) {
    ::setenv("LD_PRELOAD", SPIKEWELL_FAULT_LIBRARY, 1);
    ::setenv("SPIKEWELL_FAULT_BELOW", below.c_str(), 1);
    ::setenv("SPIKEWELL_FAULT_REPORT", report.c_str(), 1);
    set("SPIKEWELL_FAULT_CALLS", fault.calls);
    set("SPIKEWELL_FAULT_AT", fault.at);
    set("SPIKEWELL_FAULT_ERRNO", static_cast<std::uint64_t>(fault.error));
    if (fault.bytes) set("SPIKEWELL_FAULT_BYTES", *fault.bytes);
}

} // namespace

std::string name_of(fault_call call) {
    static constexpr std::array<const char*, FAULT_N_CALLS> k_names{
        "open",          "write", "rename",           "link",
        "fsync",         "close", "ftruncate",        "mkdir",
        "unlink",        "lock",  "open for reading", "read",
        "pthread_create"};
    return k_names.at(call);
}

std::string Ending::text() const {
    std::string told = code >= 0 ? fmt::format("exit {}", code) : fmt::format("signal {}", -code);
    for (const std::string& line : errors)
        told += ": " + line.substr(0, 200);
    return told;
}

Launched::Launched(const ScratchFolder& folder, Launch launch)
    : launch_(std::move(launch)), child_(folder, words_of(launch_.arguments), [&] {
          const std::string report = (files_ / "report").string();
          redirect(STDOUT_FILENO, launch_.out.empty() ? (files_ / "out").string() : launch_.out);
          if (!launch_.err.empty()) redirect(STDERR_FILENO, launch_.err);
          if (launch_.fault) {
              ::close(::open(report.c_str(), O_WRONLY | O_CREAT, 0666));
              const std::string below = std::filesystem::canonical(folder / "").string();
              preload(*launch_.fault, below, report);
          }
          for (const auto& [what, value] : launch_.limits) {
              const rlimit limit{value, value};
              ::setrlimit(static_cast<__rlimit_resource_t>(what), &limit);
          }
          ::alarm(launch_.time_limit_s);
          if (launch_.as_nobody && ::setresuid(65534, 65534, 65534) != 0) ::_exit(126);
      }) {}

Ending Launched::end() {
    Ending ending;
    ending.code = child_.wait();
    ending.out = files_.content("out");
    ending.errors = child_.errors();
    const std::string report = files_.content("report");
    if (report.size() == sizeof(fault_report))
        std::memcpy(&ending.report, report.data(), report.size());
    return ending;
}

bool is_one_line_error(const Ending& ending) {
    return ending.code == 1 && ending.errors.size() == 1 &&
           ending.errors.front().rfind("spikewell: ", 0) == 0;
}

} // namespace spikewell::test
