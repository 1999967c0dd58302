#include "core/error.hpp"
#include "io/hdf5_detail.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

// Texts of variable length lie in collections of a global heap, by address and number ("HDF5 File Format Specification",
// III.E). They are read here and not by HDF5, which (1.10) reads beyond what it has, or for ever, where a file is damaged.
namespace spikewell::io::hdf5::detail {

namespace {

/// As a dataset or attribute has a text: little endian, one behind the other.
struct Reference {
    std::uint32_t length = 0;
    std::uint64_t collection = 0; ///< where it begins, from the file's base
    std::uint32_t number = 0;     ///< in the collection
};
constexpr std::size_t k_reference_bytes = 16;

template <class Number> Number number_at(const char* bytes) {
    Number value = 0;
    for (std::size_t byte = 0; byte < sizeof(Number); ++byte)
        value |= static_cast<Number>(static_cast<Number>(static_cast<unsigned char>(bytes[byte]))
                                     << (8 * byte));
    return value;
}

std::vector<Reference> references_of(std::span<const char> bytes) {
    std::vector<Reference> all;
    for (std::size_t from = 0; from < bytes.size(); from += k_reference_bytes) {
        const char* const at = bytes.data() + from;
        all.push_back({number_at<std::uint32_t>(at), number_at<std::uint64_t>(at + 4),
                       number_at<std::uint32_t>(at + 12)});
    }
    return all;
}

/// In place, from what a file has of a text to the same as bytes.
// NOLINTNEXTLINE(readability-function-size): parameters as HDF5 has them
extern "C" herr_t keep_reference(
    hid_t stored, hid_t, H5T_cdata_t* conversion, size_t, size_t, size_t, void*, void*, hid_t) {
    // Of files whose addresses have other than 8 bytes there is none.
    if (conversion->command == H5T_CONV_INIT)
        return H5Tget_size(stored) == k_reference_bytes ? 0 : -1;
    return 0;
}

/// A global heap as it lies in a file.
class Heap {
  public:
    Heap(Storage& storage, const std::string& path, std::uint64_t base)
        : storage_(storage), path_(path), base_(base) {}

    std::string text(const Reference& reference) {
        if (reference.length == 0) return {};
        const std::string& bytes = collection(reference.collection);
        const auto& objects = objects_.at(reference.collection);
        const auto found = objects.find(reference.number);
        if (found == objects.end() || found->second.second < reference.length)
            fail("a text is not where it says");
        const std::string_view text(bytes.data() + found->second.first, reference.length);
        return std::string(text.substr(0, text.find('\0')));
    }

  private:
    static constexpr std::size_t k_head_bytes = 16; // of a collection, and of each object in it

    [[noreturn]] void fail(std::string_view what) const {
        throw IoError(storage_.name(), fmt::format("{}: is damaged: {}", path_, what));
    }

    std::string bytes_at(std::uint64_t from, std::uint64_t size) {
        if (from > storage_.size() || size > storage_.size() - from)
            fail("a text is beyond the file's end");
        std::string bytes(size, '\0');
        if (!storage_.read(from, bytes)) storage_.require_sound();
        return bytes;
    }

    /// Its bytes; the first time its objects are looked for.
    const std::string& collection(std::uint64_t address) {
        const auto known = collections_.find(address);
        if (known != collections_.end()) return known->second;
        if (address > storage_.size()) fail("a text is beyond the file's end");
        const std::uint64_t from = base_ + address;
        const std::string head = bytes_at(from, k_head_bytes);
        if (!head.starts_with(std::string_view("GCOL\1", 5)))
            fail("no text is where one says to be");
        const std::string& bytes =
            collections_.emplace(address, bytes_at(from, number_at<std::uint64_t>(head.data() + 8)))
                .first->second;
        objects_[address] = objects_in(bytes);
        return bytes;
    }

    /// By number, where each begins in the collection and its bytes.
    using Objects = std::map<std::uint32_t, std::pair<std::size_t, std::uint64_t>>;
    static Objects objects_in(const std::string& bytes) {
        Objects objects;
        std::size_t at = k_head_bytes;
        while (at + k_head_bytes <= bytes.size()) {
            const auto number = number_at<std::uint16_t>(bytes.data() + at);
            const auto size = number_at<std::uint64_t>(bytes.data() + at + 8);
            at += k_head_bytes;
            if (number == 0 || size > bytes.size() - at) break; // what is free, or damage
            objects[number] = {at, size};
            at += std::min<std::size_t>(bytes.size() - at, (size + 7) / 8 * 8);
        }
        return objects;
    }

    Storage& storage_;
    const std::string& path_;
    std::uint64_t base_;
    std::map<std::uint64_t, std::string> collections_;
    std::map<std::uint64_t, Objects> objects_;
};

/// Where addresses of the object's file count from. Of a file that is written to, all is then in the storage.
std::uint64_t base_of(hid_t object) {
    const Handle file(H5Iget_file_id(object), H5Fclose);
    unsigned intent = 0;
    if (H5Fget_intent(file.id(), &intent) >= 0 && (intent & H5F_ACC_RDWR) != 0)
        H5Fflush(file.id(), H5F_SCOPE_LOCAL);
    const Handle properties(H5Fget_create_plist(file.id()), H5Pclose);
    hsize_t base = 0;
    H5Pget_userblock(properties.id(), &base);
    return base;
}

} // namespace

ReferenceReading::ReferenceReading() : type_(H5Tcreate(H5T_OPAQUE, k_reference_bytes), H5Tclose) {
    H5Tregister(H5T_PERS_SOFT, "references", string_type(H5T_CSET_UTF8).id(), type_.id(),
                keep_reference);
}

ReferenceReading::~ReferenceReading() {
    H5Tunregister(H5T_PERS_SOFT, "references", -1, -1, keep_reference);
}

std::vector<char> ReferenceReading::room_for(std::size_t n) {
    return std::vector<char>(n * k_reference_bytes);
}

std::vector<std::string> texts_of(std::span<const char> references,
                                  hid_t object,
                                  Storage& storage,
                                  const std::string& path) {
    Heap heap(storage, path, base_of(object));
    std::vector<std::string> texts;
    std::uint64_t total = 0;
    for (const Reference& reference : references_of(references)) {
        total += reference.length;
        // A text may be there many times; so may a claim of one.
        if (total > std::max<std::uint64_t>(k_always_read_bytes, storage.size()))
            throw IoError(storage.name(),
                          fmt::format("{}: is damaged: {} bytes of text cannot be in a file of {}",
                                      path, total, storage.size()));
        texts.push_back(heap.text(reference));
    }
    return texts;
}

} // namespace spikewell::io::hdf5::detail
