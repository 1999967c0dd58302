#include "fuzz/hdf5_edits.hpp"

#include "io/hdf5.hpp"

#include <hdf5.h>

namespace spikewell::test {

namespace {

using io::hdf5::Handle;

constexpr std::size_t k_max_edits = 12;
constexpr hsize_t k_max_written = 64; // elements; others of a dataset are what HDF5 fills in

struct Entry {
    std::string path;
    H5O_type_t type;
};

extern "C" herr_t keep_entry(hid_t, const char* name, const H5O_info_t* info, void* entries) {
    static_cast<std::vector<Entry>*>(entries)->push_back({name, info->type});
    return 0;
}

/// An edit that HDF5 refuses changes nothing, so no result is looked at.
class Hdf5Edits {
  public:
    Hdf5Edits(hid_t file, ByteSource& bytes, const std::vector<std::string>& words)
        : file_(file), bytes_(bytes), words_(words) {
        H5Ovisit2(file, H5_INDEX_NAME, H5_ITER_INC, keep_entry, &entries_, H5O_INFO_BASIC);
    }

    void apply() {
        switch (bytes_.below(9)) {
        case 0:
            put_number();
            break;
        case 1:
            put_text();
            break;
        case 2:
            replace(any());
            break;
        case 3:
            H5Ldelete(file_, any().c_str(), H5P_DEFAULT);
            break;
        case 4:
            H5Lmove(file_, any().c_str(), file_, new_name().c_str(), H5P_DEFAULT, H5P_DEFAULT);
            break;
        case 5:
            replace(new_name());
            break;
        case 6:
            H5Lcreate_hard(file_, any().c_str(), file_, new_name().c_str(), H5P_DEFAULT,
                           H5P_DEFAULT);
            break;
        case 7:
            H5Lcreate_soft(any().c_str(), file_, new_name().c_str(), H5P_DEFAULT, H5P_DEFAULT);
            break;
        default:
            put_attribute();
            break;
        }
    }

  private:
    const std::string& any() { return bytes_.one_of(entries_).path; }
    std::string word() {
        const std::size_t chosen = bytes_.below(words_.size() + 1);
        return chosen < words_.size() ? words_[chosen] : bytes_.take(1 + bytes_.below(16));
    }
    /// In a group, or in what is none.
    std::string new_name() { return any() + "/" + word(); }

    std::vector<std::string> some_words(std::size_t n) {
        std::vector<std::string> texts;
        for (std::size_t k = 0; k < n; ++k)
            texts.push_back(word());
        return texts;
    }

    [[nodiscard]] Handle open(const std::string& path) const {
        return {H5Dopen2(file_, path.c_str(), H5P_DEFAULT), H5Dclose};
    }

    void put_number() {
        const Handle dataset = open(any());
        if (!dataset.is_open()) return;
        const Handle type(H5Dget_type(dataset.id()), H5Tclose);
        const H5T_class_t kind = H5Tget_class(type.id());
        const Handle space(H5Dget_space(dataset.id()), H5Sclose);
        const hssize_t n = H5Sget_simple_extent_npoints(space.id());
        if ((kind != H5T_INTEGER && kind != H5T_FLOAT) || n < 1 || n > 100'000) return;
        std::vector<double> values(static_cast<std::size_t>(n));
        H5Dread(dataset.id(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
        const std::size_t at = bytes_.below(std::min<std::size_t>(values.size(), 256));
        values[at] = bytes_.number();
        H5Dwrite(dataset.id(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
    }

    void put_text() {
        const Handle dataset = open(any());
        if (!dataset.is_open()) return;
        const Handle type(H5Dget_type(dataset.id()), H5Tclose);
        const Handle space(H5Dget_space(dataset.id()), H5Sclose);
        const hssize_t n = H5Sget_simple_extent_npoints(space.id());
        if (H5Tis_variable_str(type.id()) <= 0 || n < 1 || n > 1000) return;
        std::vector<char*> read(static_cast<std::size_t>(n), nullptr);
        H5Dread(dataset.id(), type.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, read.data());
        std::vector<const char*> texts(read.begin(), read.end());
        const std::string text = word();
        texts[bytes_.below(std::min<std::size_t>(texts.size(), 256))] = text.c_str();
        H5Dwrite(dataset.id(), type.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, texts.data());
        H5Dvlen_reclaim(type.id(), space.id(), H5P_DEFAULT, read.data());
    }

    Handle any_type() {
        switch (bytes_.below(15)) {
        case 0:
            return {H5Tcopy(H5T_IEEE_F64LE), H5Tclose};
        case 1:
            return text_type(H5T_VARIABLE, H5T_CSET_UTF8);
        case 2:
            return {H5Tcopy(H5T_STD_U64LE), H5Tclose};
        case 3:
            return {H5Tcopy(H5T_STD_I64LE), H5Tclose};
        case 4:
            return {H5Tcopy(H5T_IEEE_F32BE), H5Tclose};
        case 5:
            return {H5Tcopy(H5T_STD_I8LE), H5Tclose};
        case 6:
            return text_type(H5T_VARIABLE, H5T_CSET_ASCII);
        case 7:
            return text_type(1 + bytes_.below(40), H5T_CSET_ASCII);
        case 8:
            return text_type(std::size_t{1} << 30U, H5T_CSET_ASCII);
        case 9:
            return {H5Tenum_create(H5T_STD_I32LE), H5Tclose};
        case 10:
            return {H5Tcreate(H5T_OPAQUE, 16), H5Tclose};
        case 11:
            return {H5Tvlen_create(H5T_STD_I32LE), H5Tclose};
        case 12: {
            const hsize_t extent = 1 + bytes_.below(200);
            return {H5Tarray_create2(H5T_IEEE_F64LE, 1, &extent), H5Tclose};
        }
        case 13:
            return {H5Tcopy(H5T_STD_REF_OBJ), H5Tclose};
        default: {
            Handle type(H5Tcreate(H5T_COMPOUND, 12), H5Tclose);
            H5Tinsert(type.id(), "a", 0, H5T_IEEE_F64LE);
            H5Tinsert(type.id(), "b", 8, H5T_STD_I32LE);
            return type;
        }
        }
    }

    static Handle text_type(std::size_t size, H5T_cset_t characters) {
        Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
        H5Tset_size(type.id(), size);
        H5Tset_cset(type.id(), characters);
        return type;
    }

    std::vector<hsize_t> any_shape() {
        static const std::vector<hsize_t> k_extents{1, 2, 3, 4, 0, 5, 6, 12, 1000, 1'000'000'000};
        std::vector<hsize_t> shape(bytes_.below(4));
        for (hsize_t& extent : shape)
            extent = bytes_.one_of(k_extents);
        return shape;
    }

    static Handle space_of(const std::vector<hsize_t>& shape, bool is_null) {
        if (is_null) return {H5Screate(H5S_NULL), H5Sclose};
        return {H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr), H5Sclose};
    }

    /// A dataset in the place of whatever is there.
    void replace(const std::string& path) {
        const Handle type = any_type();
        const std::vector<hsize_t> shape = any_shape();
        const bool is_null = bytes_.below(16) == 15;
        const Handle space = space_of(shape, is_null);
        const Handle properties(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
        if (bytes_.below(2) == 1 && !shape.empty()) {
            std::vector<hsize_t> chunk = shape;
            for (hsize_t& extent : chunk)
                extent = std::clamp<hsize_t>(extent, 1, 8);
            H5Pset_chunk(properties.id(), static_cast<int>(chunk.size()), chunk.data());
        }
        H5Ldelete(file_, path.c_str(), H5P_DEFAULT);
        const Handle dataset(H5Dcreate2(file_, path.c_str(), type.id(), space.id(), H5P_DEFAULT,
                                        properties.id(), H5P_DEFAULT),
                             H5Dclose);
        const hssize_t n = H5Sget_simple_extent_npoints(space.id());
        if (dataset.is_open() && n > 0 && static_cast<hsize_t>(n) <= k_max_written)
            fill(dataset, type, static_cast<std::size_t>(n));
    }

    void fill(const Handle& dataset, const Handle& type, std::size_t n) {
        const H5T_class_t kind = H5Tget_class(type.id());
        if (kind == H5T_INTEGER || kind == H5T_FLOAT) {
            std::vector<double> values(n);
            for (double& value : values)
                value = bytes_.number();
            H5Dwrite(dataset.id(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
        } else if (H5Tis_variable_str(type.id()) > 0) {
            const std::vector<std::string> texts = some_words(n);
            std::vector<const char*> pointers;
            for (const std::string& text : texts)
                pointers.push_back(text.c_str());
            H5Dwrite(dataset.id(), type.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, pointers.data());
        }
    }

    /// One in the place of any that has its name.
    void put_attribute() {
        const std::string path = any();
        const std::string name = word();
        const Handle type = any_type();
        const Handle space = space_of(any_shape(), false);
        H5Adelete_by_name(file_, path.c_str(), name.c_str(), H5P_DEFAULT);
        const Handle attribute(H5Acreate_by_name(file_, path.c_str(), name.c_str(), type.id(),
                                                 space.id(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
                               H5Aclose);
        if (!attribute.is_open() || H5Sget_simple_extent_npoints(space.id()) != 1) return;
        if (H5Tis_variable_str(type.id()) > 0) {
            const std::string text = word();
            const char* const pointer = text.c_str();
            H5Awrite(attribute.id(), type.id(), &pointer);
        } else if (H5Tget_class(type.id()) == H5T_INTEGER) {
            const double value = bytes_.number();
            H5Awrite(attribute.id(), H5T_NATIVE_DOUBLE, &value);
        }
    }

    hid_t file_;
    ByteSource& bytes_;
    const std::vector<std::string>& words_;
    std::vector<Entry> entries_; // "." is the first
};

} // namespace

void edit_hdf5(const std::filesystem::path& path,
               ByteSource& bytes,
               const std::vector<std::string>& words) {
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
    const Handle file(H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT), H5Fclose);
    for (std::size_t k = 0; k < k_max_edits && !bytes.is_empty(); ++k)
        Hdf5Edits(file.id(), bytes, words).apply();
}

} // namespace spikewell::test
