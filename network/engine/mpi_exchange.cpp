#include "network/engine/mpi_exchange.hpp"

#include "core/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <mpi.h>
#include <new>

namespace spikewell {

namespace {

struct Header {
    std::uint64_t bytes = 0;
    std::int64_t exit_code = 0; // other than 0: failed
};

// Counts of MPI are int: longer messages go in pieces.
constexpr std::size_t k_piece = std::size_t{1} << 30U;
constexpr int k_tag = 1;

/// Adds the time it lives.
class Timer {
  public:
    explicit Timer(double& sum_s) : sum_s_(sum_s), start_s_(MPI_Wtime()) {}
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;
    ~Timer() { sum_s_ += MPI_Wtime() - start_s_; }

  private:
    double& sum_s_;
    double start_s_;
};

class MpiExchange final : public Exchange {
  public:
    MpiExchange() {
        int given = 0;
        MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &given);
        int value = 0;
        MPI_Comm_rank(MPI_COMM_WORLD, &value);
        rank_ = static_cast<std::size_t>(value);
        MPI_Comm_size(MPI_COMM_WORLD, &value);
        headers_.resize(static_cast<std::size_t>(value));
    }
    MpiExchange(const MpiExchange&) = delete;
    MpiExchange& operator=(const MpiExchange&) = delete;
    MpiExchange(MpiExchange&&) = delete;
    MpiExchange& operator=(MpiExchange&&) = delete;
    ~MpiExchange() override { MPI_Finalize(); }

    [[nodiscard]] std::size_t rank() const override { return rank_; }
    [[nodiscard]] std::size_t n_ranks() const override { return headers_.size(); }

    void all_gather(std::span<const char> own, Messages& all) override {
        begin(own.size());
        const Timer timer(statistics_.transfer_s);
        lay_out(all);
        statistics_.bytes_received += all.bytes.size() - own.size();
        if (all.bytes.empty()) return;
        counts_.clear();
        places_.clear();
        for (std::size_t r = 0; r < n_ranks(); ++r) {
            counts_.push_back(as_int(headers_[r].bytes));
            places_.push_back(as_int(all.begin[r]));
        }
        MPI_Allgatherv(own.data(), as_int(own.size()), MPI_CHAR, all.bytes.data(), counts_.data(),
                       places_.data(), MPI_CHAR, MPI_COMM_WORLD);
    }

    void gather(std::span<const char> own, Messages& all) override {
        begin(own.size());
        const Timer timer(statistics_.transfer_s);
        all.begin.clear();
        all.bytes.clear();
        if (rank_ != 0) {
            for (std::size_t at = 0; at < own.size(); at += k_piece) {
                MPI_Send(own.data() + at, as_int(std::min(k_piece, own.size() - at)), MPI_CHAR, 0,
                         k_tag, MPI_COMM_WORLD);
            }
            return;
        }
        lay_out(all);
        statistics_.bytes_received += all.bytes.size() - own.size();
        std::copy(own.begin(), own.end(), all.bytes.begin());
        for (std::size_t r = 1; r < n_ranks(); ++r) {
            for (std::size_t at = all.begin[r]; at < all.begin[r + 1]; at += k_piece) {
                MPI_Recv(all.bytes.data() + at, as_int(std::min(k_piece, all.begin[r + 1] - at)),
                         MPI_CHAR, static_cast<int>(r), k_tag, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
            }
        }
    }

    [[nodiscard]] bool fail(int& exit_code) override {
        share_headers({0, exit_code});
        const auto first = first_failed();
        exit_code = static_cast<int>(first->exit_code);
        return static_cast<std::size_t>(first - headers_.begin()) == rank_;
    }

  private:
    static int as_int(std::size_t n) {
        if (n > static_cast<std::size_t>(std::numeric_limits<int>::max()))
            throw NetworkError("exchange", "the spikes of one window exceed 2 GiB");
        return static_cast<int>(n);
    }
    [[nodiscard]] std::vector<Header>::const_iterator first_failed() const {
        return std::find_if(headers_.begin(), headers_.end(),
                            [](const Header& header) { return header.exit_code != 0; });
    }
    void share_headers(const Header& own) {
        MPI_Allgather(&own, sizeof(Header), MPI_CHAR, headers_.data(), sizeof(Header), MPI_CHAR,
                      MPI_COMM_WORLD);
    }
    void begin(std::size_t bytes) {
        {
            const Timer timer(statistics_.wait_s);
            share_headers({bytes, 0});
        }
        const auto failed = first_failed();
        if (failed != headers_.end()) throw FailedElsewhere(static_cast<int>(failed->exit_code));
        ++statistics_.calls;
        statistics_.bytes_sent += sizeof(Header) + bytes;
        statistics_.bytes_received += sizeof(Header) * (n_ranks() - 1);
    }
    /// Nobody can fail alone here: the others already send.
    void lay_out(Messages& all) const {
        try {
            all.begin.assign(1, 0);
            for (const Header& header : headers_)
                all.begin.push_back(all.begin.back() + header.bytes);
            all.bytes.resize(all.begin.back());
        } catch (const std::bad_alloc&) {
            fmt::print(stderr, "spikewell: rank {}: out of memory for the ranks' messages\n",
                       rank_);
            MPI_Abort(MPI_COMM_WORLD, EXIT_FAILURE);
        }
    }

    std::size_t rank_ = 0;
    std::vector<Header> headers_; // [n_ranks]
    std::vector<int> counts_, places_;
};

} // namespace

std::unique_ptr<Exchange> start_mpi() {
    return std::make_unique<MpiExchange>();
}

} // namespace spikewell
