#include "experiments/image_memory.hpp"

#include "experiments/training.hpp"

namespace spikewell::experiments {

Config image_memory_config(const ImageMemoryPlan& plan, std::size_t n_images) {
    Config config;
    config.spiking = plan.spiking;
    config.training = {plan.evidence,
                       plan.inverse_temperature,
                       std::nullopt,
                       plan.presentations_per_image * n_images,
                       10,
                       Order::random,
                       /*reset_state*/ true};
    return config;
}

ImageMemory run_image_memory(Backend backend,
                             const ImageMemoryPlan& plan,
                             const Matrix& images,
                             std::uint64_t seed) {
    Training training = train(backend, images, image_memory_config(plan, images.cols), seed);
    ImageMemory memory;
    memory.retention = retention_of(coupling_of(training.form), images);
    for (const double signal_strength : k_signal_strengths) {
        for (const double inverse_temperature : k_image_temperatures) {
            const Reconstruction found =
                reconstruct(training.form, images, seed,
                            {2.0, signal_strength, inverse_temperature, plan.steps, plan.left_out});
            memory.points.push_back({signal_strength, inverse_temperature, found.correlation,
                                     found.cue_correlation});
        }
    }
    return memory;
}

} // namespace spikewell::experiments
