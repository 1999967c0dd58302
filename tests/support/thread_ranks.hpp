#pragma once

#include "network/engine/exchange.hpp"

#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

/// Ranks that are threads of one process: what is shared among processes, tested without MPI.
namespace spikewell::test {

/// Where ranks lay down their messages and wait for each other.
class MeetingPoint {
  public:
    explicit MeetingPoint(std::size_t n_ranks) : left_(n_ranks), taken_(n_ranks) {}

    struct Message {
        std::string bytes;
        int exit_code = 0; // other than 0: failed
    };

    /// The messages of all ranks, once all have come.
    std::vector<Message> exchange(std::size_t rank, Message own) {
        std::unique_lock lock(mutex_);
        left_[rank] = std::move(own);
        const std::size_t round = round_;
        if (++n_here_ == left_.size()) {
            taken_ = left_;
            n_here_ = 0;
            ++round_;
            all_here_.notify_all();
        }
        // The next round cannot be over before all have taken this one's.
        all_here_.wait(lock, [&] { return round_ != round; });
        return taken_;
    }

  private:
    std::mutex mutex_;
    std::condition_variable all_here_;
    std::vector<Message> left_, taken_; // [n_ranks]
    std::size_t n_here_ = 0;
    std::size_t round_ = 0;
};

class ThreadExchange final : public Exchange {
  public:
    ThreadExchange(std::size_t rank, std::size_t n_ranks, MeetingPoint& point)
        : rank_(rank), n_ranks_(n_ranks), point_(point) {}

    [[nodiscard]] std::size_t rank() const override { return rank_; }
    [[nodiscard]] std::size_t n_ranks() const override { return n_ranks_; }
    void all_gather(std::span<const char> own, Messages& all) override { share(own, all); }
    void gather(std::span<const char> own, Messages& all) override {
        share(own, all);
        if (rank_ != 0) all = {};
    }
    [[nodiscard]] bool fail(int& exit_code) override {
        const auto messages = point_.exchange(rank_, {"", exit_code});
        std::size_t first = 0;
        while (messages[first].exit_code == 0)
            ++first;
        exit_code = messages[first].exit_code;
        return first == rank_;
    }

  private:
    void share(std::span<const char> own, Messages& all) {
        const auto messages = point_.exchange(rank_, {{own.begin(), own.end()}, 0});
        all.bytes.clear();
        all.begin.assign(1, 0);
        for (const MeetingPoint::Message& message : messages) {
            if (message.exit_code != 0) throw FailedElsewhere(message.exit_code);
            all.bytes.insert(all.bytes.end(), message.bytes.begin(), message.bytes.end());
            all.begin.push_back(all.bytes.size());
        }
        ++statistics_.calls;
        statistics_.bytes_sent += own.size();
        statistics_.bytes_received += all.bytes.size() - own.size();
    }

    std::size_t rank_;
    std::size_t n_ranks_;
    MeetingPoint& point_;
};

/// How a rank ended.
template <class Value> struct RankEnd {
    std::optional<Value> value;
    int exit_code = 0;
    std::string told; ///< the error's text, where this rank is the one to tell it
};

/// Calls body(exchange) on each rank; an error of one has the exit code 1.
template <class Body> auto run_ranks(std::size_t n_ranks, const Body& body) {
    using Value = std::invoke_result_t<Body, Exchange&>;
    MeetingPoint point(n_ranks);
    std::vector<RankEnd<Value>> ends(n_ranks);
    std::vector<std::thread> threads;
    for (std::size_t r = 0; r < n_ranks; ++r) {
        threads.emplace_back([&, r] {
            ThreadExchange exchange(r, n_ranks, point);
            try {
                ends[r].value = body(static_cast<Exchange&>(exchange));
                exchange.meet();
            } catch (const FailedElsewhere& failed) {
                ends[r].exit_code = failed.exit_code;
            } catch (const std::exception& error) {
                ends[r].exit_code = 1;
                if (exchange.fail(ends[r].exit_code)) ends[r].told = error.what();
            }
        });
    }
    for (std::thread& thread : threads)
        thread.join();
    return ends;
}

} // namespace spikewell::test
