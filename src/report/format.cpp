#include "report/format.hpp"

#include "core/statistics.hpp"
#include "report/experiment_reports.hpp"

#include <algorithm>
#include <limits>
#include <optional>

namespace spikewell::report {

namespace {

// Characters, not bytes, of a UTF-8 text: what a column's width counts.
std::size_t length_of(const std::string& text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    }));
}

std::vector<double> finite_of(std::span<const double> values) {
    std::vector<double> finite;
    std::copy_if(values.begin(), values.end(), std::back_inserter(finite),
                 [](double x) { return std::isfinite(x); });
    return finite;
}

constexpr double k_none = std::numeric_limits<double>::quiet_NaN();

} // namespace

Series mean_series(const std::string& name,
                   const std::vector<double>& x,
                   const std::vector<std::vector<double>>& values) {
    Series series{name, x, {}};
    const bool banded =
        std::any_of(values.begin(), values.end(), [](const auto& v) { return v.size() > 1; });
    for (const std::vector<double>& of_x : values) {
        const std::vector<double> finite = finite_of(of_x);
        const double middle = finite.empty() ? k_none : mean(finite);
        const double error = finite.size() > 1 ? standard_error(finite) : k_none;
        series.y.push_back(middle);
        if (!banded) continue;
        series.low.push_back(middle - error);
        series.high.push_back(middle + error);
    }
    return series;
}

std::string band_text(std::size_t n_seeds) {
    return n_seeds > 1
               ? fmt::format(" Bands: a standard error to each side, over {} seeds.", n_seeds)
               : "";
}

Bar mean_bar(const std::string& group, const std::string& series, std::span<const double> values) {
    const std::vector<double> finite = finite_of(values);
    return {group, series, finite.empty() ? k_none : mean(finite),
            finite.size() > 1 ? std::optional(standard_error(finite)) : std::nullopt};
}

std::string mean_and_error(std::span<const double> values, int decimals) {
    const std::vector<double> finite = finite_of(values);
    if (finite.empty()) return "–";
    if (finite.size() == 1) return shown(finite.front(), decimals);
    return fmt::format("{} ± {}", shown(mean(finite), decimals),
                       shown(standard_error(finite), decimals));
}

std::string shown(const experiments::Scores& scores, int decimals) {
    return scores.dr2.empty() ? "not measured" : shown(scores.median, decimals);
}

Matrix image_of(std::span<const double> column, std::size_t width) {
    const std::size_t height = (column.size() + width - 1) / width;
    Matrix image(height, width);
    for (std::size_t n = 0; n < column.size(); ++n)
        image(n / width, n % width) = column[n];
    return image;
}

ImageRow image_row(const std::string& caption,
                   const Matrix& columns,
                   std::size_t width,
                   double limit,
                   const std::vector<std::string>& captions) {
    // As large as the pictures of digits that pages have most of, whatever the number of pixels.
    constexpr std::size_t k_width_px = 104;
    const int pixel = static_cast<int>(std::max<std::size_t>(1, k_width_px / width));
    ImageRow row{caption, {}, limit, pixel};
    for (std::size_t c = 0; c < columns.cols; ++c) {
        row.images.push_back({image_of(columns.column(c), width),
                              c < captions.size() ? captions[c] : std::string()});
    }
    return row;
}

double largest(const Matrix& values) {
    double most = 1e-9;
    for (const double x : values.values)
        most = std::max(most, std::abs(x));
    return most;
}

std::string to_text(const Table& table) {
    std::vector<std::size_t> widths(table.header.size(), 0);
    const auto widen = [&](const std::vector<std::string>& cells) {
        for (std::size_t c = 0; c < cells.size() && c < widths.size(); ++c) {
            widths[c] = std::max(widths[c], length_of(cells[c]));
        }
    };
    widen(table.header);
    for (const auto& row : table.rows)
        widen(row);
    std::string text = table.caption.empty() ? "" : table.caption + "\n";
    const auto line = [&](const std::vector<std::string>& cells) {
        std::string out;
        for (std::size_t c = 0; c < cells.size() && c < widths.size(); ++c) {
            const std::string padding(widths[c] - length_of(cells[c]), ' ');
            out += c == 0 ? cells[c] + padding : "  " + padding + cells[c];
        }
        text += out + "\n";
    };
    line(table.header);
    for (const auto& row : table.rows)
        line(row);
    return text;
}

} // namespace spikewell::report
