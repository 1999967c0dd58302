#include "io/hdf5_storage.hpp"

#include "core/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <functional>
#include <hdf5.h>
#include <iterator>
#include <limits>
#include <memory>
#include <new>
#include <sys/file.h>
#include <type_traits>
#include <unistd.h>

namespace spikewell::io::hdf5 {

namespace {

namespace fs = std::filesystem;

constexpr const char* k_unread = "cannot be read";
constexpr const char* k_unwritten = "cannot be written";

int open_anew(const fs::path& path) {
    Descriptor file(path, O_RDWR | O_CREAT);
    if (file.number() < 0) fail_with_errno(path, k_unwritten, errno);
    return file.release();
}

int opened(const fs::path& path, Storage::Use use) {
    return use == Storage::Use::write ? open_anew(path) : open_to_read(path, k_unread).release();
}

/// Bytes written, fewer than asked for where that fails; errno tells why.
std::size_t write_at(int descriptor, std::uint64_t from, std::string_view bytes) {
    std::size_t done = 0;
    while (done < bytes.size()) {
        const ssize_t written = ::pwrite(descriptor, bytes.data() + done, bytes.size() - done,
                                         static_cast<off_t>(from + done));
        if (written < 0 && errno == EINTR) continue;
        if (written == 0) errno = ENOSPC;
        if (written <= 0) break;
        done += static_cast<std::size_t>(written);
    }
    return done;
}

} // namespace

Storage::Storage(const fs::path& path, Use use) : name_(path.string()), file_(opened(path, use)) {
    const char* const failure = use == Use::write ? k_unwritten : k_unread;
    // Not all file systems know locks; that is no reason to fail.
    if (::flock(file_.number(), (use == Use::write ? LOCK_EX : LOCK_SH) | LOCK_NB) != 0 &&
        errno == EWOULDBLOCK)
        throw IoError(name_, fmt::format("{}: another process has it open", failure));
    if (use == Use::write && ::ftruncate(file_.number(), 0) != 0)
        fail_with_errno(path, failure, errno);
    struct stat status {};
    if (::fstat(file_.number(), &status) != 0) fail_with_errno(path, failure, errno);
    size_ = static_cast<std::uint64_t>(status.st_size);
}

void Storage::remember(std::string what) {
    if (!failure_) failure_ = std::move(what);
}

void Storage::remember_errno(std::string_view what, int error_number) {
    remember(fmt::format("{}: {}", what, std::strerror(error_number)));
}

void Storage::require_sound() const {
    if (failure_) throw IoError(name_, *failure_);
}

bool Storage::read(std::uint64_t from, std::span<char> bytes) {
    std::size_t done = 0;
    while (done < bytes.size()) {
        const ssize_t got = ::pread(file_.number(), bytes.data() + done, bytes.size() - done,
                                    static_cast<off_t>(from + done));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) {
            remember_errno(k_unread, errno);
            return false;
        }
        if (got == 0) break;
        done += static_cast<std::size_t>(got);
    }
    std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(done), bytes.end(), '\0');
    for (const Kept& kept : kept_) {
        const std::uint64_t begin = std::max(from, kept.from);
        const std::uint64_t end = std::min(from + bytes.size(), kept.from + kept.bytes.size());
        if (begin < end)
            std::memcpy(bytes.data() + (begin - from), kept.bytes.data() + (begin - kept.from),
                        end - begin);
    }
    return true;
}

void Storage::write(std::uint64_t from, std::string_view bytes) {
    size_ = std::max(size_, from + bytes.size());
    if (!failure_) {
        if (write_at(file_.number(), from, bytes) == bytes.size()) return;
        remember_errno(k_unwritten, errno);
    }
    kept_.push_back({from, std::string(bytes)});
}

void Storage::resize(std::uint64_t size) {
    size_ = size;
    if (!failure_ && ::ftruncate(file_.number(), static_cast<off_t>(size)) != 0)
        remember_errno(k_unwritten, errno);
}

void Storage::finish() {
    const int number = file_.release();
    if (number < 0) return;
    if (!failure_ && ::fsync(number) != 0) remember_errno(k_unwritten, errno);
    if (::close(number) != 0) remember_errno(k_unwritten, errno);
    kept_.clear();
    require_sound();
}

// --- The driver: what HDF5 calls ---

namespace {

/// One opening of a storage. HDF5 knows the first member only.
struct Opening {
    H5FD_t known{};
    std::shared_ptr<Storage> storage;
    haddr_t end_of_addresses = 0; // of what HDF5 has allocated
};
static_assert(std::is_standard_layout_v<Opening>);

const Opening& opening_of(const H5FD_t* file) {
    return *reinterpret_cast<const Opening*>(file);
}
Storage& storage_of(const H5FD_t* file) {
    return *opening_of(file).storage;
}

extern "C" {

H5FD_t* open_storage(const char* name, unsigned, hid_t access, haddr_t) {
    const void* const info = H5Pget_driver_info(access);
    if (info == nullptr) return nullptr; // a link to another file
    const auto& storage = **static_cast<std::shared_ptr<Storage>* const*>(info);
    if (storage->name() != name) return nullptr;
    std::unique_ptr<Opening> opening(new (std::nothrow) Opening{{}, storage});
    return opening == nullptr ? nullptr : &opening.release()->known;
}

herr_t close_storage(H5FD_t* file) {
    const std::unique_ptr<Opening> closed(reinterpret_cast<Opening*>(file));
    return 0;
}

int compare_storages(const H5FD_t* a, const H5FD_t* b) {
    const std::less<> before;
    const Storage* const first = &storage_of(a);
    const Storage* const second = &storage_of(b);
    return before(first, second) ? -1 : before(second, first) ? 1 : 0;
}

/// As HDF5's own driver of files has it, on which the places of all bytes depend.
herr_t tell_features(const H5FD_t*, unsigned long* features) {
    *features = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA |
                H5FD_FEAT_DATA_SIEVE | H5FD_FEAT_AGGREGATE_SMALLDATA;
    return 0;
}

haddr_t end_of_addresses(const H5FD_t* file, H5FD_mem_t) {
    return opening_of(file).end_of_addresses;
}

herr_t set_end_of_addresses(H5FD_t* file, H5FD_mem_t, haddr_t end) {
    reinterpret_cast<Opening*>(file)->end_of_addresses = end;
    return 0;
}

haddr_t end_of_file(const H5FD_t* file, H5FD_mem_t) {
    return storage_of(file).size();
}

herr_t read_bytes(H5FD_t* file, H5FD_mem_t, hid_t, haddr_t from, size_t count, void* bytes) {
    return storage_of(file).read(from, {static_cast<char*>(bytes), count}) ? 0 : -1;
}

herr_t write_bytes(H5FD_t* file, H5FD_mem_t, hid_t, haddr_t from, size_t count, const void* bytes) {
    try {
        storage_of(file).write(from, {static_cast<const char*>(bytes), count});
    } catch (const std::bad_alloc&) { // no exception passes through C
        return -1;
    }
    return 0;
}

herr_t truncate_file(H5FD_t* file, hid_t, hbool_t) {
    Storage& storage = storage_of(file);
    const haddr_t end = opening_of(file).end_of_addresses;
    if (storage.size() != end) storage.resize(end);
    return 0;
}

} // extern "C"

H5FD_class_t driver_class() {
    H5FD_class_t driver{};
    driver.name = "spikewell";
    driver.maxaddr = static_cast<haddr_t>(std::numeric_limits<std::int64_t>::max());
    driver.fc_degree = H5F_CLOSE_WEAK;
    driver.fapl_size = sizeof(std::shared_ptr<Storage>*);
    driver.open = open_storage;
    driver.close = close_storage;
    driver.cmp = compare_storages;
    driver.query = tell_features;
    driver.get_eoa = end_of_addresses;
    driver.set_eoa = set_end_of_addresses;
    driver.get_eof = end_of_file;
    driver.read = read_bytes;
    driver.write = write_bytes;
    driver.truncate = truncate_file;
    constexpr H5FD_mem_t k_kinds[] = H5FD_FLMAP_DICHOTOMY;
    std::copy(std::begin(k_kinds), std::end(k_kinds), std::begin(driver.fl_map));
    return driver;
}

} // namespace

Handle access_through(const std::shared_ptr<Storage>& storage) {
    const H5FD_class_t kind = driver_class();
    const Handle driver(H5FDregister(&kind), H5FDunregister); // the properties keep it
    Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
    const std::shared_ptr<Storage>* const info = &storage;
    H5Pset_driver(access.id(), driver.id(), &info);
    return access;
}

} // namespace spikewell::io::hdf5
