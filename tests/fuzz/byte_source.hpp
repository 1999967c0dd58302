#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <string>
#include <vector>

namespace spikewell::test {

/// Decisions taken from the bytes of a fuzzer; when they are used up, each is the first.
class ByteSource {
  public:
    explicit ByteSource(std::span<const unsigned char> bytes) : bytes_(bytes) {}

    [[nodiscard]] bool is_empty() const { return bytes_.empty(); }

    /// 0 .. n - 1; n <= 256.
    std::size_t below(std::size_t n) {
        if (bytes_.empty()) return 0;
        const std::size_t chosen = bytes_.front() % n;
        bytes_ = bytes_.subspan(1);
        return chosen;
    }

    template <class T> const T& one_of(const std::vector<T>& choices) {
        return choices[below(choices.size())];
    }

    /// At most n bytes.
    std::string take(std::size_t n) {
        n = std::min(n, bytes_.size());
        std::string taken(reinterpret_cast<const char*>(bytes_.data()), n);
        bytes_ = bytes_.subspan(n);
        return taken;
    }

    /// All that is left.
    std::string rest() { return take(bytes_.size()); }

    /// One that readers stumble over, or any.
    double number() {
        using Limits = std::numeric_limits<double>;
        static const std::vector<double> k_special{0.0,
                                                   1.0,
                                                   2.0,
                                                   3.0,
                                                   -1.0,
                                                   0.5,
                                                   0.01,
                                                   1e-9,
                                                   1e9,
                                                   4294967295.0,
                                                   4294967296.0,
                                                   1e300,
                                                   -1e9,
                                                   -0.0,
                                                   1e-3,
                                                   10.0,
                                                   40.0,
                                                   1e19,
                                                   5.0,
                                                   100.0,
                                                   Limits::max(),
                                                   Limits::infinity(),
                                                   -Limits::infinity(),
                                                   Limits::quiet_NaN(),
                                                   Limits::denorm_min()};
        const std::size_t chosen = below(k_special.size() + 1);
        if (chosen < k_special.size()) return k_special[chosen];
        const std::string bits = take(sizeof(double));
        double value = 0.0;
        std::memcpy(&value, bits.data(), bits.size());
        return value;
    }

  private:
    std::span<const unsigned char> bytes_;
};

} // namespace spikewell::test
