#include "experiments/image_memory.hpp"

#include "experiments/training.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace spikewell::experiments {

std::size_t presentations_per_image(const ImageMemoryPlan& plan, std::size_t n_images) {
    constexpr std::size_t k_in_all = 1500;
    if (plan.presentations_per_image > 0) return plan.presentations_per_image;
    return std::clamp<std::size_t>(k_in_all / std::max<std::size_t>(n_images, 1), 10, 30);
}

Config image_memory_config(const ImageMemoryPlan& plan, std::size_t n_images) {
    Config config;
    config.spiking = plan.spiking;
    config.training = {plan.evidence,
                       plan.inverse_temperature,
                       std::nullopt,
                       presentations_per_image(plan, n_images) * n_images,
                       10,
                       Order::random,
                       /*reset_state*/ true};
    return config;
}

std::size_t reconstruction_steps(Backend backend, const ImageMemoryPlan& plan) {
    const std::size_t averaged = plan.steps - plan.left_out;
    return plan.left_out +
           (backend == Backend::rate ? averaged : std::max<std::size_t>(averaged / 2, 1));
}

ImageMemory run_image_memory(Backend backend,
                             const ImageMemoryPlan& plan,
                             const Matrix& images,
                             std::uint64_t seed) {
    Training training = train(backend, images, image_memory_config(plan, images.cols), seed);
    ImageMemory memory;
    memory.train_wall_s = training.wall_s;
    memory.retention = retention_of(coupling_of(training.form), images);
    const auto start = std::chrono::steady_clock::now();
    for (const double signal_strength : k_signal_strengths) {
        for (const double inverse_temperature : k_image_temperatures) {
            const bool shown = signal_strength == k_signal_strengths.back() &&
                               inverse_temperature == k_shown_temperature;
            Reconstruction found = reconstruct(training.form, images, seed,
                                               {2.0, signal_strength, inverse_temperature,
                                                reconstruction_steps(backend, plan), plan.left_out,
                                                plan.n_cues, shown ? k_shown_images : 0});
            memory.points.push_back(
                {signal_strength, inverse_temperature, found.correlation, found.cue_correlation});
            if (!shown) continue;
            memory.cues = std::move(found.cues);
            memory.responses = std::move(found.responses);
        }
    }
    memory.reconstruct_wall_s =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return memory;
}

} // namespace spikewell::experiments
