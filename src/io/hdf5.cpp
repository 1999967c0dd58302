#include "core/build_info.hpp"
#include "io/hdf5_detail.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <numeric>

namespace spikewell::io {

bool is_hdf5(const std::filesystem::path& path) {
    constexpr std::string_view k_signature = "\x89HDF\r\n\x1a\n";
    std::array<char, k_signature.size()> begin{};
    std::error_code none;
    if (!std::filesystem::is_regular_file(path, none)) return false;
    std::ifstream file(path, std::ios::binary);
    file.read(begin.data(), begin.size());
    return std::string_view(begin.data(), static_cast<std::size_t>(file.gcount())) == k_signature;
}

} // namespace spikewell::io

namespace spikewell::io::hdf5 {

namespace detail {

namespace {
extern "C" herr_t keep_first(unsigned number, const H5E_error2_t* error, void* text) {
    if (number == 0 && error->desc != nullptr) *static_cast<std::string*>(text) = error->desc;
    return 0;
}
} // namespace

std::string reason() {
    std::string text;
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_first, &text);
    constexpr std::string_view k_system = "error message = '";
    if (const std::size_t at = text.find(k_system); at != std::string::npos) {
        text.erase(0, at + k_system.size());
        return text.substr(0, text.find('\''));
    }
    return text.empty() ? "HDF5 gives no reason" : text.substr(0, text.find('\n'));
}

void fail(const Storage& storage, const std::string& path, std::string_view what) {
    storage.require_sound();
    throw IoError(storage.name(), fmt::format("{}: {}: {}", path, what, reason()));
}

Handle string_type(H5T_cset_t characters) {
    Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
    H5Tset_size(type.id(), H5T_VARIABLE);
    H5Tset_cset(type.id(), characters);
    return type;
}

std::vector<std::string> split(const std::vector<char>& bytes, std::size_t length) {
    std::vector<std::string> texts;
    for (std::size_t from = 0; from < bytes.size(); from += length) {
        const std::string_view text(bytes.data() + from, length);
        texts.emplace_back(text.substr(0, text.find('\0')));
    }
    return texts;
}

// Deflate makes data at most 1032 times smaller.
constexpr std::size_t k_max_unpacked_ratio = 1100;
constexpr std::size_t k_always_cached_bytes = std::size_t{1} << 26U;

Handle scalar_space() {
    return {H5Screate(H5S_SCALAR), H5Sclose};
}

Handle line_space(std::size_t size) {
    const hsize_t extent = size;
    return {H5Screate_simple(1, &extent, nullptr), H5Sclose};
}

} // namespace detail

using namespace detail;

namespace {

/// Nothing of HDF5 is to print, or to run when the program ends.
void begin_library() {
    H5dont_atexit();
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

/// Datasets whose data are elsewhere, or that HDF5 would need memory for beyond all measure.
void require_own_data(hid_t dataset, const Storage& storage, const std::string& path) {
    const Handle properties(checked(H5Dget_create_plist(dataset), storage, path, "cannot be read"),
                            H5Pclose);
    const H5D_layout_t layout = H5Pget_layout(properties.id());
    if (layout == H5D_VIRTUAL || H5Pget_external_count(properties.id()) > 0)
        throw IoError(storage.name(),
                      fmt::format("{}: has its data in other files, which are not opened", path));
    if (layout != H5D_CHUNKED) return;
    std::array<hsize_t, H5S_MAX_RANK> extent{};
    const int rank = checked(H5Pget_chunk(properties.id(), H5S_MAX_RANK, extent.data()), storage,
                             path, "cannot be read");
    const Handle type(H5Dget_type(dataset), H5Tclose);
    const double bytes =
        std::accumulate(extent.begin(), extent.begin() + rank,
                        static_cast<double>(H5Tget_size(type.id())), std::multiplies<>());
    const std::size_t most =
        std::max<std::size_t>(k_always_cached_bytes, storage.size() * k_max_unpacked_ratio);
    if (bytes > static_cast<double>(most))
        throw IoError(storage.name(),
                      fmt::format("{}: is damaged: a chunk of {:g} bytes cannot be in a file of {}",
                                  path, bytes, storage.size()));
}

Handle space_of(const std::vector<std::size_t>& shape) {
    if (shape.empty()) return scalar_space();
    const std::vector<hsize_t> extent(shape.begin(), shape.end());
    return {H5Screate_simple(static_cast<int>(extent.size()), extent.data(), nullptr), H5Sclose};
}

std::vector<const char*> pointers(std::span<const std::string> texts) {
    std::vector<const char*> result;
    result.reserve(texts.size());
    for (const std::string& text : texts)
        result.push_back(text.c_str());
    return result;
}

Handle object_properties(hid_t kind) {
    Handle properties(H5Pcreate(kind), H5Pclose);
    H5Pset_obj_track_times(properties.id(), false);
    return properties;
}

} // namespace

Handle::~Handle() {
    (void)close();
}

bool Handle::close() {
    const Id id = std::exchange(id_, -1);
    return id < 0 || close_(id) >= 0;
}

Object::~Object() {
    if (!handle_.close() && storage_ != nullptr)
        storage_->remember(fmt::format("{}: cannot be closed: {}", path_, reason()));
}

const std::string& Object::file() const {
    return storage_->name();
}

std::string Object::path_of(const std::string& name) const {
    return path_ == "/" ? path_ + name : path_ + "/" + name;
}

std::size_t Dataset::size() const {
    const Handle space(H5Dget_space(id()), H5Sclose);
    return static_cast<std::size_t>(
        checked(H5Sget_simple_extent_npoints(space.id()), *storage(), path(), "cannot be read"));
}

std::vector<std::size_t> Dataset::shape() const {
    const Handle space(H5Dget_space(id()), H5Sclose);
    std::array<hsize_t, H5S_MAX_RANK> extent{};
    const int rank = checked(H5Sget_simple_extent_dims(space.id(), extent.data(), nullptr),
                             *storage(), path(), "cannot be read");
    return {extent.begin(), extent.begin() + rank};
}

Kind Dataset::kind() const {
    const Handle type(H5Dget_type(id()), H5Tclose);
    const H5T_class_t stored = H5Tget_class(type.id());
    if (stored == H5T_INTEGER) return Kind::whole_number;
    if (stored == H5T_FLOAT) return Kind::real_number;
    return stored == H5T_STRING ? Kind::text : Kind::other;
}

template <class T> std::vector<T> Dataset::read() const {
    const Handle type(H5Dget_type(id()), H5Tclose);
    const Handle space(H5Dget_space(id()), H5Sclose);
    const std::size_t n = size();
    // What a dataset says of its storage may be as wrong as its size; the file's length is not.
    const std::size_t stored = std::min<std::size_t>(H5Dget_storage_size(id()), storage()->size());
    const bool is_text = H5Tget_class(type.id()) == H5T_STRING;
    const std::size_t element = is_text ? std::max(sizeof(T), H5Tget_size(type.id())) : sizeof(T);
    if (n > std::max(k_always_read_bytes, stored * k_max_unpacked_ratio) / element) {
        throw IoError(file(), fmt::format("{}: is damaged: {} elements cannot be in {} bytes",
                                          path(), n, stored));
    }
    const auto transfer = [&](hid_t memory, void* buffer) {
        checked(H5Dread(id(), memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, buffer), *storage(), path(),
                "cannot be read");
    };
    if (is_text != std::same_as<T, std::string>)
        throw IoError(file(), fmt::format("{}: is {}", path(), is_text ? "text" : "no text"));
    if constexpr (std::same_as<T, std::string>) {
        return read_strings(type.id(), id(), n, *storage(), path(), transfer);
    } else {
        std::vector<T> values(n);
        transfer(memory_type<T>(), values.data());
        return values;
    }
}

template <class T> void Dataset::append(std::span<const T> values) const {
    if (values.empty()) return;
    const std::vector<std::size_t> now = shape();
    std::vector<hsize_t> after(now.begin(), now.end());
    std::vector<hsize_t> before(now.size(), 0);
    std::vector<hsize_t> count = after;
    before[0] = now[0];
    count[0] = now.size() == 1 ? values.size() : values.size() / now[1];
    after[0] += count[0];
    checked(H5Dset_extent(id(), after.data()), *storage(), path(), "cannot be appended to");
    const Handle space(H5Dget_space(id()), H5Sclose);
    checked(H5Sselect_hyperslab(space.id(), H5S_SELECT_SET, before.data(), nullptr, count.data(),
                                nullptr),
            *storage(), path(), "cannot be appended to");
    const Handle from = line_space(values.size());
    const auto write = [&](hid_t type, const void* data) {
        checked(H5Dwrite(id(), type, from.id(), space.id(), H5P_DEFAULT, data), *storage(), path(),
                "cannot be written");
    };
    if constexpr (std::same_as<T, std::string>) {
        write(string_type(H5T_CSET_UTF8).id(), pointers(values).data());
    } else {
        write(memory_type<T>(), values.data());
    }
    storage()->require_sound();
}

Group Group::create_group(const std::string& name) const {
    const Handle properties = object_properties(H5P_GROUP_CREATE);
    const std::string inner = path_of(name);
    return {
        Handle(checked(H5Gcreate2(id(), name.c_str(), H5P_DEFAULT, properties.id(), H5P_DEFAULT),
                       *storage(), inner, "cannot be made"),
               H5Gclose),
        storage(), inner};
}

Group Group::group(const std::string& name) const {
    const std::string inner = path_of(name);
    if (!has(name)) throw IoError(file(), fmt::format("has no group {}", inner));
    return {Handle(checked(H5Gopen2(id(), name.c_str(), H5P_DEFAULT), *storage(), inner,
                           "cannot be opened as a group"),
                   H5Gclose),
            storage(), inner};
}

Dataset Group::dataset(const std::string& name) const {
    const std::string inner = path_of(name);
    if (!has(name)) throw IoError(file(), fmt::format("has no dataset {}", inner));
    Handle handle(checked(H5Dopen2(id(), name.c_str(), H5P_DEFAULT), *storage(), inner,
                          "cannot be opened as a dataset"),
                  H5Dclose);
    require_own_data(handle.id(), *storage(), inner);
    return {std::move(handle), storage(), inner};
}

bool Group::has(const std::string& name) const {
    const bool is_there = H5Lexists(id(), name.c_str(), H5P_DEFAULT) > 0;
    storage()->require_sound(); // what cannot be read is not absent
    if (!is_there) return false;
    H5L_info_t link{};
    checked(H5Lget_info(id(), name.c_str(), &link, H5P_DEFAULT), *storage(), path_of(name),
            "cannot be read");
    // A soft link may end at one to another file: that is not opened, whatever leads to it.
    if (link.type == H5L_TYPE_EXTERNAL)
        throw IoError(file(), fmt::format("{}: is a link to another file, which is not opened",
                                          path_of(name)));
    return true;
}

bool Group::has_group(const std::string& name) const {
    if (!has(name)) return false;
    const Handle object(H5Oopen(id(), name.c_str(), H5P_DEFAULT), H5Oclose);
    storage()->require_sound();
    return object.is_open() && H5Iget_type(object.id()) == H5I_GROUP;
}

std::vector<std::string> Group::names() const {
    H5G_info_t info{};
    checked(H5Gget_info(id(), &info), *storage(), path(), "cannot be listed");
    const auto name_at = [&](hsize_t i, char* text, std::size_t size) {
        return static_cast<std::size_t>(checked(
            H5Lget_name_by_idx(id(), ".", H5_INDEX_NAME, H5_ITER_INC, i, text, size, H5P_DEFAULT),
            *storage(), path(), "cannot be listed"));
    };
    std::vector<std::string> result;
    for (hsize_t i = 0; i < info.nlinks; ++i) {
        std::string name(name_at(i, nullptr, 0), '\0');
        name_at(i, name.data(), name.size() + 1);
        result.push_back(std::move(name));
    }
    return result;
}

template <class T> Dataset Group::write(const std::string& name, std::span<const T> values) const {
    return write<T>(name, values, {values.size()});
}

template <class T>
Dataset Group::write(const std::string& name,
                     std::span<const T> values,
                     const std::vector<std::size_t>& shape) const {
    const Handle type = stored_type<T>();
    const Handle properties = object_properties(H5P_DATASET_CREATE);
    const std::string inner = path_of(name);
    Handle handle(checked(H5Dcreate2(id(), name.c_str(), type.id(), space_of(shape).id(),
                                     H5P_DEFAULT, properties.id(), H5P_DEFAULT),
                          *storage(), inner, "cannot be made"),
                  H5Dclose);
    const auto put = [&](hid_t memory, const void* data) {
        checked(H5Dwrite(handle.id(), memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, data), *storage(),
                inner, "cannot be written");
    };
    if (!values.empty()) {
        if constexpr (std::same_as<T, std::string>)
            put(type.id(), pointers(values).data());
        else
            put(memory_type<T>(), values.data());
    }
    storage()->require_sound();
    return {std::move(handle), storage(), inner};
}

void Group::link(const std::string& name, const Object& target) const {
    checked(H5Lcreate_hard(id_of(target), ".", id(), name.c_str(), H5P_DEFAULT, H5P_DEFAULT),
            *storage(), path_of(name), "cannot be made");
}

template <class T>
Dataset Group::create_dataset(const std::string& name, const Chunking& chunking) const {
    const Handle type = stored_type<T>();
    return create_extensible(name, type.id(), {0}, {chunking.elements}, chunking.deflate);
}

template <class T>
Dataset Group::create_table(const std::string& name,
                            std::size_t n_columns,
                            const Chunking& chunking) const {
    const Handle type = stored_type<T>();
    const std::size_t rows = std::max<std::size_t>(1, chunking.elements / n_columns);
    return create_extensible(name, type.id(), {0, n_columns},
                             {rows, std::min(n_columns, chunking.elements)}, chunking.deflate);
}

/// Of this shape, which grows along the first dimension.
Dataset Group::create_extensible(const std::string& name,
                                 Handle::Id type,
                                 const std::vector<std::size_t>& shape,
                                 const std::vector<std::size_t>& chunk,
                                 unsigned deflate) const {
    const Handle properties = object_properties(H5P_DATASET_CREATE);
    const std::vector<hsize_t> chunk_extents(chunk.begin(), chunk.end());
    H5Pset_chunk(properties.id(), static_cast<int>(chunk.size()), chunk_extents.data());
    if (deflate > 0) {
        H5Pset_shuffle(properties.id()); // like bytes together pack better
        H5Pset_deflate(properties.id(), deflate);
    }
    const std::vector<hsize_t> extents(shape.begin(), shape.end());
    std::vector<hsize_t> most = extents;
    most[0] = H5S_UNLIMITED;
    const Handle space(
        H5Screate_simple(static_cast<int>(shape.size()), extents.data(), most.data()), H5Sclose);
    const std::string inner = path_of(name);
    return {Handle(checked(H5Dcreate2(id(), name.c_str(), type, space.id(), H5P_DEFAULT,
                                      properties.id(), H5P_DEFAULT),
                           *storage(), inner, "cannot be made"),
                   H5Dclose),
            storage(), inner};
}

File File::create(const std::filesystem::path& path) {
    begin_library();
    auto storage = std::make_shared<Storage>(path, Storage::Use::write);
    const Handle access = access_through(storage);
    // What objects are still open when the file is closed would put off its last writes.
    H5Pset_fclose_degree(access.id(), H5F_CLOSE_STRONG);
    Handle handle(H5Fcreate(storage->name().c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access.id()),
                  H5Fclose);
    storage->require_sound();
    if (!handle.is_open())
        throw IoError(storage->name(), fmt::format("cannot be written: {}", reason()));
    File file(std::move(handle), std::move(storage));
    file.root().set_attribute("made_by", "Spikewell " + build_info_text());
    return file;
}

File File::open(const std::filesystem::path& path) {
    begin_library();
    auto storage = std::make_shared<Storage>(path, Storage::Use::read);
    const Handle access = access_through(storage);
    Handle handle(H5Fopen(storage->name().c_str(), H5F_ACC_RDONLY, access.id()), H5Fclose);
    storage->require_sound();
    if (!handle.is_open())
        throw IoError(storage->name(), fmt::format("is no HDF5 file, or damaged: {}", reason()));
    return {std::move(handle), std::move(storage)};
}

Group File::root() const {
    return {
        Handle(checked(H5Gopen2(handle_.id(), "/", H5P_DEFAULT), *storage_, "/", "cannot be read"),
               H5Gclose),
        storage_, "/"};
}

void File::close() {
    if (!handle_.is_open()) return;
    const bool flushed = H5Fflush(handle_.id(), H5F_SCOPE_GLOBAL) >= 0;
    if (!handle_.close() || !flushed)
        storage_->remember(fmt::format("/: cannot be written: {}", reason()));
    storage_->finish();
}

// NOLINTNEXTLINE(cppcoreguidelines-macro-usage): instantiations are no functions
#define SPIKEWELL_HDF5_ELEMENT(T)                                                                  \
    template std::vector<T> Dataset::read<T>() const;                                              \
    template void Dataset::append<T>(std::span<const T>) const;                                    \
    template Dataset Group::write<T>(const std::string&, std::span<const T>) const;                \
    template Dataset Group::write<T>(const std::string&, std::span<const T>,                       \
                                     const std::vector<std::size_t>&) const;                       \
    template Dataset Group::create_dataset<T>(const std::string&, const Chunking&) const;          \
    template Dataset Group::create_table<T>(const std::string&, std::size_t, const Chunking&) const;

SPIKEWELL_HDF5_ELEMENT(double)
SPIKEWELL_HDF5_ELEMENT(float)
SPIKEWELL_HDF5_ELEMENT(std::uint64_t)
SPIKEWELL_HDF5_ELEMENT(std::int64_t)
SPIKEWELL_HDF5_ELEMENT(std::uint32_t)
SPIKEWELL_HDF5_ELEMENT(std::string)
#undef SPIKEWELL_HDF5_ELEMENT

} // namespace spikewell::io::hdf5
