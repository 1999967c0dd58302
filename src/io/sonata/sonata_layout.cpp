#include "io/sonata/sonata_layout.hpp"

#include <array>

namespace spikewell::io::sonata {

void mark(const hdf5::Group& root) {
    constexpr std::uint32_t k_magic = 0x0A7A;
    constexpr std::array<std::uint32_t, 2> k_version{0, 1};
    root.set_attribute("magic", k_magic);
    root.set_attribute("version", k_version);
}

hdf5::Group begin_spikes(const hdf5::Group& all, const std::string& population) {
    const hdf5::Chunking chunking{k_spikes_a_chunk, 1};
    hdf5::Group group = all.create_group(population);
    group.set_attribute("sorting", {{"none", 0}, {"by_id", 1}, {"by_time", 2}}, "by_time");
    group.create_dataset<double>("timestamps", chunking).set_attribute("units", "ms");
    (void)group.create_dataset<std::uint64_t>("node_ids", chunking);
    return group;
}

} // namespace spikewell::io::sonata
