#pragma once

#include "core/error.hpp"
#include "io/hdf5.hpp"
#include "io/hdf5_storage.hpp"

#include <fmt/format.h>

#include <concepts>
#include <hdf5.h>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// What the parts of src/io/hdf5.hpp share.
namespace spikewell::io::hdf5::detail {

static_assert(std::is_same_v<Handle::Id, hid_t>);

/// The innermost reason of HDF5's last error: the system's words where it gave some.
[[nodiscard]] std::string reason();

/// Throws for what the file's storage remembers, else for HDF5's last error.
[[noreturn]] void fail(const Storage& storage, const std::string& path, std::string_view what);

template <class Number>
Number checked(Number result,
               const Storage& storage,
               const std::string& path,
               std::string_view what) {
    if (result < 0) fail(storage, path, what);
    storage.require_sound(); // not all calls that read say that they could not
    return result;
}

// H5T_NATIVE_DOUBLE and its like are no constants but calls.
template <class T> hid_t memory_type() {
    if constexpr (std::same_as<T, double>) return H5T_NATIVE_DOUBLE;
    if constexpr (std::same_as<T, float>) return H5T_NATIVE_FLOAT;
    if constexpr (std::same_as<T, std::uint64_t>) return H5T_NATIVE_UINT64;
    if constexpr (std::same_as<T, std::int64_t>) return H5T_NATIVE_INT64;
    if constexpr (std::same_as<T, std::uint32_t>) return H5T_NATIVE_UINT32;
}

template <class T> hid_t file_type() {
    if constexpr (std::same_as<T, double>) return H5T_IEEE_F64LE;
    if constexpr (std::same_as<T, float>) return H5T_IEEE_F32LE;
    if constexpr (std::same_as<T, std::uint64_t>) return H5T_STD_U64LE;
    if constexpr (std::same_as<T, std::int64_t>) return H5T_STD_I64LE;
    if constexpr (std::same_as<T, std::uint32_t>) return H5T_STD_U32LE;
}

[[nodiscard]] Handle string_type(H5T_cset_t characters);

/// The type of T in a file; a string's is made, a number's lent.
template <class T> Handle stored_type() {
    if constexpr (std::same_as<T, std::string>)
        return string_type(H5T_CSET_UTF8);
    else
        return {H5Tcopy(file_type<T>()), H5Tclose};
}

/// Strings of fixed length lie one after another.
[[nodiscard]] std::vector<std::string> split(const std::vector<char>& bytes, std::size_t length);

/// Bytes of text that any file may claim.
constexpr std::size_t k_always_read_bytes = std::size_t{1} << 20U;

/// While it lives, reading strings of variable length as `type()` gives where in the file they lie: HDF5 itself
/// would allocate whatever a damaged file claims, and read what it does not have.
class ReferenceReading {
  public:
    ReferenceReading();
    ReferenceReading(const ReferenceReading&) = delete;
    ReferenceReading& operator=(const ReferenceReading&) = delete;
    ~ReferenceReading();
    [[nodiscard]] hid_t type() const { return type_.id(); }
    [[nodiscard]] static std::vector<char> room_for(std::size_t n);

  private:
    Handle type_;
};

/// The texts that they are of; `object` is any of the file. Throws IoError where one is not there, or all of them cannot be.
[[nodiscard]] std::vector<std::string> texts_of(std::span<const char> references,
                                                hid_t object,
                                                Storage& storage,
                                                const std::string& path);

/// Reads n strings of an object's through `transfer(memory type, buffer)`, be their length fixed or variable.
template <class Transfer>
std::vector<std::string> read_strings(hid_t type,
                                      hid_t object,
                                      std::size_t n,
                                      Storage& storage,
                                      const std::string& path,
                                      Transfer&& transfer) {
    if (H5Tis_variable_str(type) == 0) {
        const std::size_t length = H5Tget_size(type);
        std::vector<char> bytes(n * length);
        transfer(type, bytes.data());
        return split(bytes, length);
    }
    std::vector<char> references = ReferenceReading::room_for(n);
    {
        const ReferenceReading reading;
        transfer(reading.type(), references.data());
    }
    return texts_of(references, object, storage, path);
}

[[nodiscard]] Handle scalar_space();
[[nodiscard]] Handle line_space(std::size_t size);

} // namespace spikewell::io::hdf5::detail
