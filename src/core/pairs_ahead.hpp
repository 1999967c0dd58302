#pragma once

#include "core/random.hpp"

#include <array>

namespace spikewell {

/// The pairs of a stream, many drawn at once where many are expected. The stream goes on from what was taken.
class PairsAhead {
  public:
    explicit PairsAhead(RandomStream& stream, std::size_t n_expected = 0)
        : stream_(stream), n_expected_(n_expected) {}
    PairsAhead(const PairsAhead&) = delete;
    PairsAhead& operator=(const PairsAhead&) = delete;
    ~PairsAhead() { stream_.skip_to(stream_.draws() - (n_ - at_)); }

    void expect(std::size_t n_pairs) { n_expected_ = n_pairs; }
    RandomStream::Pair next() {
        if (at_ < n_) return ahead_[at_++];
        if (n_expected_ < k_worth_it) return stream_.next_pair();
        draw_ahead(false);
        return ahead_[at_++];
    }
    /// Two standard normal numbers of the next pair (Box and Muller). Whoever asks for these asks for nothing else.
    RandomStream::Pair next_normals() {
        if (at_ < n_) return ahead_[at_++];
        if (n_expected_ < k_worth_it) return normals_of(stream_.next_pair());
        draw_ahead(true);
        return ahead_[at_++];
    }

  private:
    static constexpr std::size_t k_ahead = 16;
    static constexpr std::size_t k_worth_it = 4;

    void draw_ahead(bool normals);
    static RandomStream::Pair normals_of(const RandomStream::Pair& u);

    RandomStream& stream_;
    std::size_t n_expected_;
    std::size_t at_ = 0;
    std::size_t n_ = 0;
    std::array<RandomStream::Pair, k_ahead> ahead_;
};

} // namespace spikewell
