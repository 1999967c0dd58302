#include "network/engine/loop/snapshot.hpp"

#include "core/archive.hpp"
#include "core/checkpoint.hpp"
#include "network/engine/lif/own_numbers.hpp"
#include "network/engine/loop/share.hpp"
#include "network/engine/loop/state_check.hpp"

#include <algorithm>

namespace spikewell::detail {

namespace {

constexpr std::uint64_t k_magic = 0x36304B4E53575053U; // "SPWSNK06", the version of what follows

/// A digest of all that decides what the network does but for plastic couplings, which are saved. A
/// sum over the blocks, whoever holds them.
std::uint64_t network_digest(EngineState& engine) {
    std::uint64_t couplings = 0;
    for (std::size_t p = 0; p < engine.projections.size(); ++p) {
        ProjectionState& projection = engine.projections[p];
        if (projection.plasticity) continue;
        const PopulationState& post = engine.populations[projection.post.index];
        for (std::size_t b = post.own.begin; b < post.own.end; ++b) {
            const std::uint64_t of_block[] = {p, b, digest(projection.coupling.bytes(b))};
            couplings += digest({reinterpret_cast<const char*>(of_block), sizeof of_block});
        }
    }
    return engine.description_digest + sum_over_ranks(*engine.exchange, couplings);
}

// --- the state --------------------------------------------------------------------------------

/// Those that every rank counts alike; blocks and parts count the others.
template <class Archive> void archive_counters(Archive& archive, Counters& c) {
    archive(c.spikes, c.arrivals, c.windows);
}

/// Blocks 0 .. n - 1, or parts, of which own.begin .. own.end - 1 are held here: as one piece each.
/// Rank 0 writes those of all ranks, which lie in order; each rank reads its own.
template <class Archive, class Body>
void archive_blocks(
    Archive& archive, EngineState& engine, std::size_t n, TaskRange own, Body&& body) {
    if constexpr (Archive::k_reads) {
        for (std::size_t b = 0; b < n; ++b) {
            ArchiveReader block = archive.piece();
            if (!own.has(b)) continue;
            body(block, b);
            block.require_end();
        }
    } else {
        ArchiveWriter pieces;
        for (std::size_t b = own.begin; b < own.end; ++b) {
            ArchiveWriter block;
            body(block, b);
            pieces.piece(block.take());
        }
        gather_bytes(*engine.exchange, pieces.take(),
                     [&](std::string_view of_rank) { archive.append(of_rank); });
    }
}

template <class Archive> void archive_neurons(Archive& archive, PartNeurons& neurons) {
    archive(neurons.width, neurons.first_node, neurons.count, neurons.n_bits, neurons.residual,
            neurons.free_at_ms, neurons.candidates);
    archive.raw(neurons.streams);
}

template <class Archive> void archive_part(Archive& archive, Part& part) {
    archive.fixed(part.drive);
    archive.fixed(part.potential);
    archive.fixed(part.error);
    archive.fixed(part.crowd.potential);
    archive.fixed(part.crowd.rest);
    archive_neurons(archive, part.soma);
    archive_neurons(archive, part.twins.neurons);
    archive(part.twins.history, part.twins.pulses, part.n_predicted);
}

template <class Archive> void archive_plastic(Archive& archive, PlasticRows& rows) {
    archive.fixed(rows.trace);
    archive.fixed(rows.visited);
    archive.fixed(rows.post_trace);
    archive.fixed(rows.slow_trace);
    archive.fixed(rows.slow_post);
    rows.posts.archive(archive);
    archive(rows.now, rows.newest_post, rows.first_post_ms, rows.spilled, rows.pending);
    if (!rows.reward) return;
    archive(rows.reward->factor);
    archive.fixed(rows.reward->eligibility);
    archive.fixed(rows.reward->rest);
    archive.fixed(rows.reward->seen);
    archive.raw(rows.reward->spilled_seen);
}

template <class Archive> void archive_waiting(Archive& archive, LifBlock& block) {
    EventWheel::Waiting waiting = block.timed.waiting();
    archive(waiting.origin_ms, waiting.bucket_ms, waiting.next);
    archive.raw(waiting.events);
    archive.raw(waiting.later);
    if constexpr (Archive::k_reads) {
        require_sound_waiting(waiting);
        block.timed.put(waiting, block.longest_own_delay_ms);
    }
}

template <class Archive> void archive_block(Archive& archive, LifBlock& block) {
    for (auto* of_neurons :
         {&block.y, &block.ge, &block.gi, &block.free_at_ms, &block.live, &block.kept_mV,
          &block.walked, &block.as_of_ms, &block.quiet_until_ms, &block.residual})
        archive.fixed(*of_neurons);
    archive.fixed(block.own.current);
    for (std::vector<double>& of_neurons : block.own.noise)
        archive.fixed(of_neurons);
    archive.fixed(block.draws);
    archive.fixed(block.is_held);
    archive(block.held, block.frame_ms, block.n_events, block.n_poisson_inputs);
    if (block.longest_own_delay_ms > 0.0) archive_waiting(archive, block);
    for (BlockSynapses& synapses : block.synapses) {
        if (!synapses.plastic) continue;
        archive.fixed(synapses.weights);
        archive_plastic(archive, *synapses.plastic);
    }
}

// What each kind of population adds. A kind that is forgotten does not compile.

template <class Archive> void archive_nodes(Archive& archive, PopulationState& population) {
    archive.fixed(population.state);
    archive.fixed(population.evidence);
    archive(population.n_starts, population.present, population.inverse_temperature,
            population.twins_active, population.keep_path, population.crowd.active,
            population.crowd.weight_error, population.crowd.delayed, population.crowd.filtered);
}
template <class Archive>
void archive_kind(Archive& archive,
                  EngineState& engine,
                  PopulationState& population,
                  const DyadicPopulation&) {
    archive_nodes(archive, population);
    archive_blocks(archive, engine, population.parts.size(), population.own,
                   [&](auto& part, auto p) { archive_part(part, population.parts[p]); });
}
template <class Archive>
void archive_kind(Archive& archive,
                  EngineState& engine,
                  PopulationState& population,
                  const SpikeListSource&) {
    archive_nodes(archive, population);
    archive_blocks(archive, engine, 0, population.own, [](auto&, auto) {});
}
template <class Archive>
void archive_kind(Archive& archive,
                  EngineState& engine,
                  PopulationState& population,
                  const NeuronPopulation&) {
    LifState& lif = *population.lif;
    archive(lif.shared.frame_ms);
    for (SpikeReader& reader : lif.readers) {
        archive(reader.next);
        archive.raw(reader.resources);
        if (reader.rewards) archive(reader.rewards->next);
    }
    archive_blocks(archive, engine, lif.blocks.size(), population.own,
                   [&](auto& block, auto b) { archive_block(block, lif.blocks[b]); });
}
template <class Archive, RandomSource Source>
void archive_kind(Archive& archive,
                  EngineState& engine,
                  PopulationState& population,
                  const Source&) {
    std::vector<PoissonBlock>& blocks = population.poisson->blocks;
    archive_blocks(archive, engine, blocks.size(), population.own, [&](auto& block, auto b) {
        block.fixed(blocks[b].next_ms);
        block.raw(blocks[b].streams);
    });
}
template <class Archive>
void archive_kind(Archive& archive,
                  EngineState&,
                  PopulationState& population,
                  const SpikeListPopulation&) {
    archive.raw(population.added);
}

template <class Archive>
void archive_population(Archive& archive, EngineState& engine, PopulationState& population) {
    archive(population.next_listed, population.history);
    std::visit([&](const auto& kind) { archive_kind(archive, engine, population, kind); },
               population.model);
}

template <class Archive>
void archive_projection(Archive& archive, EngineState& engine, ProjectionState& projection) {
    archive(projection.learning, projection.delayed, projection.held_until_ms);
    archive.fixed(projection.delayed_state);
    if (projection.paired) {
        archive(projection.paired->reader, projection.paired->held_until_ms);
        archive.fixed(projection.paired->state);
    }
    if (!projection.plasticity) return;
    const PopulationState& post = engine.populations[projection.post.index];
    PartCouplings& coupling = projection.coupling;
    archive_blocks(archive, engine, coupling.n_parts(), post.own, [&](auto& block, auto b) {
        block.array(coupling.of_part(b), coupling.part_size());
    });
}

template <class Archive> void archive_engine(Archive& archive, EngineState& engine) {
    RunPlan& plan = engine.plan;
    archive(engine.time_ms, plan.start_ms, plan.duration_ms, plan.n_windows, plan.next);
    archive_counters(archive, engine.counters);
    for (PopulationState& population : engine.populations)
        archive_population(archive, engine, population);
    for (ProjectionState& projection : engine.projections)
        archive_projection(archive, engine, projection);
}

/// Of a state that was read: spikes that had been added are listed after the network's own.
void list_added(EngineState& engine) {
    for (std::size_t p = 0; p < engine.populations.size(); ++p) {
        auto* list = std::get_if<SpikeListPopulation>(&engine.populations[p].model);
        if (list == nullptr) continue;
        const std::vector<Spike>& added = engine.populations[p].added;
        list->spikes = std::get<SpikeListPopulation>(engine.description.populations[p]).spikes;
        list->spikes.insert(list->spikes.end(), added.begin(), added.end());
        std::sort(list->spikes.begin(), list->spikes.end());
    }
}

struct Header {
    std::uint64_t magic = k_magic;
    std::uint64_t network = 0;
    std::uint64_t length = 0; ///< of what follows

    template <class Archive> void archive(Archive& archive) { archive(magic, network, length); }
};

} // namespace

std::string save_state(EngineState& engine) {
    for (PopulationState& population : engine.populations)
        know_state(population);
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
    engine.sound = false;
    archive_engine(reader, engine);
    reader.require_end();
    list_added(engine);
    require_sound(engine);
    RunPlan& plan = engine.plan;
    if (plan.n_windows > 0)
        plan.stretches = plan_run(engine, plan.start_ms, plan.duration_ms).stretches;
    engine.sound = true;
    for (PopulationState& population : engine.populations) {
        population.state_known = true;
        if (population.lif) {
            for (LifBlock& block : population.lif->blocks)
                renew_own(population.lif->shared, block);
        }
        population.crowd.couplings.reset(); // they may have been plastic
    }
    for (ProjectionState& projection : engine.projections)
        projection.mean_limit.reset();
}

} // namespace spikewell::detail
