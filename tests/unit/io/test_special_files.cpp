#include "core/checkpoint.hpp"
#include "core/error.hpp"
#include "io/csv.hpp"
#include "io/hdf5.hpp"
#include "io/network/network_file.hpp"
#include "io/npy.hpp"
#include "io/output.hpp"
#include "io/spike_file.hpp"
#include "support/scratch_folder.hpp"

#include <catch2/catch.hpp>

#include <cstring>
#include <functional>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <vector>

using namespace spikewell;
using spikewell::test::ScratchFolder;

namespace {

using Path = std::filesystem::path;

const std::vector<std::function<void(const Path&)>> k_readers{
    [](const Path& path) { (void)io::read_text(path); },
    [](const Path& path) { (void)io::read_csv(path); },
    [](const Path& path) { (void)io::read_npy(path); },
    [](const Path& path) { (void)io::read_network(path); },
    [](const Path& path) { (void)io::hdf5::File::open(path); },
    [](const Path& path) { (void)read_checkpoint(path, 0); }};

void make_socket(const Path& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    const int number = ::socket(AF_UNIX, SOCK_STREAM, 0);
    const auto* const any = reinterpret_cast<const sockaddr*>(&address);
    REQUIRE(::bind(number, any, sizeof address) == 0);
    ::close(number); // the file stays
}

} // namespace

TEST_CASE("Every reader refuses what is no regular file, without waiting for it") {
    const ScratchFolder folder;
    REQUIRE(::mkfifo((folder / "fifo").c_str(), 0600) == 0);
    make_socket(folder / "socket");
    for (const Path& path : {folder / "fifo", folder / "socket", Path("/dev/zero")}) {
        CAPTURE(path);
        for (const auto& read : k_readers)
            CHECK_THROWS_WITH(read(path), Catch::EndsWith("cannot be read: is no regular file"));
        CHECK_THROWS_AS(io::read_spikes_csv(path), IoError);
    }
    for (const auto& read : k_readers)
        CHECK_THROWS_WITH(read(folder / "."), Catch::EndsWith("cannot be read: Is a directory"));
}
