#include "network/engine/loop/network_digest.hpp"

#include "core/archive.hpp"
#include "core/checkpoint.hpp"

#include <bit>

namespace spikewell::detail {

namespace {

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
    void add(const Synapse& s) { add(s.pre, s.post, s.weight, s.delay_ms); }
    void add(const Constant& d) { add(d.value); }
    void add(const Uniform& d) { add(d.low, d.high); }
    void add(const Normal& d) { add(d.mean, d.sd, d.low, d.high); }
    void add(const Lognormal& d) { add(d.mu, d.sigma, d.low, d.high); }
    void add(const SynapseList& c) { add(c.synapses); }
    /// Models, in the order of their cards.
    template <HasCard M>
    requires(!std::is_same_v<M, SynapseList> && !std::is_same_v<M, InjectedCurrent> &&
             !std::is_same_v<M, CustomNeuron>) void add(const M& model) {
        for_each_field<M>([&](const auto& field) { add(model.*field.member); });
    }
    void add(const CustomNeuron& n) { add(n.model->key(), n.model->numbers()); }
    void add(const PoissonRate& r) { add(r.times_ms, r.rates_Hz); }
    void add(const Matrix& m) { add(m.rows, m.values); }
    /// Where nothing is said, as before there were any.
    void add(const std::optional<Positions>& p) {
        if (p) add(*p);
    }
    /// Without the inverse temperature, which may be set while running.
    void add(const DyadicPopulation& p) {
        add(p.code(), p.neuron.tau_m_ms);
        const Evidence& evidence = p.evidence;
        if (!evidence.times_ms.empty())
            add(evidence.times_ms, evidence.values.rows, evidence.values.values);
    }
    void add(const NeuronPopulation& p) {
        add(p.size, p.neuron, p.V_init_mV, p.inputs, p.positions);
        if (!p.currents.empty()) add(p.currents);
        if (!p.varied.empty()) add(p.varied);
    }
    void add(const InjectedCurrent& c) { add(c.waveform, c.first, c.count); }
    void add(const VariedNumber& v) { add(std::string_view(v.key), v.law, v.values); }
    void add(const FactorisedProjection& p) {
        add(p.pre, p.post, p.delay_ms, p.plasticity, p.mask);
    }
    void add(const SynapticProjection& p) {
        add(p.pre, p.post, p.connector, p.weight, p.delay_ms, p.self_connections, p.plasticity,
            p.dendritic_delay_fraction);
        if (p.delay_step_ms > 0.0) add(p.delay_step_ms);
        if (p.weight_grid) add(p.weight_grid->step, p.weight_grid->greatest);
        if (p.short_term) add(*p.short_term);
        if (p.third_factor) add(p.third_factor->neurons, p.third_factor->delay_ms);
    }

  private:
    void mix(std::uint64_t word) {
        constexpr std::uint64_t k_prime = 0x00000100000001B3U;
        value_ = (value_ ^ word) * k_prime;
        value_ ^= value_ >> 32U;
    }
    std::uint64_t value_ = 0xCBF29CE484222325U;
};

} // namespace

std::uint64_t digest_of(const Network& network) {
    NetworkDigest sum;
    sum.add(network);
    return sum.value();
}

} // namespace spikewell::detail
