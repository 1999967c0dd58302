#include "core/statistics.hpp"
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

ImageRow coupling_row(const std::string& form, const Matrix& coupling, double limit) {
    // Not larger than about 200 screen pixels each.
    const int pixel = std::max(1, static_cast<int>(200 / std::max<std::size_t>(1, coupling.rows)));
    return {"Couplings, " + form + " form: J(i, j) from node j (across) to node i (down)",
            {{rate::symmetric_part(coupling), "symmetric part: the landscape"},
             {rate::antisymmetric_part(coupling), "antisymmetric part: the flow"}},
            limit,
            pixel};
}

Section coupling_section(const Comparison& c) {
    const double limit = 0.5 * std::max(largest(c.rate.coupling), largest(c.spiking.coupling));
    return {
        "Couplings",
        {coupling_row("rate", c.rate.coupling, limit),
         coupling_row("spiking", c.spiking.coupling, limit),
         Paragraph{fmt::format(
             "Correlation of the two matrices: {:.3f}. Each against the projector "
             "couplings X⁺X of the images: rate {:.3f}, spiking {:.3f}.",
             c.coupling_correlation,
             correlation(c.rate.coupling.values, projector_couplings(c.data.train).values),
             correlation(c.spiking.coupling.values, projector_couplings(c.data.train).values))}}};
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
    return {"Orthogonality",
            {Plot{fmt::format(
                      "Angles between pairs of images, and between pairs of the attractors they "
                      "became. From 90 degrees they lie on average: images {} degrees; attractors "
                      "of rates: {}; of spikes: {}.",
                      shown(c.rate.data_orthogonality_deviation_deg, 1),
                      attractors_text(c.rate.figures), attractors_text(c.spiking.figures)),
                  histogram(samples, "angle between pairs / degrees", 10.0)}}};
}

/// One field of each kept trial.
ImageRow example_row(const std::string& caption,
                     const Scores& scores,
                     std::vector<double> Example::*field,
                     std::size_t width) {
    ImageRow row{caption, {}, 1e-9, 7};
    for (const Example& example : scores.examples) {
        row.images.push_back({image_of(example.*field, width), ""});
        row.limit = std::max(row.limit, largest(row.images.back().values));
    }
    return row;
}

Section retrieval_section(const Comparison& c) {
    const std::size_t width = c.data.image_width;
    const Scores& rates = c.rate.evaluation.retrieval;
    const auto distribution = [](const Comparison& from, auto member, const std::string& title) {
        const std::vector<Sample> samples = {{"rate", (from.rate.evaluation.*member).dr2},
                                             {"spiking", (from.spiking.evaluation.*member).dr2},
                                             {"transfer", (from.transfer.*member).dr2}};
        return Plot{title, histogram(samples, "ΔR²", 0.1)};
    };
    Section section{
        "Retrieval and generalization",
        {example_row("Retrieval, first trials: the noisy input", rates, &Example::input, width),
         example_row("Mean response, rate form", rates, &Example::response, width),
         example_row("Mean response, spiking form", c.spiking.evaluation.retrieval,
                     &Example::response, width),
         example_row("The clean target", rates, &Example::target, width),
         distribution(c, &Evaluation::retrieval,
                      "Retrieval of noisy training images, all trials.")}};
    if (!c.rate.evaluation.generalization.dr2.empty()) {
        section.blocks.emplace_back(distribution(
            c, &Evaluation::generalization, "One-shot generalization to test images, all trials."));
    }
    return section;
}

Series curve(const std::string& name, const std::vector<FreeEnergyPoint>& points) {
    Series series{name, {}, {}};
    for (const FreeEnergyPoint& point : points) {
        series.x.push_back(static_cast<double>(point.step));
        series.y.push_back(point.free_energy);
    }
    return series;
}

Section free_energy_section(const Comparison& c) {
    const std::vector<Series> series = {curve("rate", c.rate.free_energy),
                                        curve("spiking", c.spiking.free_energy)};
    return {
        "Free energy",
        {Plot{
            "Variational free energy (complexity - accuracy, nats), mean over the training images "
            "after inference, as the couplings learn.",
            line_plot(series, {"training step (one tau_ref in spikes)", "free energy / nats"})}}};
}

Section spike_section(const Comparison& c) {
    const SpikeTrace& trace = c.trace;
    const StripTitles titles{"time / ms", "node", "decoded state"};
    return {
        "Spikes",
        {Plot{fmt::format(
                  "The trained network at work: the first {} training images as evidence, {:.0f} "
                  "ms each. Above: the state of each node, decoded from its {} neurons. "
                  "Below: every spike.",
                  trace.n_images, trace.image_ms, c.config.spiking.neurons_per_node),
              stacked(heat_strip(trace.states, {0.0, trace.bin_ms}, titles, 1.0),
                      raster(trace.spikes, {"time / ms", "neuron"}))}}};
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

Document compare_document(const Comparison& c) {
    return {"Free-energy attractor network: rates and spikes",
            "Spikewell compare – one network (Spisak & Friston 2026, arXiv:2505.22749), two forms, "
            "side by side",
            {result_section(c), image_section(c), coupling_section(c), angle_section(c),
             retrieval_section(c), free_energy_section(c), spike_section(c), method_section(c)}};
}

} // namespace spikewell::report
