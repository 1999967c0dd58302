#include "io/hdf5_detail.hpp"

#include <array>

namespace spikewell::io::hdf5 {

using namespace detail;

namespace {

void write_attribute(hid_t object,
                     const Storage& storage,
                     const std::string& path,
                     hid_t type,
                     hid_t space,
                     const void* value) {
    const std::string name = path.substr(path.rfind('@') + 1);
    const Handle attribute(
        checked(H5Acreate2(object, name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT), storage,
                path, "cannot be written"),
        H5Aclose);
    checked(H5Awrite(attribute.id(), type, value), storage, path, "cannot be written");
}

/// An attribute open for reading, with its type and shape.
struct StoredAttribute {
    Handle attribute;
    Handle type;
    Handle space;
    std::size_t size;
};

StoredAttribute open_attribute(hid_t object,
                               const Storage& storage,
                               const std::string& path,
                               const std::string& name) {
    StoredAttribute stored{};
    stored.attribute = {
        checked(H5Aopen(object, name.c_str(), H5P_DEFAULT), storage, path, "cannot be read"),
        H5Aclose};
    stored.type = {H5Aget_type(stored.attribute.id()), H5Tclose};
    stored.space = {H5Aget_space(stored.attribute.id()), H5Sclose};
    stored.size = static_cast<std::size_t>(
        checked(H5Sget_simple_extent_npoints(stored.space.id()), storage, path, "cannot be read"));
    return stored;
}

std::string enum_name(const StoredAttribute& stored,
                      const Storage& storage,
                      const std::string& path) {
    constexpr std::size_t k_longest_name = 256;
    std::vector<char> value(H5Tget_size(stored.type.id()));
    std::array<char, k_longest_name> name{};
    checked(H5Aread(stored.attribute.id(), stored.type.id(), value.data()), storage, path,
            "cannot be read");
    checked(H5Tenum_nameof(stored.type.id(), value.data(), name.data(), name.size()), storage, path,
            "is no value of its enumeration");
    return name.data();
}

} // namespace

void Object::set_attribute(const std::string& name, const std::string& text) const {
    const char* const value = text.c_str();
    write_attribute(id(), *storage(), path_ + "@" + name, string_type(H5T_CSET_UTF8).id(),
                    scalar_space().id(), &value);
}

void Object::set_attribute(const std::string& name, std::uint32_t value) const {
    write_attribute(id(), *storage(), path_ + "@" + name, file_type<std::uint32_t>(),
                    scalar_space().id(), &value);
}

void Object::set_attribute(const std::string& name, std::span<const std::uint32_t> values) const {
    write_attribute(id(), *storage(), path_ + "@" + name, file_type<std::uint32_t>(),
                    line_space(values.size()).id(), values.data());
}

void Object::set_attribute(const std::string& name,
                           const std::vector<EnumMember>& members,
                           const std::string& chosen) const {
    const Handle type(H5Tenum_create(H5T_STD_I32LE), H5Tclose);
    std::int32_t value = 0;
    for (const EnumMember& member : members) {
        H5Tenum_insert(type.id(), member.name.c_str(), &member.value);
        if (member.name == chosen) value = member.value;
    }
    write_attribute(id(), *storage(), path_ + "@" + name, type.id(), scalar_space().id(), &value);
}

bool Object::has_attribute(const std::string& name) const {
    const bool is_there = H5Aexists(id(), name.c_str()) > 0;
    storage()->require_sound(); // what cannot be read is not absent
    return is_there;
}

std::string Object::text_attribute(const std::string& name) const {
    const std::string path = path_ + "@" + name;
    const StoredAttribute stored = open_attribute(id(), *storage(), path, name);
    if (stored.size != 1)
        throw IoError(file(), fmt::format("{}: has {} values, allowed 1", path, stored.size));
    const H5T_class_t kind = H5Tget_class(stored.type.id());
    if (kind == H5T_ENUM) return enum_name(stored, *storage(), path);
    if (kind != H5T_STRING) throw IoError(file(), fmt::format("{}: is no text", path));
    return read_strings(stored.type.id(), id(), 1, *storage(), path,
                        [&](hid_t type, void* buffer) {
                            checked(H5Aread(stored.attribute.id(), type, buffer), *storage(), path,
                                    "cannot be read");
                        })
        .front();
}

double Object::number_attribute(const std::string& name) const {
    const std::string path = path_ + "@" + name;
    const StoredAttribute stored = open_attribute(id(), *storage(), path, name);
    const H5T_class_t kind = H5Tget_class(stored.type.id());
    if (stored.size != 1 || (kind != H5T_INTEGER && kind != H5T_FLOAT))
        throw IoError(file(), fmt::format("{}: is not one number", path));
    double value = 0.0;
    checked(H5Aread(stored.attribute.id(), H5T_NATIVE_DOUBLE, &value), *storage(), path,
            "cannot be read");
    return value;
}

std::vector<std::uint32_t> Object::uint32_attribute(const std::string& name) const {
    const std::string path = path_ + "@" + name;
    const StoredAttribute stored = open_attribute(id(), *storage(), path, name);
    if (H5Tget_class(stored.type.id()) != H5T_INTEGER)
        throw IoError(file(), fmt::format("{}: is no whole number", path));
    std::vector<std::uint32_t> values(stored.size);
    checked(H5Aread(stored.attribute.id(), H5T_NATIVE_UINT32, values.data()), *storage(), path,
            "cannot be read");
    return values;
}

} // namespace spikewell::io::hdf5
