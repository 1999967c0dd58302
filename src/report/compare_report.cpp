#include "core/statistics.hpp"
#include "experiments/connectivity.hpp"
#include "report/experiment_reports.hpp"
#include "report/format.hpp"
#include "report/plots.hpp"

#include <algorithm>

namespace spikewell::report {

namespace {

using namespace experiments;

std::vector<std::string> label_names(const std::vector<int>& labels) {
    std::vector<std::string> names;
    names.reserve(labels.size());
    for (const int label : labels)
        names.push_back(std::to_string(label));
    return names;
}

/// The published point that this run repeats; null where data or protocol are others, even at the same evidence.
const Published::Point* published_point(const Published& published, const Comparison& c) {
    Config paper;
    paper.seed = c.config.seed;
    paper.data.csv = c.config.data.csv;
    paper.spiking = c.config.spiking;
    paper.training.evidence = c.config.training.evidence;
    paper.training.inverse_temperature = c.config.training.inverse_temperature;
    const std::size_t n = c.data.train.rows;
    if (learning_rate_of(c.config.training, n) == learning_rate_of(paper.training, n))
        paper.training.learning_rate = c.config.training.learning_rate;
    paper.data.label_column = c.config.data.label_column;
    const bool digits = c.data.train.rows == 64 && c.data.test.cols == 1787;
    if (!digits || !(paper == c.config)) return nullptr;
    for (const Published::Point& point : published.points) {
        if (point.evidence == c.config.training.evidence &&
            std::abs(point.inverse_temperature - c.config.training.inverse_temperature) < 1e-4) {
            return &point;
        }
    }
    return nullptr;
}

Section result_section(const Comparison& c) {
    const double ratio = c.spiking.train_wall_s / std::max(c.rate.train_wall_s, 1e-9);
    Section section{
        "Result",
        {Paragraph{fmt::format(
             "The same {} images, the same seed ({}), the same {} evaluation trials for every "
             "form. One rate step lasts tau_ref = {} ms in spikes. The {} spiking neurons were "
             "simulated for {:.0f} s of model time in {:.2f} s (q = {:.3g}, wall over model time), "
             "{:.3g} times as long as the rate form took.",
             c.data.train.cols, c.config.seed, c.config.evaluation.trials,
             c.config.spiking.tau_ref_ms, c.spiking.neurons, c.spiking.simulated_ms / 1000.0,
             c.spiking.train_wall_s,
             c.spiking.train_wall_s / std::max(c.spiking.simulated_ms / 1000.0, 1e-9), ratio)},
         compare_table(c),
         Paragraph{"ΔR² = squared correlation of the mean response with the clean target, "
                   "minus that of the noisy input: what the network adds to what it was given. "
                   "Transfer: the couplings that the rate form learned, run in spikes."}}};
    for (const std::string& warning : warnings_of(c.data, c.config))
        section.blocks.emplace_back(Paragraph{"Warning: " + warning + "."});
    return section;
}

Section image_section(const Comparison& c) {
    const auto names = label_names(c.data.train_labels);
    const std::size_t width = c.data.image_width;
    return {"Images and attractors",
            {image_row("Training images, preprocessed", c.data.train, width, largest(c.data.train),
                       names),
             image_row("Attractor each image leads to, rate form", c.rate.figures.attractors, width,
                       1.0, names),
             image_row("Attractor each image leads to, spiking form", c.spiking.figures.attractors,
                       width, 1.0, names)}};
}

Plot coupling_plot(const char* form, const Matrix& coupling, double limit) {
    return {fmt::format("Couplings of the {} form. Its symmetric part is the landscape, the "
                        "antisymmetric one the flow.",
                        form),
            linked(matrix_plot(coupling, {"from node j", "to node i", "J(i, j)"}, limit, true),
                   "couplings")};
}

Series spectrum_of_form(const char* form, const Matrix& coupling) {
    Series series{form, {}, spectrum_of(coupling).values};
    for (std::size_t k = 0; k < series.y.size(); ++k)
        series.x.push_back(static_cast<double>(k + 1));
    return series;
}

Section coupling_section(const Comparison& c) {
    const double limit = 0.5 * std::max(largest(c.rate.coupling), largest(c.spiking.coupling));
    const std::vector<Series> spectra = {spectrum_of_form("rate", c.rate.coupling),
                                         spectrum_of_form("spiking", c.spiking.coupling)};
    const Matrix projector = projector_couplings(c.data.train);
    nlohmann::json spectrum = line_plot(spectra, {"rank", "eigenvalue"});
    spectrum["panels"][0]["height"] = 480; // beside a square
    return {"Couplings",
            {PlotGrid{{coupling_plot("rate", c.rate.coupling, limit),
                       coupling_plot("spiking", c.spiking.coupling, limit)}},
             PlotGrid{
                 {{fmt::format("What spikes learned against what rates learned, a point for each "
                               "pair of nodes: correlation {:.3f}.",
                               c.coupling_correlation),
                   scatter(c.rate.coupling.values, c.spiking.coupling.values,
                           {"J, rate form", "J, spiking form"}, true)},
                  {"Eigenvalues of the symmetric parts, the largest first.", std::move(spectrum)}}},
             Paragraph{fmt::format(
                 "Correlation of the two matrices: {:.3f}. Each against the projector "
                 "couplings X⁺X of the images: rate {:.3f}, spiking {:.3f}.",
                 c.coupling_correlation, correlation(c.rate.coupling.values, projector.values),
                 correlation(c.spiking.coupling.values, projector.values))}}};
}

/// "20.6 (9 distinct)", or that there is but one.
std::string attractors_text(const CouplingFigures& figures) {
    if (!std::isfinite(figures.orthogonality_deviation_deg))
        return figures.n_attractors == 1 ? "no pair, a single one" : "no pair with an angle";
    return fmt::format("{:.1f} degrees, {} distinct", figures.orthogonality_deviation_deg,
                       figures.n_attractors);
}

Section angle_section(const Comparison& c) {
    const std::vector<Sample> samples = {
        {"images", angles_between_images(c.data.train)},
        {"rate attractors", angles_between_states(c.rate.figures.attractors)},
        {"spiking attractors", angles_between_states(c.spiking.figures.attractors)}};
    return {
        "Orthogonality",
        {Plot{fmt::format(
                  "Share of pairs with an angle up to x: of images, and of the attractors they "
                  "became, each pair once. From 90 degrees they lie on average: images {} "
                  "degrees; attractors of rates: {}; of spikes: {}.",
                  shown(c.rate.data_orthogonality_deviation_deg, 1),
                  attractors_text(c.rate.figures), attractors_text(c.spiking.figures)),
              cumulative(samples, "angle between pairs / degrees", {0.0, 180.0}, {90.0, "90°"})}}};
}

/// One field of each kept trial; below it what `dr2` says.
ImageGrid::Row example_row(const std::string& name,
                           const Scores& scores,
                           std::vector<double> Example::*field,
                           std::size_t width,
                           bool with_dr2) {
    ImageGrid::Row row{name, {}, 1e-9};
    for (std::size_t k = 0; k < scores.examples.size(); ++k) {
        row.images.push_back({image_of(scores.examples[k].*field, width),
                              with_dr2 ? "ΔR² " + shown(scores.dr2[k], 2) : ""});
        row.limit = std::max(row.limit, largest(row.images.back().values));
    }
    return row;
}

ImageGrid example_grid(const Comparison& c, const std::string& caption, Scores Evaluation::*task) {
    const std::size_t width = c.data.image_width;
    const Scores& rates = c.rate.evaluation.*task;
    return {caption,
            {example_row("target", rates, &Example::target, width, false),
             example_row("input", rates, &Example::input, width, false),
             example_row("rate", rates, &Example::response, width, true),
             example_row("spiking", c.spiking.evaluation.*task, &Example::response, width, true),
             example_row("transfer", c.transfer.*task, &Example::response, width, true)}};
}

Plot dr2_plot(const Comparison& c, const std::string& caption, Scores Evaluation::*task) {
    const std::vector<Sample> samples = {{"rate", (c.rate.evaluation.*task).dr2},
                                         {"spiking", (c.spiking.evaluation.*task).dr2},
                                         {"transfer", (c.transfer.*task).dr2}};
    return {caption, histogram(samples, "ΔR²", 0.1)};
}

Section retrieval_section(const Comparison& c) {
    Section section{
        "Retrieval and generalization",
        {example_grid(c,
                      "Retrieval, the first trials: a training image, with noise, and the mean "
                      "responses to that.",
                      &Evaluation::retrieval)}};
    PlotGrid distributions{
        {dr2_plot(c, "Retrieval of noisy training images, all trials.", &Evaluation::retrieval)}};
    if (!c.rate.evaluation.generalization.dr2.empty()) {
        section.blocks.emplace_back(
            example_grid(c, "One-shot generalization, the first trials: test images never seen.",
                         &Evaluation::generalization));
        distributions.plots.push_back(dr2_plot(
            c, "One-shot generalization to test images, all trials.", &Evaluation::generalization));
    }
    section.blocks.emplace_back(std::move(distributions));
    return section;
}

Series training_curve(const std::string& name,
                      const std::vector<FreeEnergyPoint>& points,
                      double FreeEnergyPoint::*term) {
    Series series{name, {}, {}};
    for (const FreeEnergyPoint& point : points) {
        series.x.push_back(static_cast<double>(point.step));
        series.y.push_back(point.*term);
    }
    return series;
}

Series inference_curve(const std::string& name,
                       const std::vector<InferencePoint>& points,
                       double FreeEnergyPoint::*term) {
    Series series{name, {}, {}};
    for (const InferencePoint& point : points) {
        series.x.push_back(static_cast<double>(point.mean.step));
        series.y.push_back(point.mean.*term);
        if (term != &FreeEnergyPoint::free_energy) continue;
        series.low.push_back(point.lower_quartile);
        series.high.push_back(point.upper_quartile);
    }
    return series;
}

Section free_energy_section(const Comparison& c) {
    const auto learning = [&](const char* caption, const char* y, double FreeEnergyPoint::*term) {
        const std::vector<Series> series = {training_curve("rate", c.rate.free_energy, term),
                                            training_curve("spiking", c.spiking.free_energy, term)};
        return Plot{caption, linked(line_plot(series, {"training step (one tau_ref in spikes)", y}),
                                    "training")};
    };
    const auto inferring = [&](const char* caption, const char* y, double FreeEnergyPoint::*term) {
        const std::vector<Series> series = {inference_curve("rate", c.rate_inference, term),
                                            inference_curve("spiking", c.spiking_inference, term)};
        return Plot{caption, linked(line_plot(series, {"step of inference", y}), "inference")};
    };
    constexpr int k_narrow = 330;
    return {
        "Free energy",
        {Paragraph{"Variational free energy is complexity less accuracy, in nats; means over the "
                   "training images as evidence."},
         PlotGrid{{learning("Free energy after inference, as the couplings learn.",
                            "free energy / nats", &FreeEnergyPoint::free_energy),
                   learning("Complexity.", "complexity / nats", &FreeEnergyPoint::complexity),
                   learning("Accuracy.", "accuracy / nats", &FreeEnergyPoint::accuracy)},
                  k_narrow},
         PlotGrid{{inferring("Free energy along deterministic inference with the learned "
                             "couplings, from what the evidence alone gives; the band holds the "
                             "middle half of the images.",
                             "free energy / nats", &FreeEnergyPoint::free_energy),
                   inferring("Complexity.", "complexity / nats", &FreeEnergyPoint::complexity),
                   inferring("Accuracy.", "accuracy / nats", &FreeEnergyPoint::accuracy)},
                  k_narrow}}};
}

Section spike_section(const Comparison& c) {
    const SpikeTrace& trace = c.trace;
    const std::vector<std::string> names = label_names(c.data.train_labels);
    std::vector<Picture> pictures;
    for (std::size_t image = 0; image < trace.n_images; ++image) {
        const double from_ms = trace.image_ms * static_cast<double>(image);
        pictures.push_back({from_ms, from_ms + trace.image_ms,
                            image_of(c.data.train.column(image), c.data.image_width),
                            image < names.size() ? names[image] : ""});
    }
    const double limit = largest(c.data.train);
    const auto strip = [&](const Matrix& states, const char* what) {
        const StripTitles titles{"time / ms", "node", what};
        return with_pictures(linked(heat_strip(states, {0.0, trace.bin_ms}, titles, 1.0), "time"),
                             pictures, limit);
    };
    const std::size_t neurons =
        c.data.train.rows * static_cast<std::size_t>(c.config.spiking.neurons_per_node);
    const double duration_ms = trace.image_ms * static_cast<double>(trace.n_images);
    const char* below = is_density(trace.spikes.size(), neurons)
                            ? "the rates of neighbouring neurons"
                            : "every spike";
    return {
        "Spikes",
        {PlotGrid{
            {{fmt::format("The trained spiking network at work: the first {} training images as "
                          "evidence, {:.0f} ms each. Above: the state of each node, decoded from "
                          "its {} neurons. Below: {}.",
                          trace.n_images, trace.image_ms, c.config.spiking.neurons_per_node, below),
              stacked(strip(trace.states, "decoded state"),
                      spike_plot(trace.spikes, neurons, duration_ms, {"time / ms", "neuron"}))},
             {fmt::format("The trained rate network under the same evidence, a step for each "
                          "tau_ref = {:g} ms.",
                          c.config.spiking.tau_ref_ms),
              strip(trace.rate_states, "sampled state")}},
            520}}};
}

Section cost_section(const Comparison& c, const CorePower& core) {
    return {
        "What it takes",
        {complexity_table({{"rate", c.rate.evaluation},
                           {"spiking", c.spiking.evaluation},
                           {"transfer", c.transfer}},
                          core),
         Paragraph{fmt::format(
             "Dense operations are those of every activation over every coupling; effective ones "
             "leave out zeros: multiply-accumulates (MACs) of states that are real numbers, "
             "accumulates (ACs) of spikes. Definitions: Yik et al. 2025, "
             "doi:10.1038/s41467-025-56739-4. Energy: {}.",
             energy_of(c.spiking.evaluation.energy, core).measured
                 ? c.spiking.evaluation.energy.meter
                 : fmt::format("processor time at {:.6g} W a core ({}); not measured: {}", core.W,
                               core.source, c.spiking.evaluation.energy.meter))}}};
}

Section method_section(const Comparison& c) {
    const SpikingConfig& s = c.config.spiking;
    const double delay_ms =
        s.delay_ms ? *s.delay_ms : memoryless_delay_ms(EscapeNoiseLif{s.tau_ref_ms, s.tau_m_ms});
    return {
        "How the two forms differ",
        {Paragraph{fmt::format(
             "A rate node is one continuous-Bernoulli number, updated in synchronous steps. A "
             "spiking "
             "node is {} leaky integrate-and-fire neurons with escape noise and gains 1/2, 1/4, "
             "...: its "
             "refractory neurons are the binary digits of the same number, up to a tail of "
             "variance {:.2g}. Time is continuous; tau_m = {} ms and the dendritic delay {:.3g} ms "
             "add "
             "up to {:.3g} ms (tau_ref ln 2 = {:.3g} ms, the lag at which a neuron's "
             "refractoriness has been "
             "forgotten).",
             s.neurons_per_node, std::ldexp(1.0, -2 * s.neurons_per_node) / 3.0, s.tau_m_ms,
             delay_ms, delay_ms + s.tau_m_ms, s.tau_ref_ms * std::log(2.0))},
         Paragraph{s.tau_m_ms > 0.0
                       ? "The leak filters the recurrent input only; the evidence acts at the "
                         "soma, at once."
                       : "There is no leak: input acts at once."}}};
}

} // namespace

Table compare_table(const Comparison& c) {
    const Published published = published_figures();
    const Published::Point* point = published_point(published, c);
    const auto said = [&](double Published::Point::*figure, int decimals) {
        return point != nullptr ? shown(point->*figure, decimals) : std::string("–");
    };
    const auto count = [](const CouplingFigures& figures) {
        return figures.n_unsettled == 0
                   ? std::to_string(figures.n_attractors)
                   : fmt::format("{} ({} unsettled)", figures.n_attractors, figures.n_unsettled);
    };
    return {
        fmt::format("Evidence {}, inverse temperature {}, seed {}", c.config.training.evidence,
                    c.config.training.inverse_temperature, c.config.seed),
        {"", "published", "rate", "spiking", "transfer"},
        {{"retrieval, median ΔR²", said(&Published::Point::retrieval_dr2_median, 3),
          shown(c.rate.evaluation.retrieval), shown(c.spiking.evaluation.retrieval),
          shown(c.transfer.retrieval)},
         {"generalization, median ΔR²", said(&Published::Point::generalization_dr2_median, 3),
          shown(c.rate.evaluation.generalization), shown(c.spiking.evaluation.generalization),
          shown(c.transfer.generalization)},
         {"attractors", said(&Published::Point::attractors, 0), count(c.rate.figures),
          count(c.spiking.figures), ""},
         {fmt::format("deviation from orthogonality, deg (images {})",
                      shown(c.rate.data_orthogonality_deviation_deg, 1)),
          said(&Published::Point::orthogonality_deviation_deg, 1),
          shown(c.rate.figures.orthogonality_deviation_deg, 1),
          shown(c.spiking.figures.orthogonality_deviation_deg, 1), ""},
         {fmt::format("– each beside itself too, as the paper has images ({})",
                      shown(c.rate.data_orthogonality_deviation_paper_deg, 1)),
          "–", shown(c.rate.figures.orthogonality_deviation_paper_deg, 1),
          shown(c.spiking.figures.orthogonality_deviation_paper_deg, 1), ""},
         {"asymmetry |J - Jᵀ| / |J|", "–", shown(c.rate.figures.asymmetry),
          shown(c.spiking.figures.asymmetry), ""},
         {"coupling norm |J|", "–", shown(c.rate.figures.norm, 2), shown(c.spiking.figures.norm, 2),
          ""},
         {"correlation of J, spikes with rates", "–", "–", shown(c.coupling_correlation), ""},
         {"training, s", "–", shown(c.rate.train_wall_s, 2), shown(c.spiking.train_wall_s, 2), ""},
         {"evaluation, s", "–", shown(c.rate.evaluation.wall_s, 2),
          shown(c.spiking.evaluation.wall_s, 2), shown(c.transfer.wall_s, 2)}}};
}

Document compare_document(const Comparison& c, const CorePower& core) {
    return {"Free-energy attractor network: rates and spikes",
            "Spikewell compare – one network (Spisak & Friston 2026, arXiv:2505.22749), two forms, "
            "side by side",
            {result_section(c), image_section(c), coupling_section(c), angle_section(c),
             retrieval_section(c), free_energy_section(c), spike_section(c), cost_section(c, core),
             method_section(c)}};
}

} // namespace spikewell::report
