#include "network/engine/detail/snapshot.hpp"

#include "core/archive.hpp"
#include "core/checkpoint.hpp"

#include <bit>

namespace spikewell::detail {

namespace {

constexpr std::uint64_t k_magic = 0x31304B4E53575053U; // "SPWSNK01", the version of what follows

// --- the network ------------------------------------------------------------------------------

/// A digest of all that decides what a network does but for plastic couplings, which are saved.
class NetworkDigest {
  public:
    [[nodiscard]] std::uint64_t value() const { return value_; }

    template <class T>
    requires PlainNumber<T>
    void add(T number) {
        if constexpr (std::is_floating_point_v<T>) {
            mix(std::bit_cast<std::uint64_t>(static_cast<double>(number)));
        } else {
            mix(static_cast<std::uint64_t>(number));
        }
    }
    void add(std::string_view bytes) { mix(digest(bytes)); }
    void add(PopulationId id) { add(id.index); }
    void add(std::monostate) {}
    template <class T> void add(const std::optional<T>& value) {
        add(value.has_value());
        if (value) add(*value);
    }
    template <class T> void add(const std::vector<T>& values) {
        add(values.size());
        for (const T& value : values)
            add(value);
    }
    template <class... T> void add(const std::variant<T...>& value) {
        add(value.index());
        std::visit([&](const auto& v) { add(v); }, value);
    }
    template <class A, class B, class... More>
    void add(const A& a, const B& b, const More&... more) {
        add(a);
        add(b);
        (add(more), ...);
    }

    void add(const Spike& s) { add(s.t_ms, s.source); }
    void add(const Synapse& s) { add(s.pre, s.post, s.weight_mV, s.delay_ms); }
    void add(const Constant& d) { add(d.value); }
    void add(const Uniform& d) { add(d.low, d.high); }
    void add(const Normal& d) { add(d.mean, d.sd, d.low, d.high); }
    void add(const Lognormal& d) { add(d.mu, d.sigma, d.low, d.high); }
    void add(const OneToOne&) {}
    void add(const AllToAll&) {}
    void add(const FixedProbability& c) { add(c.probability); }
    void add(const FixedIndegree& c) { add(c.indegree, c.distinct); }
    void add(const FixedOutdegree& c) { add(c.outdegree, c.distinct); }
    void add(const SynapseList& c) { add(c.synapses); }
    void add(const PairStdp& r) {
        add(r.tau_plus_ms, r.tau_minus_ms, r.lambda, r.alpha, r.w_min_mV, r.w_max_mV, r.dependence);
    }
    void add(const InhibitoryStdp& r) { add(r.tau_ms, r.eta_mV, r.target_rate_Hz, r.w_max_mV); }
    void add(const PredictiveHebbian& r) { add(r.learning_rate, r.prediction); }
    void add(const EscapeRate& e) { add(e.rate_Hz, e.theta_mV, e.slope_mV); }
    void add(const LifDelta& n) {
        add(n.tau_m_ms, n.E_L_mV, n.drive_mV, n.V_th_mV, n.V_reset_mV, n.t_ref_ms,
            n.refractory_input, n.escape);
    }
    void add(const LifExp& n) {
        add(n.tau_m_ms, n.tau_syn_exc_ms, n.tau_syn_inh_ms, n.E_L_mV, n.drive_mV, n.V_th_mV,
            n.V_reset_mV, n.t_ref_ms, n.refractory_input, n.escape);
    }
    void add(const PoissonRate& r) { add(r.times_ms, r.rates_Hz); }
    void add(const PoissonInput& i) { add(i.rate, i.weight_mV, i.first, i.count); }
    void add(const DyadicCode& c) { add(c.n_nodes, c.neurons_per_node, c.tau_ref_ms); }
    void add(const DyadicPopulation& p) { add(p.code(), p.neuron.tau_m_ms); }
    void add(const SpikeListSource& p) { add(p.layout, p.spikes); }
    void add(const LifPopulation& p) { add(p.size, p.neuron, p.V_init_mV, p.inputs); }
    void add(const PoissonPopulation& p) { add(p.size, p.rate); }
    void add(const SpikeListPopulation& p) { add(p.size, p.spikes); }
    void add(const NeuronRange& r) { add(r.population, r.first, r.count); }
    void add(const FactorisedProjection& p) {
        add(p.pre, p.post, p.delay_ms, p.plasticity, p.mask);
    }
    void add(const SynapticProjection& p) {
        add(p.pre, p.post, p.connector, p.weight_mV, p.delay_ms, p.self_connections, p.plasticity,
            p.dendritic_delay_fraction);
    }

  private:
    void mix(std::uint64_t word) {
        constexpr std::uint64_t k_prime = 0x00000100000001B3U;
        value_ = (value_ ^ word) * k_prime;
        value_ ^= value_ >> 32U;
    }
    std::uint64_t value_ = 0xCBF29CE484222325U;
};

std::uint64_t network_digest(const EngineState& engine) {
    NetworkDigest sum;
    sum.add(engine.description.seed);
    sum.add(engine.description.populations);
    sum.add(engine.description.projections);
    for (const ProjectionState& projection : engine.projections) {
        if (!projection.plasticity) sum.add(projection.coupling.bytes());
    }
    return sum.value();
}

// --- the state --------------------------------------------------------------------------------

template <class Archive> void archive_counters(Archive& archive, Counters& c) {
    archive(c.spikes, c.predicted_spikes, c.candidates, c.arrivals, c.synaptic_events, c.windows);
}

template <class Archive> void archive_neurons(Archive& archive, NeuronBlock& neurons) {
    archive(neurons.width, neurons.first_node, neurons.count, neurons.n_bits, neurons.residual,
            neurons.free_at_ms, neurons.candidates);
    archive.raw(neurons.streams);
}

template <class Archive> void archive_part(Archive& archive, Part& part) {
    archive.fixed(part.drive);
    archive.fixed(part.potential);
    archive.fixed(part.error);
    archive_neurons(archive, part.soma);
    archive_neurons(archive, part.twins.neurons);
    archive(part.twins.history, part.twins.pulses);
}

template <class Archive> void archive_plastic(Archive& archive, PlasticRows& rows) {
    archive.fixed(rows.trace);
    archive.fixed(rows.visited);
    archive.fixed(rows.post_trace);
    archive.raw(rows.posts);
    archive.fixed(rows.newest);
    archive.fixed(rows.n_posts);
    archive(rows.most_posts, rows.now, rows.newest_post, rows.first_post_ms, rows.spilled,
            rows.pending);
}

template <class Archive> void archive_block(Archive& archive, LifBlock& block) {
    for (auto* of_neurons : {&block.y, &block.ge, &block.gi, &block.free_at_ms, &block.live,
                             &block.kept_mV, &block.residual})
        archive.fixed(*of_neurons);
    archive.fixed(block.draws);
    archive.fixed(block.is_held);
    archive(block.held, block.frame_ms, block.n_events);
    archive.raw(block.timed);
    for (BlockSynapses& synapses : block.synapses) {
        if (!synapses.plastic) continue;
        archive.fixed(synapses.weights);
        archive_plastic(archive, *synapses.plastic);
    }
}

template <class Archive> void archive_population(Archive& archive, PopulationState& population) {
    archive(population.next_listed, population.history);
    if (is_dyadic(population.model)) {
        archive.fixed(population.state);
        archive.fixed(population.evidence);
        archive(population.present, population.inverse_temperature, population.backwards,
                population.twins_active, population.keep_path);
        for (Part& part : population.parts)
            archive_part(archive, part);
    }
    if (population.lif) {
        archive(population.lif->shared.frame_ms);
        for (SpikeReader& reader : population.lif->readers)
            archive(reader.next);
        for (LifBlock& block : population.lif->blocks)
            archive_block(archive, block);
    }
    if (population.poisson) {
        for (PoissonBlock& block : population.poisson->blocks) {
            archive.fixed(block.next_ms);
            archive.raw(block.streams);
        }
    }
}

template <class Archive> void archive_projection(Archive& archive, ProjectionState& projection) {
    archive(projection.learning, projection.delayed);
    archive.fixed(projection.delayed_state);
    if (projection.plasticity) archive(projection.coupling);
}

template <class Archive> void archive_engine(Archive& archive, EngineState& engine) {
    RunPlan& plan = engine.plan;
    archive(engine.time_ms, plan.start_ms, plan.duration_ms, plan.n_windows, plan.next);
    archive_counters(archive, engine.counters);
    for (PopulationState& population : engine.populations)
        archive_population(archive, population);
    for (ProjectionState& projection : engine.projections)
        archive_projection(archive, projection);
}

struct Header {
    std::uint64_t magic = k_magic;
    std::uint64_t network = 0;
    std::uint64_t length = 0; ///< of what follows

    template <class Archive> void archive(Archive& archive) { archive(magic, network, length); }
};

} // namespace

std::string save_state(EngineState& engine) {
    ArchiveWriter writer;
    Header header;
    header.network = network_digest(engine);
    writer(header);
    archive_engine(writer, engine);
    std::string bytes = writer.take();
    header.length = bytes.size() - sizeof header;
    std::memcpy(bytes.data(), &header, sizeof header);
    return bytes;
}

void load_state(EngineState& engine, std::string_view saved) {
    ArchiveReader reader(saved);
    Header header;
    reader(header);
    if (header.magic != k_magic) ArchiveReader::fail("is none, or another version's");
    if (header.network != network_digest(engine)) ArchiveReader::fail("is of another network");
    if (header.length != saved.size() - sizeof header) ArchiveReader::fail("is truncated");
    archive_engine(reader, engine);
    reader.require_end();
}

} // namespace spikewell::detail
