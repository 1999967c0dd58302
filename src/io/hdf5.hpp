#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace spikewell::io {

/// Whether a file begins as HDF5 does; false where it cannot be read.
[[nodiscard]] bool is_hdf5(const std::filesystem::path& path);

} // namespace spikewell::io

/// The part of HDF5 that Spikewell's files need: groups, datasets (also tables and single values),
/// attributes, further names for what is there.
///
/// Numbers are stored little endian, whatever the machine; strings with variable length in UTF-8.
/// No object carries a time stamp, so the same calls write the same bytes. Everything throws
/// IoError with the file's name and the object's path in it; HDF5 itself prints nothing. A write that
/// fails is told by that call or a later one on the file, at the latest by File::close.
///
/// Files may be a stranger's: what leads out of a file (external links and storage, virtual
/// datasets) is refused, and memory is asked for only where the file's own length warrants it.
///
/// Element types T: double, float, std::uint64_t, std::int64_t, std::uint32_t, std::string.
/// Numbers are converted when what is stored is of another numeric type.
namespace spikewell::io::hdf5 {

class Storage; // the file's bytes: src/io/hdf5_storage.hpp

/// An HDF5 identifier that closes itself.
class Handle {
  public:
    using Id = std::int64_t; // hid_t; its header stays out of here
    using Close = int (*)(Id);

    Handle() = default;
    Handle(Id id, Close closer) : id_(id), close_(closer) {}
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;
    Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, -1)), close_(other.close_) {}
    Handle& operator=(Handle&& other) noexcept {
        std::swap(id_, other.id_);
        std::swap(close_, other.close_);
        return *this;
    }
    ~Handle();

    [[nodiscard]] Id id() const { return id_; }
    [[nodiscard]] bool is_open() const { return id_ >= 0; }
    /// Closes now; returns whether that succeeded.
    [[nodiscard]] bool close();

  private:
    Id id_ = -1;
    Close close_ = nullptr;
};

/// A value of an enumeration and what it is called.
struct EnumMember {
    std::string name;
    std::int32_t value = 0;
};

/// A group or a dataset: something with a path in a file, and attributes.
class Object {
  public:
    Object(Handle handle, std::shared_ptr<Storage> storage, std::string path)
        : storage_(std::move(storage)), handle_(std::move(handle)), path_(std::move(path)) {}
    Object(const Object&) = delete;
    Object& operator=(const Object&) = delete;
    Object(Object&&) noexcept = default;
    Object& operator=(Object&&) noexcept = default;
    /// A failure to close is one of the file.
    ~Object();

    [[nodiscard]] const std::string& file() const; ///< its name
    [[nodiscard]] const std::string& path() const { return path_; }

    void set_attribute(const std::string& name, const std::string& text) const;
    void set_attribute(const std::string& name, std::uint32_t value) const;
    void set_attribute(const std::string& name, std::span<const std::uint32_t> values) const;
    /// A value of an enumeration of 32-bit numbers; `chosen` is one of `members`.
    void set_attribute(const std::string& name,
                       const std::vector<EnumMember>& members,
                       const std::string& chosen) const;

    [[nodiscard]] bool has_attribute(const std::string& name) const;
    /// One string, or the name of an enumeration's value.
    [[nodiscard]] std::string text_attribute(const std::string& name) const;
    /// One number, whole or not.
    [[nodiscard]] double number_attribute(const std::string& name) const;
    /// One number or several.
    [[nodiscard]] std::vector<std::uint32_t> uint32_attribute(const std::string& name) const;

  protected:
    [[nodiscard]] Handle::Id id() const { return handle_.id(); }
    [[nodiscard]] static Handle::Id id_of(const Object& other) { return other.id(); }
    [[nodiscard]] const std::shared_ptr<Storage>& storage() const { return storage_; }
    [[nodiscard]] std::string path_of(const std::string& name) const;

  private:
    std::shared_ptr<Storage> storage_;
    Handle handle_;
    std::string path_; // "/" for the root group
};

/// What the elements of a dataset are.
enum class Kind { whole_number, real_number, text, other };

class Dataset : public Object {
  public:
    using Object::Object;

    [[nodiscard]] std::size_t size() const;               ///< elements, of all dimensions
    [[nodiscard]] std::vector<std::size_t> shape() const; ///< empty: a single value
    [[nodiscard]] Kind kind() const;
    /// All elements, row after row. Refuses sizes that the file's bytes cannot hold.
    template <class T> [[nodiscard]] std::vector<T> read() const;
    /// Adds elements at the end, or whole rows; only for datasets of Group::create_dataset and create_table.
    template <class T> void append(std::span<const T> values) const;
};

/// How an extensible dataset is stored.
struct Chunking {
    std::size_t elements = 16384; ///< a chunk; appending whole chunks is cheapest
    unsigned deflate = 1;         ///< 0 (none) .. 9
};

class Group : public Object {
  public:
    using Object::Object;

    [[nodiscard]] Group create_group(const std::string& name) const;
    /// Throws when there is none.
    [[nodiscard]] Group group(const std::string& name) const;
    [[nodiscard]] Dataset dataset(const std::string& name) const;
    /// Throws where the name is there and leads to another file.
    [[nodiscard]] bool has(const std::string& name) const;
    [[nodiscard]] bool has_group(const std::string& name) const; ///< and it is a group
    [[nodiscard]] std::vector<std::string> names() const;        ///< of what is in it, sorted

    /// A dataset of fixed size with these values.
    // NOLINTNEXTLINE(modernize-use-nodiscard): the dataset is for who gives it attributes
    template <class T> Dataset write(const std::string& name, std::span<const T> values) const;
    /// The same with any shape; `values` row after row. An empty shape is a single value.
    template <class T>
    // NOLINTNEXTLINE(modernize-use-nodiscard): as above
    Dataset write(const std::string& name,
                  std::span<const T> values,
                  const std::vector<std::size_t>& shape) const;
    /// A further name for what is in the file already.
    void link(const std::string& name, const Object& target) const;
    /// An empty dataset that can be appended to.
    template <class T>
    [[nodiscard]] Dataset create_dataset(const std::string& name, const Chunking& chunking) const;
    /// An empty table [0 x n_columns], n_columns > 0, that whole rows can be appended to; about as many
    /// elements a chunk.
    template <class T>
    [[nodiscard]] Dataset create_table(const std::string& name,
                                       std::size_t n_columns,
                                       const Chunking& chunking) const;

  private:
    [[nodiscard]] Dataset create_extensible(const std::string& name,
                                            Handle::Id type,
                                            const std::vector<std::size_t>& shape,
                                            const std::vector<std::size_t>& chunk,
                                            unsigned deflate) const;
};

class File {
  public:
    /// Makes the file, or makes it anew; its root has an attribute made_by, what made this program.
    [[nodiscard]] static File create(const std::filesystem::path& path);
    /// For reading.
    [[nodiscard]] static File open(const std::filesystem::path& path);

    [[nodiscard]] Group root() const;
    /// Writes what is not yet written, to the disk, and closes, all that is open in the file, too.
    /// Throws when anything about the file has failed; the destructor does not.
    void close();

  private:
    File(Handle handle, std::shared_ptr<Storage> storage)
        : storage_(std::move(storage)), handle_(std::move(handle)) {}

    std::shared_ptr<Storage> storage_;
    Handle handle_;
};

} // namespace spikewell::io::hdf5
