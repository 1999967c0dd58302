#include "io/sonata/sonata_columns.hpp"

#include "core/error.hpp"

#include <fmt/format.h>

namespace spikewell::io::sonata {

void fail(const hdf5::Object& object, std::string_view what) {
    throw IoError(object.file(), fmt::format("{}: {}", object.path(), what));
}

hdf5::Dataset whole_numbers(const hdf5::Group& group, const std::string& name) {
    hdf5::Dataset dataset = group.dataset(name);
    if (dataset.kind() != hdf5::Kind::whole_number) fail(dataset, "must hold whole numbers");
    return dataset;
}

void require_size(const hdf5::Dataset& dataset, std::size_t size) {
    if (dataset.shape().size() != 1)
        fail(dataset, fmt::format("must have one dimension, got {}", dataset.shape().size()));
    if (dataset.size() != size)
        fail(dataset, fmt::format("must have {} elements like its population, got {}", size,
                                  dataset.size()));
}

std::vector<double> real_numbers(const hdf5::Group& group, const std::string& name, std::size_t n) {
    const hdf5::Dataset dataset = group.dataset(name);
    if (dataset.kind() != hdf5::Kind::real_number && dataset.kind() != hdf5::Kind::whole_number)
        fail(dataset, "must hold numbers");
    require_size(dataset, n);
    return dataset.read<double>();
}

void require_group_0(const hdf5::Group& population, const std::string& kind, std::size_t n) {
    const auto all = [&](const std::string& name, auto&& is_right, const char* what) {
        const hdf5::Dataset dataset = whole_numbers(population, name);
        require_size(dataset, n);
        const std::vector<std::int64_t> values = dataset.read<std::int64_t>();
        for (std::size_t i = 0; i < n; ++i) {
            if (!is_right(values[i], i))
                fail(dataset,
                     fmt::format("must be {}, got {} for {} {}", what, values[i], kind, i));
        }
    };
    if (population.has(kind + "_group_id"))
        all(
            kind + "_group_id", [](std::int64_t v, std::size_t) { return v == 0; },
            "0, the only group that can be read");
    if (population.has(kind + "_group_index"))
        all(
            kind + "_group_index",
            [](std::int64_t v, std::size_t i) { return v == static_cast<std::int64_t>(i); },
            "0, 1, 2 ... in order");
}

std::vector<std::int64_t> types_of(const hdf5::Dataset& dataset,
                                   const TypeTable& table,
                                   const std::filesystem::path& table_path) {
    std::vector<std::int64_t> ids = dataset.read<std::int64_t>();
    for (const std::int64_t id : std::set<std::int64_t>(ids.begin(), ids.end())) {
        if (!table.contains(id))
            fail(dataset, fmt::format("type {} is not in {}", id, table_path.string()));
    }
    return ids;
}

} // namespace spikewell::io::sonata
