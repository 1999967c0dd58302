#include "network/engine/dyadic/quantised_couplings.hpp"

#include "core/clones.hpp"

namespace spikewell::detail {

namespace {

constexpr double k_largest = 32767.0;

/// Of the lanes of a part: greatest size, sum of sizes.
struct RowSizes {
    float* largest; // [width]
    double* sum;    // [width]
};

SPIKEWELL_CLONES
void add_sizes(const float* __restrict columns,
               std::size_t n_pre,
               std::size_t width,
               float* __restrict largest,
               double* __restrict sum) {
    for (std::size_t j = 0; j < n_pre; ++j) {
        for (std::size_t i = 0; i < width; ++i) {
            const float size = std::abs(columns[j * width + i]);
            largest[i] = std::max(largest[i], size);
            sum[i] += static_cast<double>(size);
        }
    }
}

/// A column's lanes of one strip: rounded, and added to the sums of what is left.
SPIKEWELL_CLONES
void quantise_lanes(const float* __restrict column,
                    std::size_t n_lanes,
                    const float* __restrict scale,
                    double* __restrict left,
                    std::int16_t* __restrict quantised) {
    // Added to a float it is rounded to a whole number.
    constexpr float k_whole = 0x1.8p23F;
    for (std::size_t i = 0; i < n_lanes; ++i) {
        const float q = scale[i] > 0.0F ? (column[i] / scale[i] + k_whole) - k_whole : 0.0F;
        left[i] += std::abs(static_cast<double>(column[i]) -
                            static_cast<double>(scale[i]) * static_cast<double>(q));
        quantised[i] = static_cast<std::int16_t>(q);
    }
}

/// The same, each to its place in the strip.
void put_lanes(const float* column,
               std::size_t n_lanes,
               const float* scale,
               double* left,
               std::int16_t* strip) {
    std::int16_t lanes[k_strip_width];
    quantise_lanes(column, n_lanes, scale, left, lanes);
    for (std::size_t i = 0; i < n_lanes; ++i)
        strip[slot_of(i)] = lanes[i];
}

} // namespace

QuantisedCouplings::QuantisedCouplings(std::span<PartCouplings* const> incoming,
                                       std::size_t begin,
                                       std::size_t end,
                                       int log2_quanta)
    : width_(incoming.front()->width()), begin_(begin),
      strips_((width_ + k_strip_width - 1) / k_strip_width),
      largest_sum_(std::ldexp(1.0, 31 - log2_quanta) - 1.0) {
    for (const PartCouplings* coupling : incoming)
        n_columns_ += coupling->n_pre();
    const std::size_t n_lanes = (end - begin) * strips_ * k_strip_width;
    values_.resize(n_lanes * n_columns_);
    for (auto* of_lanes : {&scale_, &largest_, &error_})
        of_lanes->resize(n_lanes);
}

void QuantisedCouplings::quantise(std::size_t part, std::span<PartCouplings* const> incoming) {
    const std::size_t first_lane = (part - begin_) * strips_ * k_strip_width;
    float* const largest = largest_.data() + first_lane;
    float* const scale = scale_.data() + first_lane;
    std::vector<double> sum(width_);
    for (PartCouplings* coupling : incoming)
        add_sizes(coupling->of_part(part), coupling->n_pre(), width_, largest, sum.data());
    for (std::size_t i = 0; i < width_; ++i) {
        // One in k_largest less, because scales are rounded; rounding couplings may add half each.
        const double in_sum = sum[i] / (largest_sum_ - 0.5 * static_cast<double>(n_columns_));
        scale[i] = static_cast<float>(
            std::max(static_cast<double>(largest[i]) / (k_largest - 1.0), in_sum * 1.0001));
    }
    std::vector<double> left(width_);
    std::size_t first_column = 0;
    for (PartCouplings* coupling : incoming) {
        for (std::size_t g = 0; g < strips_; ++g) {
            const std::size_t lane = g * k_strip_width;
            const std::size_t n = std::min(k_strip_width, width_ - lane);
            std::int16_t* to =
                values_.data() +
                (((part - begin_) * strips_ + g) * n_columns_ + first_column) * k_strip_width;
            for (std::size_t j = 0; j < coupling->n_pre(); ++j, to += k_strip_width)
                put_lanes(coupling->column(part, j) + lane, n, scale + lane, left.data() + lane,
                          to);
        }
        first_column += coupling->n_pre();
    }
    for (std::size_t i = 0; i < width_; ++i)
        error_[first_lane + i] = static_cast<float>(left[i] * 1.0001);
}

} // namespace spikewell::detail
