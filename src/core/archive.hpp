#pragma once

#include "core/error.hpp"
#include "core/ids.hpp"

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

/// State as bytes and back. One function lists an object's parts for both directions:
///
///     template <class Archive> void archive(Archive& archive, Thing& thing) {
///         archive(thing.number, thing.numbers);
///         archive.fixed(thing.as_many_as_before);
///     }
///
/// Numbers are kept bit by bit, in the machine's own order: for going on on machines of one kind.
namespace spikewell {

namespace detail {

/// Without bytes that mean nothing.
template <class T>
concept PlainNumber = std::is_arithmetic_v<T> || std::is_enum_v<T>;

template <class Archive, class T>
concept ArchivesItself = requires(T& value, Archive& archive) {
    value.archive(archive);
};

} // namespace detail

/// Puts values into bytes.
class ArchiveWriter {
  public:
    static constexpr bool k_reads = false;

    template <class... T> void operator()(T&... values) { (one(values), ...); }
    /// A vector whose length the reader knows.
    template <class T, class Allocator> void fixed(std::vector<T, Allocator>& values) {
        one(values);
    }
    /// Plain data without padding.
    template <class T> void raw(std::vector<T>& values) {
        static_assert(std::is_trivially_copyable_v<T>);
        auto n = static_cast<std::uint64_t>(values.size());
        one(n);
        put(values.data(), n * sizeof(T));
    }
    /// Numbers whose count the reader knows.
    template <detail::PlainNumber T> void array(T* values, std::size_t n) {
        put(values, n * sizeof(T));
    }
    /// What another writer wrote, to be read, or passed over, by a reader of its own.
    void piece(std::string_view bytes) {
        auto n = static_cast<std::uint64_t>(bytes.size());
        one(n);
        append(bytes);
    }
    /// Pieces that were put together elsewhere.
    void append(std::string_view pieces) { bytes_.append(pieces); }

    [[nodiscard]] std::string take() { return std::move(bytes_); }

  private:
    void put(const void* from, std::size_t n) { bytes_.append(static_cast<const char*>(from), n); }
    template <detail::PlainNumber T> void one(T& value) { put(&value, sizeof value); }
    void one(Spike& spike) { (*this)(spike.t_ms, spike.source); }
    template <class T>
    requires detail::ArchivesItself<ArchiveWriter, T>
    void one(T& value) { value.archive(*this); }
    template <class T, class Allocator> void one(std::vector<T, Allocator>& values) {
        auto n = static_cast<std::uint64_t>(values.size());
        one(n);
        if constexpr (detail::PlainNumber<T>) {
            put(values.data(), values.size() * sizeof(T));
        } else {
            for (T& value : values)
                one(value);
        }
    }

    std::string bytes_;
};

/// Takes them out again. Throws NetworkError where there are fewer than expected, a vector is not as
/// long as it must be, or a truth value is neither; reads nothing beyond the end, and asks for no more
/// memory than the bytes account for. What the values mean is for the caller to check.
class ArchiveReader {
  public:
    static constexpr bool k_reads = true;

    explicit ArchiveReader(std::string_view bytes) : bytes_(bytes) {}

    template <class... T> void operator()(T&... values) { (one(values), ...); }
    template <class T, class Allocator> void fixed(std::vector<T, Allocator>& values) {
        std::uint64_t n = 0;
        one(n);
        if (n != values.size()) fail("is not that of this network");
        fill(values);
    }
    template <class T> void raw(std::vector<T>& values) {
        static_assert(std::is_trivially_copyable_v<T>);
        values.resize(length(sizeof(T)));
        get(values.data(), values.size() * sizeof(T));
    }
    template <detail::PlainNumber T> void array(T* values, std::size_t n) {
        get(values, n * sizeof(T));
    }
    [[nodiscard]] ArchiveReader piece() {
        const std::size_t n = length(1);
        const std::string_view bytes = bytes_.substr(0, n);
        bytes_.remove_prefix(n);
        return ArchiveReader(bytes);
    }
    void require_end() const {
        if (!bytes_.empty()) fail("has more bytes than expected");
    }
    [[noreturn]] static void fail(const char* what) { throw NetworkError("saved state", what); }

  private:
    void get(void* to, std::size_t n) {
        if (bytes_.size() < n) fail("is truncated");
        if (n > 0) std::memcpy(to, bytes_.data(), n);
        bytes_.remove_prefix(n);
    }
    /// A length, no more than what is left can hold: memory is not asked for in vain.
    std::size_t length(std::size_t least_bytes) {
        std::uint64_t n = 0;
        one(n);
        if (n > bytes_.size() / least_bytes) fail("is truncated");
        return n;
    }
    void one(bool& value) {
        std::uint8_t byte = 0;
        one(byte);
        if (byte > 1) fail("holds a truth value that is none");
        value = byte != 0;
    }
    template <detail::PlainNumber T> void one(T& value) {
        static_assert(!std::is_enum_v<T>, "what is read may be no value of an enumeration");
        get(&value, sizeof value);
    }
    void one(Spike& spike) { (*this)(spike.t_ms, spike.source); }
    template <class T>
    requires detail::ArchivesItself<ArchiveReader, T>
    void one(T& value) { value.archive(*this); }
    template <class T, class Allocator> void one(std::vector<T, Allocator>& values) {
        values.resize(length(least_bytes<T>()));
        fill(values);
    }
    template <class T, class Allocator> void fill(std::vector<T, Allocator>& values) {
        if constexpr (detail::PlainNumber<T>) {
            get(values.data(), values.size() * sizeof(T));
        } else {
            for (T& value : values)
                one(value);
        }
    }
    /// What the smallest T is archived in: one without elements, where it has some.
    template <class T> static std::size_t least_bytes() {
        if constexpr (detail::PlainNumber<T>) return sizeof(T);
        T empty{};
        ArchiveWriter writer;
        writer(empty);
        return writer.take().size();
    }

    std::string_view bytes_;
};

} // namespace spikewell
