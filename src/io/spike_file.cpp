#include "io/spike_file.hpp"

#include "core/error.hpp"
#include "core/file_descriptor.hpp"
#include "io/sonata/sonata_layout.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <fcntl.h>
#include <functional>
#include <limits>
#include <map>
#include <set>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace spikewell::io {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view k_header = "t_ms,population,neuron\n";
constexpr std::size_t k_buffer_bytes = std::size_t{1} << 18U;
constexpr std::size_t k_longest_line = 4096;

/// Hands the first `count` bytes of a file on, a piece at a time; false when there are fewer.
bool read_prefix(const fs::path& path,
                 std::uint64_t count,
                 const std::function<void(std::string_view)>& take) {
    const Descriptor file = open_to_read(path);
    std::string piece(k_buffer_bytes, '\0');
    while (count > 0) {
        const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(count, piece.size()));
        const ssize_t got = ::read(file.number(), piece.data(), wanted);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false;
        take({piece.data(), static_cast<std::size_t>(got)});
        count -= static_cast<std::uint64_t>(got);
    }
    return true;
}

[[noreturn]] void fail_name(const fs::path& path, std::string_view name, std::string_view why) {
    throw IoError(path.string(), fmt::format("population \"{}\" {}", printable(name), why));
}

void require_usable_names(const fs::path& path, const std::vector<std::string>& names) {
    std::set<std::string_view> seen;
    for (const std::string& name : names) {
        const auto unusable = [](unsigned char c) {
            return c < 0x20 || c == 0x7F || c == '/' || c == ',' || c == '"';
        };
        if (name.empty() || name == "." || std::any_of(name.begin(), name.end(), unusable))
            fail_name(path, name,
                      "cannot be written, allowed are names without / , \" and controls");
        if (!seen.insert(name).second) fail_name(path, name, "is named twice");
    }
}

template <class Number> bool parse(std::string_view text, Number& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size();
}

/// One line of a spike file.
struct Line {
    double t_ms = 0.0;
    std::string_view population;
    std::uint32_t neuron = 0;
};

bool parse_line(std::string_view text, Line& line) {
    const std::size_t first = text.find(',');
    const std::size_t last = text.rfind(',');
    if (first == last) return false; // none, too
    line.population = text.substr(first + 1, last - first - 1);
    return parse(text.substr(0, first), line.t_ms) && std::isfinite(line.t_ms) &&
           parse(text.substr(last + 1), line.neuron) && !line.population.empty() &&
           line.population.find(',') == std::string_view::npos;
}

/// Cuts text that comes in pieces into lines and reads each.
class SpikeLines {
  public:
    SpikeLines(fs::path path, std::function<void(const Line&)> take)
        : path_(std::move(path)), take_(std::move(take)) {}

    void add(std::string_view piece) {
        for (std::size_t end = piece.find('\n'); end != std::string_view::npos;
             end = piece.find('\n')) {
            rest_.append(piece.substr(0, end));
            read(rest_);
            rest_.clear();
            piece.remove_prefix(end + 1);
        }
        rest_.append(piece);
        if (rest_.size() > k_longest_line)
            throw IoError(path_.string(), "is no list of spikes: the line is too long",
                          n_lines_ + 1);
    }
    void finish() {
        if (!rest_.empty()) read(rest_); // a last line without its end
        if (n_lines_ == 0) throw IoError(path_.string(), "is empty, expected a list of spikes");
    }

  private:
    void read(std::string_view text) {
        if (text.ends_with('\r')) text.remove_suffix(1);
        Line line;
        if (++n_lines_ == 1) {
            if (text != k_header.substr(0, k_header.size() - 1)) {
                throw IoError(
                    path_.string(),
                    fmt::format("must be t_ms,population,neuron, got {}", printable(text)), 1);
            }
        } else if (parse_line(text, line)) {
            take_(line);
        } else {
            throw IoError(
                path_.string(),
                fmt::format("must be a time, a population and a neuron, got {}", printable(text)),
                n_lines_);
        }
    }

    fs::path path_;
    std::function<void(const Line&)> take_;
    std::string rest_;
    std::size_t n_lines_ = 0;
};

constexpr const char* k_csv_name = "spikes.csv";
constexpr const char* k_h5_name = "spikes.h5";

/// The names, once they are known to be usable: nothing is made on the disk before.
std::vector<std::string> usable(const fs::path& folder, std::vector<std::string> names) {
    require_usable_names(folder / k_csv_name, names);
    return names;
}

std::vector<Spike> read_population(const fs::path& path,
                                   const hdf5::Group& group,
                                   const std::string& ids) {
    const hdf5::Dataset timestamps = group.dataset("timestamps");
    if (timestamps.has_attribute("units") && timestamps.text_attribute("units") != "ms") {
        throw IoError(path.string(), fmt::format("{}: units must be ms, got {}", timestamps.path(),
                                                 printable(timestamps.text_attribute("units"))));
    }
    const auto times = timestamps.read<double>();
    const hdf5::Dataset node_ids = group.dataset(ids);
    if (node_ids.kind() != hdf5::Kind::whole_number)
        throw IoError(path.string(), fmt::format("{}: must hold whole numbers", node_ids.path()));
    const auto neurons = node_ids.read<std::int64_t>(); // HDF5 would make 0 of -1
    if (times.size() != neurons.size()) {
        throw IoError(path.string(), fmt::format("{}: has {} timestamps but {} {}", group.path(),
                                                 times.size(), neurons.size(), ids));
    }
    std::vector<Spike> spikes;
    spikes.reserve(times.size());
    for (std::size_t i = 0; i < times.size(); ++i) {
        if (!std::isfinite(times[i]) || neurons[i] < 0 ||
            neurons[i] > std::numeric_limits<std::uint32_t>::max()) {
            throw IoError(path.string(),
                          fmt::format("{}: spike {} cannot be used: t = {} of node {}",
                                      group.path(), i, times[i], neurons[i]));
        }
        spikes.push_back({times[i], static_cast<std::uint32_t>(neurons[i])});
    }
    std::sort(spikes.begin(), spikes.end()); // by_id and none, too
    return spikes;
}

} // namespace

PartialFile::PartialFile(const FolderOutput& output, const fs::path& name)
    : path_(output.folder() / name), where_(output / name),
      file_(where_, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW) {
    if (file_.number() < 0) fail_with_errno(path_, k_write_failure, errno);
}

PartialFile::PartialFile(const FolderOutput& output,
                         const fs::path& name,
                         const FilePosition& position)
    : path_(output.folder() / name), where_(output / name) {
    if (begins_with(where_, position)) {
        file_ = Descriptor(where_, O_WRONLY | O_APPEND | O_NOFOLLOW);
        if (file_.number() < 0 ||
            ::ftruncate(file_.number(), static_cast<off_t>(position.bytes)) != 0)
            fail_with_errno(path_, k_write_failure, errno);
        return;
    }
    if (!begins_with(path_, position)) {
        throw IoError(path_.string(),
                      fmt::format("is not what the run to be resumed wrote: neither it nor {} "
                                  "begins with the {} bytes that the checkpoint tells of",
                                  where_.lexically_relative(output.folder()).string(),
                                  position.bytes));
    }
    // The finished file stays until the new one is complete.
    file_ = Descriptor(where_, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW);
    if (file_.number() < 0) fail_with_errno(path_, k_write_failure, errno);
    if (!read_prefix(path_, position.bytes, [&](std::string_view piece) {
            write_all(path_, k_write_failure, file_.number(), piece);
        })) {
        throw IoError(path_.string(), "cannot be read");
    }
}

/// If so, what follows is digested after these bytes.
bool PartialFile::begins_with(const fs::path& path, const FilePosition& position) {
    Digest digest;
    const auto add = [&](std::string_view piece) { digest.add(piece); };
    std::error_code error;
    if (!fs::is_regular_file(path, error) || !read_prefix(path, position.bytes, add) ||
        digest.value() != position.digest)
        return false;
    bytes_ = position.bytes;
    digest_ = std::move(digest);
    return true;
}

void PartialFile::flush() {
    write_all(path_, k_write_failure, file_.number(), buffer_);
    bytes_ += buffer_.size();
    digest_.add(buffer_);
    buffer_.clear();
}

void PartialFile::flush_if_full() {
    if (buffer_.size() >= k_buffer_bytes) flush();
}

FilePosition PartialFile::position() {
    flush();
    flush_to_disk(path_, k_write_failure, file_.number());
    return {bytes_, digest_.value()};
}

void PartialFile::complete() {
    flush();
    close_checked(path_, k_write_failure, std::move(file_));
}

SpikeWriter::SpikeWriter(const FolderOutput& output, std::vector<std::string> populations)
    : names_(usable(output.folder(), std::move(populations))), csv_(output, k_csv_name),
      h5_(hdf5::File::create(output / k_h5_name)) {
    begin_hdf5();
    csv_.buffer() += k_header;
}

SpikeWriter::SpikeWriter(const FolderOutput& output,
                         std::vector<std::string> populations,
                         const FilePosition& position)
    : names_(usable(output.folder(), std::move(populations))), csv_(output, k_csv_name, position),
      h5_(hdf5::File::create(output / k_h5_name)) {
    begin_hdf5();
    std::map<std::string_view, std::uint32_t> index_of;
    for (std::uint32_t i = 0; i < names_.size(); ++i)
        index_of[names_[i]] = i;
    const fs::path partial = csv_.where();
    SpikeLines lines(partial, [&](const Line& line) {
        const auto found = index_of.find(line.population);
        if (found == index_of.end()) fail_name(partial, line.population, "is not of this network");
        append_to_hdf5({line.t_ms, found->second, line.neuron});
    });
    if (!read_prefix(partial, position.bytes, [&](std::string_view piece) { lines.add(piece); }))
        throw IoError(partial.string(), "cannot be read");
    lines.finish();
}

std::vector<fs::path> SpikeWriter::names() {
    return {k_csv_name, k_h5_name};
}

void SpikeWriter::begin_hdf5() {
    const hdf5::Group root = h5_.root();
    sonata::mark(root);
    const hdf5::Group all = root.create_group("spikes");
    for (const std::string& name : names_)
        (void)sonata::begin_spikes(all, name);
    columns_.resize(names_.size());
}

void SpikeWriter::append(std::span<const PopulationSpike> spikes) {
    for (const PopulationSpike& spike : spikes) {
        fmt::format_to(std::back_inserter(csv_.buffer()), "{},{},{}\n", spike.t_ms,
                       names_[spike.population], spike.neuron);
        csv_.flush_if_full();
        append_to_hdf5(spike);
    }
}

/// Whole chunks only, so that the file depends on the spikes and not on how they were handed over.
void SpikeWriter::append_to_hdf5(const PopulationSpike& spike) {
    Column& column = columns_[spike.population];
    column.times_ms.push_back(spike.t_ms);
    column.neurons.push_back(spike.neuron);
    if (column.times_ms.size() == sonata::k_spikes_a_chunk) write_chunk(spike.population);
}

void SpikeWriter::write_chunk(std::uint32_t population) {
    Column& column = columns_[population];
    const hdf5::Group group = h5_.root().group("spikes").group(names_[population]);
    group.dataset("timestamps").append<double>(column.times_ms);
    group.dataset("node_ids").append<std::uint64_t>(column.neurons);
    column.times_ms.clear();
    column.neurons.clear();
}

void SpikeWriter::complete() {
    csv_.complete();
    for (std::uint32_t i = 0; i < columns_.size(); ++i) {
        if (!columns_[i].times_ms.empty()) write_chunk(i);
    }
    h5_.close();
}

std::vector<PopulationSpikes> read_spikes_csv(const fs::path& path) {
    std::vector<PopulationSpikes> populations;
    std::map<std::string, std::size_t, std::less<>> index_of;
    SpikeLines lines(path, [&](const Line& line) {
        auto found = index_of.find(line.population);
        if (found == index_of.end()) {
            found = index_of.emplace(line.population, populations.size()).first;
            populations.push_back({std::string(line.population), {}});
        }
        populations[found->second].spikes.push_back({line.t_ms, line.neuron});
    });
    std::error_code error;
    const std::uintmax_t size = fs::file_size(path, error);
    if (error) fail_with_errno(path, "cannot be read", error.value());
    if (!read_prefix(path, size, [&](std::string_view piece) { lines.add(piece); }))
        throw IoError(path.string(), "cannot be read");
    lines.finish();
    for (PopulationSpikes& population : populations)
        std::sort(population.spikes.begin(), population.spikes.end());
    return populations;
}

std::vector<PopulationSpikes> read_spikes_hdf5(const fs::path& path) {
    const hdf5::File file = hdf5::File::open(path);
    const hdf5::Group all = file.root().group("spikes");
    if (all.has("gids") && !all.has_group("gids"))
        return {{"", read_population(path, all, "gids")}};
    std::vector<PopulationSpikes> populations;
    for (const std::string& name : all.names())
        populations.push_back({name, read_population(path, all.group(name), "node_ids")});
    return populations;
}

} // namespace spikewell::io
