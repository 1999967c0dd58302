#include "core/error.hpp"
#include "support/everything.hpp"
#include "support/networks.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <cmath>
#include <cstring>
#include <limits>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace spikewell;
using namespace spikewell::test;

// A saved state whose digest is right may still have been made up. Whatever it holds, it is refused
// with one line, or a run goes on from it to its end: no crash, no endless loop, no memory without
// bound. Each network's states are tried in a child process, which is killed where one takes too long.

namespace {

constexpr double k_run_ms = 120.0;
constexpr long k_most_s = 10; ///< of processor time, of one state, loaded and run on with
constexpr rlim_t k_most_bytes = rlim_t{3} << 30U;
constexpr std::size_t k_header_bytes = 24;
constexpr std::size_t k_spread = 400; ///< states a network, in the gate

struct Subject {
    std::string name;
    Network network;
    std::string saved;
};

/// Stopped within a run, so that there is something left to do; sequential ones between runs.
Subject stopped(std::string name, Network network) {
    Simulator simulator(network);
    if (is_dyadic(network.populations[0])) {
        const std::size_t n = code_of(network.populations[0]).n_nodes;
        simulator.set_evidence(k_first, std::vector<double>(n, 0.3));
    }
    simulator.run(k_run_ms, {}, [](double t_ms) { return t_ms < 40.0; });
    return {std::move(name), std::move(network), simulator.save()};
}

Network sources() {
    Network network;
    network.populations = {PoissonPopulation{"poisson", 40, PoissonRate::constant(200.0)},
                           SpikeListPopulation{"listed", 5, {}},
                           NeuronPopulation{"target", 20, LifExp{}, Constant{-65.0}, {}}};
    auto& listed = std::get<SpikeListPopulation>(network.populations[1]).spikes;
    for (std::uint32_t k = 0; k < 500; ++k)
        listed.push_back({0.25 * k, k % 5});
    for (std::uint32_t pre = 0; pre < 2; ++pre) {
        SynapticProjection p;
        p.name = std::to_string(pre);
        p.pre.population = {pre};
        p.post.population = {2};
        p.connector = FixedIndegree{5, true};
        p.weight = Constant{2.0};
        p.delay_ms = Uniform{1.0, 4.0};
        network.projections.emplace_back(p);
    }
    return network;
}

/// Many weak couplings: arrivals are followed as a crowd.
Network crowded() {
    return recurrent(random_couplings(150, 0.01, 3), 5, 3.0, 3.93, 1);
}

std::vector<Subject> subjects() {
    return {stopped("LIF of all kinds", everything(1)),
            stopped("sources", sources()),
            stopped("learning, spiking prediction", learning(Prediction::spiking)),
            stopped("learning, expected prediction", learning(Prediction::expected)),
            stopped("learning, in blocks", learning_in_blocks(Prediction::spiking)),
            stopped("driven over synapses", driven(Prediction::spiking)),
            stopped("crowded", crowded()),
            stopped("sequential", recurrent(random_couplings(20, 0.3, 2), 4, 0.0, 0.0, 1))};
}

// --- forging ----------------------------------------------------------------------------------

std::uint64_t word_at(const std::string& bytes, std::size_t at) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, sizeof word);
    return word;
}

/// Where numbers begin that may be lengths, counts or indices: few, among so many weights.
std::vector<std::size_t> small_words(const std::string& saved) {
    std::vector<std::size_t> places;
    for (std::size_t at = k_header_bytes; at + 8 <= saved.size(); ++at) {
        const std::uint64_t word = word_at(saved, at);
        if (word > 0 && word < 100'000) places.push_back(at);
    }
    return places;
}

template <class T> void put(std::string& bytes, std::size_t at, T value) {
    std::memcpy(bytes.data() + at, &value, std::min(sizeof value, bytes.size() - at));
}

/// Another number in the place of one: byte, word of 4 or of 8.
void forge(std::string& bytes, std::size_t at, RandomStream& random) {
    constexpr double k_nan = std::numeric_limits<double>::quiet_NaN();
    constexpr double k_infinite = std::numeric_limits<double>::infinity();
    constexpr double k_real[] = {k_nan, k_infinite, -k_infinite, -1.0, 0.0,   1e-300,
                                 1e3,   1e6,        1e9,         1e18, 1e300, -1e9};
    constexpr std::uint64_t k_whole[] = {0,
                                         1,
                                         ~std::uint64_t{0},
                                         std::uint64_t{1} << 63U,
                                         std::uint64_t{1} << 62U,
                                         std::uint64_t{1} << 32U,
                                         0x7FFF'FFFFU,
                                         0x8000'0000U,
                                         65536,
                                         100};
    const std::uint64_t word = at + 8 <= bytes.size() ? word_at(bytes, at) : 0;
    double real = 0.0;
    std::memcpy(&real, &word, sizeof real);
    switch (random.index(9)) {
    case 0:
        put(bytes, at, k_real[random.index(std::size(k_real))]);
        break;
    case 1:
        put(bytes, at, static_cast<float>(k_real[random.index(std::size(k_real))]));
        break;
    case 2:
        put(bytes, at, k_whole[random.index(std::size(k_whole))]);
        break;
    case 3:
        put(bytes, at, static_cast<std::uint32_t>(k_whole[random.index(std::size(k_whole))]));
        break;
    case 4:
        put(bytes, at, word + (random.uniform() < 0.5 ? 1U : ~std::uint64_t{0}));
        break;
    case 5:
        put(bytes, at, static_cast<std::uint8_t>(random.index(256)));
        break;
    case 6:
        put(bytes, at, -real);
        break;
    case 7:
        put(bytes, at, real * (1.0 + random.uniform()));
        break;
    default:
        put(bytes, at, word_at(bytes, random.index(bytes.size() - 8)));
        break; // one of its own
    }
}

std::string forged(const std::string& saved,
                   const std::vector<std::size_t>& small,
                   std::uint32_t k) {
    RandomStream random(99, Purpose::placement, k);
    std::string bytes = saved;
    const std::size_t n = 1 + random.index(3);
    for (std::size_t m = 0; m < n; ++m) {
        const std::size_t anywhere = k_header_bytes + random.index(saved.size() - k_header_bytes);
        forge(bytes, random.uniform() < 0.6 ? small[random.index(small.size())] : anywhere, random);
    }
    return bytes;
}

// --- trying -----------------------------------------------------------------------------------

/// What the child tells, in memory that both share.
struct Told {
    std::uint32_t trying = 0;
    std::uint32_t refused = 0;
    std::uint32_t ran = 0;
    char wrong[200] = "";
};

void ask_everything(const Simulator& simulator, const Network& network, Told& told) {
    for (std::uint32_t p = 0; p < network.populations.size(); ++p) {
        std::vector<double> values;
        if (std::holds_alternative<NeuronPopulation>(network.populations[p]))
            values = simulator.potentials({p});
        if (is_dyadic(network.populations[p])) values = simulator.state({p});
        for (const double value : values) {
            if (!std::isfinite(value))
                std::snprintf(told.wrong, sizeof told.wrong, "population %u is not finite", p);
        }
    }
    for (std::uint32_t p = 0; p < network.projections.size(); ++p) {
        if (std::holds_alternative<SynapticProjection>(network.projections[p]))
            (void)simulator.synapses({p});
    }
    (void)simulator.save();
}

void try_one(Simulator& simulator, const Network& network, const std::string& bytes, Told& told) {
    try {
        simulator.load(bytes);
        simulator.resume();
        simulator.run(10.0);
        ask_everything(simulator, network, told);
        ++told.ran;
    } catch (const Error& error) {
        ++told.refused;
        if (std::strchr(error.what(), '\n') != nullptr)
            std::snprintf(told.wrong, sizeof told.wrong, "more than a line: %.100s", error.what());
    } catch (const std::exception& other) {
        std::snprintf(told.wrong, sizeof told.wrong, "no error of ours: %.100s", other.what());
    }
}

/// In a child: its exit ends whatever a state may have begun.
[[noreturn]] void try_all(const Subject& subject, std::uint32_t n, Told& told) {
    // Sanitizers need terabytes of addresses.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    const rlimit limit{k_most_bytes, k_most_bytes};
    (void)::setrlimit(RLIMIT_AS, &limit);
#endif
    Simulator simulator(subject.network);
    const std::vector<std::size_t> small = small_words(subject.saved);
    for (; told.trying < n && told.wrong[0] == '\0'; ++told.trying) {
        const itimerval clock{{}, {k_most_s, 0}};
        (void)::setitimer(ITIMER_PROF, &clock, nullptr); // ends the process
        try_one(simulator, subject.network, forged(subject.saved, small, told.trying), told);
    }
    ::_exit(0);
}

/// Memory that a child shares.
class Shared {
  public:
    Shared()
        : told_(new (::mmap(
              nullptr, sizeof(Told), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0))
                    Told) {}
    Shared(const Shared&) = delete;
    Shared& operator=(const Shared&) = delete;
    ~Shared() { ::munmap(told_, sizeof(Told)); }
    [[nodiscard]] Told& told() { return *told_; }

  private:
    Told* told_;
};

/// SPIKEWELL_FORGED: states a network, in place of those of the gate.
std::uint32_t n_states() {
    const char* const wanted = std::getenv("SPIKEWELL_FORGED");
    return wanted != nullptr ? static_cast<std::uint32_t>(std::strtoul(wanted, nullptr, 10))
                             : k_spread;
}

} // namespace

TEST_CASE("A forged state is refused in one line, or a run goes on from it and ends") {
    for (const Subject& subject : subjects()) {
        const std::uint32_t n = n_states();
        Shared shared;
        Told& told = shared.told();
        const pid_t child = ::fork();
        REQUIRE(child >= 0);
        if (child == 0) try_all(subject, n, told);
        int status = 0;
        REQUIRE(::waitpid(child, &status, 0) == child);
        INFO(subject.name << ", state " << told.trying << ", refused " << told.refused << ", run "
                          << told.ran << ": " << told.wrong);
        CHECK(WIFEXITED(status));
        CHECK(told.wrong[0] == '\0');
        CHECK(told.trying == n);
        CHECK(told.refused > n / 4); // they are forged
        CHECK(told.ran > 0);
    }
}

TEST_CASE("A simulator that refused a state does nothing until another is loaded") {
    const Subject subject = stopped("sequential", sources());
    Simulator simulator(subject.network);
    std::string bytes = subject.saved;
    put(bytes, k_header_bytes, -1.0); // the time
    CHECK_THROWS_WITH(simulator.load(bytes), "saved state: cannot be one: its time");
    const auto refuses = [&](auto&& call) {
        CHECK_THROWS_WITH(call(), Catch::Contains("was to load a state that cannot be one"));
    };
    refuses([&] { simulator.run(1.0); });
    refuses([&] { simulator.resume(); });
    refuses([&] { (void)simulator.save(); });
    refuses([&] { (void)simulator.potentials({2}); });
    simulator.load(subject.saved);
    CHECK(simulator.save() == subject.saved);
    CHECK(simulator.resume());
}
