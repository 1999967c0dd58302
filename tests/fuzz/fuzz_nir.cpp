#include "fuzz/fuzz.hpp"
#include "fuzz/hdf5_edits.hpp"
#include "io/nir/nir.hpp"

using namespace spikewell;

namespace {

const std::vector<std::string> k_words{"tau",
                                       "r",
                                       "v_leak",
                                       "v_threshold",
                                       "v_reset",
                                       "weight",
                                       "delay",
                                       "shape",
                                       "bias",
                                       "type",
                                       "edges",
                                       "nodes",
                                       "node",
                                       "metadata",
                                       "w_in",
                                       "tau_syn",
                                       "tau_mem",
                                       "NIRGraph",
                                       "Input",
                                       "Output",
                                       "Linear",
                                       "Affine",
                                       "Delay",
                                       "LI",
                                       "LIF",
                                       "CubaLIF",
                                       "dirac",
                                       "dt",
                                       "spikewell_convention",
                                       "Conv2d",
                                       "stimulus",
                                       "a.lif",
                                       "sharp.lif",
                                       "noisy.lif"};

} // namespace

/// The bytes say how a good graph is edited.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    static const test::ScratchFolder folder;
    static const std::filesystem::path seed = SPIKEWELL_FUZZ_SEEDS "/nir/network.nir";
    const std::filesystem::path file = folder / "network.nir";
    std::filesystem::copy_file(seed, file, std::filesystem::copy_options::overwrite_existing);
    test::ByteSource bytes({data, size});
    test::edit_hdf5(file, bytes, k_words);
    return test::fuzz([&] { return io::import_nir(file, {}).description; });
}
