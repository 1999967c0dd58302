#include "microcircuit.hpp"

#include "core/error.hpp"
#include "embedded/microcircuit_model.hpp"

#include <nlohmann/json.hpp>

#include <cmath>

namespace spikewell::examples {

namespace {

using Json = nlohmann::json;

constexpr double k_no_limit = 1e6; // where network files end distributions that have none

Json model() {
    return Json::parse(embedded::microcircuit_model());
}

/// What the numbers of model.json come to at the plan's scales.
class Microcircuit {
  public:
    explicit Microcircuit(const MicrocircuitPlan& plan)
        : model_(model()), populations_(model_.at("populations")), plan_(plan) {
        const Json& neuron = model_.at("neuron");
        // 1 pA through the membrane's resistance, tau_m / C, is as many mV.
        const double mV_per_pA =
            neuron.at("tau_m_ms").get<double>() / neuron.at("C_pF").get<double>();
        weight_mV_ = model_.at("synapse").at("weight_pA").get<double>() * mV_per_pA;
        tau_syn_s_ = 1e-3 * neuron.at("tau_syn_ms").get<double>();
    }

    [[nodiscard]] Network network() const {
        Network network;
        network.seed = plan_.seed;
        for (std::size_t p = 0; p < populations_.size(); ++p)
            network.populations.emplace_back(population(p));
        for (std::size_t post = 0; post < populations_.size(); ++post) {
            for (std::size_t pre = 0; pre < populations_.size(); ++pre) {
                if (n_synapses(post, pre) > 0)
                    network.projections.emplace_back(projection(post, pre));
            }
        }
        return network;
    }

  private:
    [[nodiscard]] double number_of(std::size_t p, const char* what) const {
        return populations_[p].at(what).get<double>();
    }
    [[nodiscard]] std::size_t size(std::size_t p) const {
        return static_cast<std::size_t>(std::llround(plan_.scale * number_of(p, "size")));
    }
    [[nodiscard]] static bool excites(std::size_t pre) { return pre % 2 == 0; }

    /// Of the full model: as many draws with replacement as leave a pair unconnected with probability 1 - p.
    [[nodiscard]] double n_synapses_full(std::size_t post, std::size_t pre) const {
        const double p = model_.at("connection_probability")[post][pre].get<double>();
        const double n_pairs = number_of(post, "size") * number_of(pre, "size");
        return std::round(std::log1p(-p) / std::log1p(-1.0 / n_pairs));
    }
    [[nodiscard]] std::size_t n_synapses(std::size_t post, std::size_t pre) const {
        return static_cast<std::size_t>(
            std::llround(n_synapses_full(post, pre) * plan_.scale * plan_.k_scale));
    }
    /// Of the full model.
    [[nodiscard]] double weight_mV(std::size_t post, std::size_t pre) const {
        const Json& synapse = model_.at("synapse");
        if (!excites(pre)) return weight_mV_ * synapse.at("relative_inhibition").get<double>();
        const bool is_L4E_to_L23E = post == 0 && pre == 2;
        return is_L4E_to_L23E ? weight_mV_ * synapse.at("relative_L4E_to_L23E").get<double>()
                              : weight_mV_;
    }
    [[nodiscard]] double background_Hz(std::size_t p) const {
        return number_of(p, "background_synapses") * model_.at("background_Hz").get<double>();
    }
    /// The mean input that is lacking at the plan's scale.
    [[nodiscard]] double drive_mV(std::size_t p) const {
        double recurrent_mV = 0.0;
        for (std::size_t pre = 0; pre < populations_.size(); ++pre)
            recurrent_mV += n_synapses_full(p, pre) / number_of(p, "size") * weight_mV(p, pre) *
                            tau_syn_s_ * number_of(pre, "rate_Hz");
        const double background_mV = background_Hz(p) * weight_mV_ * tau_syn_s_;
        const double lacking = 1.0 - std::sqrt(plan_.k_scale);
        return lacking * recurrent_mV +
               (plan_.background == Background::dc ? 1.0 : lacking) * background_mV;
    }

    [[nodiscard]] NeuronPopulation population(std::size_t p) const {
        const Json& of = model_.at("neuron");
        LifExp neuron;
        neuron.tau_m_ms = of.at("tau_m_ms");
        neuron.tau_syn_exc_ms = neuron.tau_syn_inh_ms = of.at("tau_syn_ms");
        neuron.E_L_mV = of.at("E_L_mV");
        neuron.drive_mV = drive_mV(p);
        neuron.V_th_mV = of.at("V_th_mV");
        neuron.V_reset_mV = of.at("V_reset_mV");
        neuron.t_ref_ms = of.at("t_ref_ms");
        const Json& start = populations_[p].at("V_init_mV");
        NeuronPopulation made;
        made.name = populations_[p].at("name");
        made.size = size(p);
        made.neuron = neuron;
        made.V_init_mV = Normal{start.at("mean"), start.at("sd"), -k_no_limit,
                                std::nextafter(neuron.V_th_mV, -k_no_limit)};
        if (plan_.background == Background::poisson)
            made.inputs = {{PoissonRate::constant(background_Hz(p) * plan_.k_scale),
                            weight_mV_ / std::sqrt(plan_.k_scale),
                            0,
                            {}}};
        return made;
    }

    [[nodiscard]] SynapticProjection projection(std::size_t post, std::size_t pre) const {
        const Json& synapse = model_.at("synapse");
        const double weight = weight_mV(post, pre) / std::sqrt(plan_.k_scale);
        const double sd = std::abs(weight) * synapse.at("weight_relative_sd").get<double>();
        const Json& delay = synapse.at(excites(pre) ? "delay_exc_ms" : "delay_inh_ms");
        SynapticProjection made;
        made.name = populations_[pre].at("name").get<std::string>() + " to " +
                    populations_[post].at("name").get<std::string>();
        made.pre = {{static_cast<std::uint32_t>(pre)}, 0, {}};
        made.post = {{static_cast<std::uint32_t>(post)}, 0, {}};
        made.connector = FixedTotalNumber{n_synapses(post, pre)};
        made.weight = excites(pre) ? Normal{weight, sd, 0.0, k_no_limit}
                                   : Normal{weight, sd, -k_no_limit, 0.0};
        made.delay_ms =
            Normal{delay.at("mean"), delay.at("sd"), synapse.at("least_delay_ms"), k_no_limit};
        return made;
    }

    Json model_;
    const Json& populations_;
    MicrocircuitPlan plan_;
    double weight_mV_ = 0.0;
    double tau_syn_s_ = 0.0;
};

void require_scale(std::string_view name, double value) {
    if (!(value > 0.0 && value <= 1.0))
        throw ParameterError("microcircuit", name, value, "> 0 and <= 1");
}

} // namespace

Network microcircuit(const MicrocircuitPlan& plan) {
    require_scale("scale", plan.scale);
    require_scale("k_scale", plan.k_scale);
    return Microcircuit(plan).network();
}

std::vector<MicrocircuitReference> microcircuit_reference() {
    std::vector<MicrocircuitReference> reference;
    const Json numbers = model();
    for (const Json& population : numbers.at("populations")) {
        const Json& tenth = population.at("tenth");
        reference.push_back({population.at("name"),
                             population.at("size"),
                             population.at("rate_Hz"),
                             {tenth.at("rate_Hz"), tenth.at("rate_sd_Hz")},
                             {tenth.at("cv_isi"), tenth.at("cv_isi_sd")}});
    }
    return reference;
}

std::size_t known_tenth_seeds() {
    return model().at("known").at("tenth_seeds");
}

} // namespace spikewell::examples
