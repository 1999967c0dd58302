#include "core/error.hpp"
#include "io/hdf5.hpp"
#include "support/file_size_limit.hpp"
#include "support/scratch_folder.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <hdf5.h>
#include <limits>
#include <numeric>

using namespace spikewell;
using namespace spikewell::io;
using spikewell::test::FileSizeLimit;
using spikewell::test::ScratchFolder;

namespace {

template <class T> std::vector<T> through_a_file(const std::vector<T>& values) {
    const ScratchFolder folder;
    hdf5::File out = hdf5::File::create(folder / "a.h5");
    out.root().write<T>("values", values);
    out.close();
    return hdf5::File::open(folder / "a.h5").root().dataset("values").read<T>();
}

void write_example(const std::filesystem::path& path) {
    hdf5::File file = hdf5::File::create(path);
    const hdf5::Group group = file.root().create_group("outer").create_group("inner");
    const std::vector<double> times{0.5, 1.5};
    group.write<double>("times", times).set_attribute("units", "ms");
    const std::array<std::uint32_t, 2> version{0, 1};
    file.root().set_attribute("magic", std::uint32_t{0x0A7A});
    file.root().set_attribute("version", version);
    group.set_attribute("sorting", {{"none", 0}, {"by_id", 1}, {"by_time", 2}}, "by_time");
    file.close();
}

} // namespace

TEST_CASE("HDF5 datasets of every type give back what went in") {
    const double tiny = std::numeric_limits<double>::denorm_min();
    CHECK(through_a_file<double>({0.1, -1e300, tiny}) == std::vector<double>{0.1, -1e300, tiny});
    CHECK(through_a_file<float>({0.1F, -2.0F}) == std::vector<float>{0.1F, -2.0F});
    const std::uint64_t greatest = std::numeric_limits<std::uint64_t>::max();
    CHECK(through_a_file<std::uint64_t>({0, greatest}) == std::vector<std::uint64_t>{0, greatest});
    CHECK(through_a_file<std::int64_t>({-1, 5}) == std::vector<std::int64_t>{-1, 5});
    const std::vector<std::string> texts{"", "one", "tau_m \xC2\xB5s"};
    CHECK(through_a_file<std::string>(texts) == texts);
    CHECK(through_a_file<double>({}).empty());
    CHECK(through_a_file<std::string>({}).empty());
}

TEST_CASE("HDF5 numbers are converted when read as another type") {
    const ScratchFolder folder;
    hdf5::File out = hdf5::File::create(folder / "a.h5");
    const std::vector<float> values{1.5F, 2.0F};
    out.root().write<float>("values", values);
    out.close();
    const hdf5::Dataset stored = hdf5::File::open(folder / "a.h5").root().dataset("values");
    CHECK(stored.read<double>() == std::vector<double>{1.5, 2.0});
    CHECK_THROWS_WITH(stored.read<std::string>(), Catch::EndsWith("/values: is no text"));
}

TEST_CASE("HDF5 datasets grow by appending, across chunks") {
    const ScratchFolder folder;
    std::vector<std::uint64_t> all(1000);
    std::iota(all.begin(), all.end(), std::uint64_t{7});
    hdf5::File out = hdf5::File::create(folder / "a.h5");
    const hdf5::Dataset dataset = out.root().create_dataset<std::uint64_t>("ids", {64, 1});
    CHECK(dataset.size() == 0);
    for (std::size_t from = 0; from < all.size(); from += 30) {
        const std::size_t count = std::min<std::size_t>(30, all.size() - from);
        dataset.append<std::uint64_t>(std::span(all).subspan(from, count));
    }
    out.close();
    CHECK(hdf5::File::open(folder / "a.h5").root().dataset("ids").read<std::uint64_t>() == all);
}

TEST_CASE("HDF5 strings can be appended") {
    const ScratchFolder folder;
    const std::vector<std::string> texts{"a", "bc"};
    hdf5::File out = hdf5::File::create(folder / "a.h5");
    const hdf5::Dataset dataset = out.root().create_dataset<std::string>("names", {4, 0});
    dataset.append<std::string>(texts);
    dataset.append<std::string>(texts);
    CHECK(dataset.read<std::string>() == std::vector<std::string>{"a", "bc", "a", "bc"});
}

TEST_CASE("HDF5 groups, names and attributes are found again") {
    const ScratchFolder folder;
    write_example(folder / "a.h5");
    const hdf5::File file = hdf5::File::open(folder / "a.h5");
    const hdf5::Group root = file.root();
    CHECK(root.names() == std::vector<std::string>{"outer"});
    CHECK(root.uint32_attribute("magic") == std::vector<std::uint32_t>{2682});
    CHECK(root.uint32_attribute("version") == std::vector<std::uint32_t>{0, 1});
    const hdf5::Group inner = root.group("outer").group("inner");
    CHECK(inner.path() == "/outer/inner");
    CHECK(inner.text_attribute("sorting") == "by_time");
    CHECK(inner.dataset("times").text_attribute("units") == "ms");
    CHECK(inner.has_attribute("sorting"));
    CHECK_FALSE(inner.has_attribute("units"));
    CHECK(inner.has("times"));
    CHECK_FALSE(inner.has("ids"));
}

TEST_CASE("HDF5 files of the same calls are the same bytes") {
    const ScratchFolder folder;
    write_example(folder / "a.h5");
    write_example(folder / "b.h5");
    CHECK(folder.content("a.h5") == folder.content("b.h5"));
    REQUIRE(folder.content("a.h5").size() > 100);
}

TEST_CASE("HDF5 errors name the file and what is missing or wrong in it") {
    const ScratchFolder folder;
    const std::string path = (folder / "a.h5").string();
    write_example(path);
    const hdf5::Group root = hdf5::File::open(path).root();
    CHECK_THROWS_WITH(root.group("none"), path + ": has no group /none");
    CHECK_THROWS_WITH(root.group("outer").dataset("none"), path + ": has no dataset /outer/none");
    CHECK_THROWS_WITH(root.dataset("outer"),
                      Catch::StartsWith(path + ": /outer: cannot be opened"));
    CHECK_THROWS_WITH(root.text_attribute("none"), Catch::StartsWith(path + ": /@none: cannot be"));
    CHECK_THROWS_WITH(root.text_attribute("magic"), path + ": /@magic: is no text");
    CHECK_THROWS_WITH(root.create_group("new"), Catch::StartsWith(path + ": /new: cannot be made"));
    CHECK_THROWS_AS(root.uint32_attribute("none"), IoError);
}

TEST_CASE("What is no HDF5 file is refused") {
    const ScratchFolder folder;
    folder.write("text", "t_ms,population,neuron\n");
    folder.write("empty", "");
    CHECK_THROWS_WITH(hdf5::File::open(folder / "text"), Catch::Contains("is no HDF5 file"));
    CHECK_THROWS_WITH(hdf5::File::open(folder / "empty"), Catch::Contains("is no HDF5 file"));
    CHECK_THROWS_WITH(hdf5::File::open(folder / "none"),
                      Catch::EndsWith("cannot be read: No such file or directory"));
    CHECK_THROWS_WITH(hdf5::File::create(folder / "no/folder"),
                      Catch::EndsWith("cannot be written: No such file or directory"));
}

TEST_CASE("A truncated HDF5 file is refused, not read in part") {
    const ScratchFolder folder;
    write_example(folder / "a.h5");
    const std::string whole = folder.content("a.h5");
    for (const std::size_t length : {std::size_t{8}, whole.size() / 2, whole.size() - 1}) {
        folder.write("cut.h5", whole.substr(0, length));
        CHECK_THROWS_AS(hdf5::File::open(folder / "cut.h5"), IoError);
    }
}

TEST_CASE("An HDF5 dataset that claims more than the file can hold is refused before memory is") {
    const ScratchFolder folder;
    hdf5::File out = hdf5::File::create(folder / "a.h5");
    const std::vector<std::uint64_t> marks(3, 0x0123'4567'89AB'CDEFU);
    out.root().create_dataset<std::uint64_t>("ids", {4, 0}).append<std::uint64_t>(marks);
    out.close();
    // The extent stands in the dataset's header as 3 before the unlimited greatest extent.
    std::string bytes = folder.content("a.h5");
    const std::string extent = std::string("\3\0\0\0\0\0\0\0", 8) + std::string(8, '\xFF');
    const std::size_t at = bytes.find(extent);
    REQUIRE(at != std::string::npos);
    bytes[at + 5] = '\1'; // 2^40 more
    folder.write("a.h5", bytes);
    const hdf5::Dataset ids = hdf5::File::open(folder / "a.h5").root().dataset("ids");
    CHECK_THROWS_WITH(ids.read<std::uint64_t>(), Catch::Contains("/ids: is damaged"));
}

TEST_CASE("Texts of fixed length are refused where they are longer than the file") {
    const ScratchFolder folder;
    {
        const hid_t file =
            H5Fcreate((folder / "a.h5").c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
        const hid_t type = H5Tcopy(H5T_C_S1);
        H5Tset_size(type, std::size_t{1} << 31U);
        const hid_t space = H5Screate(H5S_SCALAR);
        H5Dclose(H5Dcreate2(file, "t", type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
        H5Sclose(space);
        H5Tclose(type);
        H5Fclose(file);
    }
    const hdf5::Dataset text = hdf5::File::open(folder / "a.h5").root().dataset("t");
    CHECK_THROWS_WITH(text.read<std::string>(), Catch::Contains("/t: is damaged"));
}

namespace {

/// Datasets that grow and some of fixed size; more than HDF5 keeps in memory.
void write_much(const std::filesystem::path& path) {
    hdf5::File file = hdf5::File::create(path);
    const hdf5::Group group = file.root().create_group("spikes");
    const hdf5::Dataset ids = group.create_dataset<std::uint64_t>("ids", {4096, 1});
    std::vector<std::uint64_t> values(4096);
    for (std::uint64_t k = 0; k < 20; ++k) {
        std::iota(values.begin(), values.end(), k * k * 1'000'003U);
        ids.append<std::uint64_t>(values);
        group.write<std::uint64_t>("fixed" + std::to_string(k), values).set_attribute("k", "text");
    }
    group.write<std::string>("texts", std::vector<std::string>(100, "text"));
    file.close();
}

std::string outcome_of_writing(const std::filesystem::path& path) {
    try {
        write_much(path);
    } catch (const IoError& error) {
        return error.what();
    }
    return "no error";
}

/// Through HDF5 itself: what no file of ours has.
template <class Make> std::string read_of(const Make& make) {
    const ScratchFolder folder;
    folder.write("secret.bin", std::string(64, 'x'));
    write_example(folder / "other.h5");
    const hid_t file =
        H5Fcreate((folder / "a.h5").c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    make(file, folder);
    H5Fclose(file);
    try {
        const hdf5::Group root = hdf5::File::open(folder / "a.h5").root();
        if (root.has_group("x")) return "a group of " + root.group("x").names().at(0);
        return "a dataset of " + std::to_string(root.dataset("x").read<double>().at(0));
    } catch (const Error& error) {
        return error.what();
    }
}

/// A dataset x of 8 numbers with these properties.
void make_dataset(hid_t file, hid_t properties) {
    const hsize_t size = 8;
    const hid_t space = H5Screate_simple(1, &size, nullptr);
    H5Dclose(H5Dcreate2(file, "x", H5T_IEEE_F64LE, space, H5P_DEFAULT, properties, H5P_DEFAULT));
    H5Sclose(space);
    H5Pclose(properties);
}

} // namespace

TEST_CASE("A failed write of an HDF5 file is told, wherever it happens") {
    const ScratchFolder folder;
    write_much(folder / "whole.h5");
    const std::size_t size = folder.content("whole.h5").size();
    REQUIRE(size > 500'000);
    for (std::size_t limit = 0; limit < size; limit += limit < 4096 ? 512 : size / 40) {
        CAPTURE(limit);
        std::string outcome;
        {
            const FileSizeLimit full(limit);
            outcome = outcome_of_writing(folder / "a.h5");
        }
        CHECK_THAT(outcome, Catch::EndsWith("a.h5: cannot be written: File too large"));
    }
    const FileSizeLimit enough(size);
    CHECK(outcome_of_writing(folder / "a.h5") == "no error");
    CHECK(folder.content("a.h5") == folder.content("whole.h5"));
}

TEST_CASE("An HDF5 file that another process writes is neither written nor read") {
    const ScratchFolder folder;
    hdf5::File file = hdf5::File::create(folder / "a.h5");
    CHECK_THROWS_WITH(hdf5::File::create(folder / "a.h5"),
                      Catch::EndsWith("cannot be written: another process has it open"));
    CHECK_THROWS_WITH(hdf5::File::open(folder / "a.h5"),
                      Catch::EndsWith("cannot be read: another process has it open"));
    file.close();
    CHECK_NOTHROW(hdf5::File::open(folder / "a.h5"));
}

TEST_CASE("What leads out of an HDF5 file is refused") {
    const auto external_link = [](hid_t file, const char* name) {
        H5Lcreate_external("other.h5", "/outer", file, name, H5P_DEFAULT, H5P_DEFAULT);
    };
    CHECK_THAT(read_of([&](hid_t file, const ScratchFolder&) { external_link(file, "x"); }),
               Catch::EndsWith("/x: is a link to another file, which is not opened"));
    CHECK_THAT(read_of([&](hid_t file, const ScratchFolder&) {
                   external_link(file, "out");
                   H5Lcreate_soft("/out/inner", file, "x", H5P_DEFAULT, H5P_DEFAULT);
               }),
               Catch::Contains("/x: cannot be opened as a dataset"));
    CHECK_THAT(read_of([](hid_t file, const ScratchFolder& folder) {
                   const hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
                   H5Pset_external(properties, (folder / "secret.bin").c_str(), 0, 64);
                   make_dataset(file, properties);
               }),
               Catch::EndsWith("/x: has its data in other files, which are not opened"));
    CHECK_THAT(read_of([](hid_t file, const ScratchFolder& folder) {
                   const hsize_t size = 8;
                   const hid_t space = H5Screate_simple(1, &size, nullptr);
                   const hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
                   H5Pset_virtual(properties, space, (folder / "other.h5").c_str(),
                                  "/outer/inner/times", space);
                   H5Sclose(space);
                   make_dataset(file, properties);
               }),
               Catch::EndsWith("/x: has its data in other files, which are not opened"));
    CHECK(read_of([](hid_t file, const ScratchFolder&) { // within the file there is no harm
              H5Gclose(H5Gcreate2(file, "g", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
              H5Lcreate_soft("/x", file, "/g/back", H5P_DEFAULT, H5P_DEFAULT);
              H5Lcreate_soft("/g", file, "x", H5P_DEFAULT, H5P_DEFAULT);
          }) == "a group of back");
}

TEST_CASE("A chunk that claims more than the file can hold is refused before memory is") {
    CHECK_THAT(read_of([](hid_t file, const ScratchFolder&) {
                   const hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
                   const hsize_t chunk = 8;
                   H5Pset_chunk(properties, 1, &chunk);
                   H5Pset_deflate(properties, 1);
                   make_dataset(file, properties);
               }),
               Catch::Equals("a dataset of 0.000000"));
    CHECK_THAT(read_of([](hid_t file, const ScratchFolder&) {
                   const hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
                   const hsize_t chunk = hsize_t{1} << 28U;
                   H5Pset_chunk(properties, 1, &chunk);
                   H5Pset_deflate(properties, 1);
                   const hsize_t size = 8;
                   const hsize_t most = H5S_UNLIMITED;
                   const hid_t space = H5Screate_simple(1, &size, &most);
                   H5Dclose(H5Dcreate2(file, "x", H5T_IEEE_F64LE, space, H5P_DEFAULT, properties,
                                       H5P_DEFAULT));
                   H5Sclose(space);
                   H5Pclose(properties);
               }),
               Catch::Contains("/x: is damaged: a chunk of 2.14748e+09 bytes"));
}

TEST_CASE("Texts that claim more bytes than the file has are refused before memory is") {
    const ScratchFolder folder;
    hdf5::File out = hdf5::File::create(folder / "a.h5");
    out.root().write<std::string>("text", std::vector<std::string>{"seventeen letters"});
    out.root().set_attribute("label", "nineteen characters");
    out.close();
    for (const char length : {'\x11', '\x13'}) {
        // A text stands as its length, its heap's place and its number there.
        std::string bytes = folder.content("a.h5");
        const std::size_t heap = bytes.find("GCOL");
        REQUIRE(heap < 65536);
        std::string place(12, '\0');
        place[0] = length;
        place[4] = static_cast<char>(heap & 0xFFU);
        place[5] = static_cast<char>(heap >> 8U);
        const std::size_t at = bytes.find(place);
        REQUIRE(at != std::string::npos);
        bytes[at + 3] = '\x50';
        folder.write("b.h5", bytes);
        const hdf5::Group root = hdf5::File::open(folder / "b.h5").root();
        const auto read = [&] {
            return length == '\x11' ? root.dataset("text").read<std::string>().at(0)
                                    : root.text_attribute("label");
        };
        CHECK_THROWS_WITH(read(), Catch::Contains("bytes of text cannot be in a file of"));
    }
}

TEST_CASE("Texts whose heap is damaged are refused, not looked for without end") {
    const ScratchFolder folder;
    hdf5::File out = hdf5::File::create(folder / "a.h5");
    out.root().write<std::string>("text", std::vector<std::string>{"seventeen letters", "two"});
    out.close();
    const std::string sound = folder.content("a.h5");
    const std::size_t heap = sound.find("GCOL");
    const std::size_t text =
        sound.find(std::string("two\0", 4)); // behind its number and, at 8, its size
    REQUIRE(heap < text);
    REQUIRE(text < sound.size() - 100);
    const std::size_t object = text - 16;
    struct Damage {
        std::size_t at;
        std::string bytes;
        std::string told;
    };
    const std::string most(8, '\xFF');
    const std::vector<Damage> all{
        {heap, "GCOM", "no text is where one says to be"},
        {heap + 8, most, "beyond the file's end"},               // the collection's size
        {object, std::string("\x09\0", 2), "not where it says"}, // its number
        {object, std::string("\0\0", 2), "not where it says"},   // of what is free
        {object + 8, std::string(8, '\0'), "not where it says"}, // its size
        {object + 8, most, "not where it says"},
        {object + 8, "\xF0" + most.substr(1), "not where it says"}}; // rounded up it is 0
    for (const Damage& damage : all) {
        INFO(damage.at << ": " << damage.told);
        std::string bytes = sound;
        bytes.replace(damage.at, damage.bytes.size(), damage.bytes);
        folder.write("b.h5", bytes);
        const hdf5::Group root = hdf5::File::open(folder / "b.h5").root();
        CHECK_THROWS_WITH(root.dataset("text").read<std::string>(),
                          Catch::Contains("/text: is damaged: ") && Catch::Contains(damage.told));
    }
}
