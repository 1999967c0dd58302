#include "io/probe_files.hpp"

#include <fmt/format.h>

#include <string>

namespace spikewell::io {

namespace {

enum class Lines { rows, columns };

std::string csv_of(const Matrix& matrix, Lines lines_are) {
    const bool are_columns = lines_are == Lines::columns;
    const std::size_t lines = are_columns ? matrix.cols : matrix.rows;
    const std::size_t cells = are_columns ? matrix.rows : matrix.cols;
    std::string text;
    for (std::size_t line = 0; line < lines; ++line) {
        for (std::size_t cell = 0; cell < cells; ++cell)
            text += fmt::format("{}{}", cell == 0 ? "" : ",",
                                are_columns ? matrix(cell, line) : matrix(line, cell));
        text += '\n';
    }
    return text;
}

} // namespace

void write_probe(const Matrix& coupling,
                 const experiments::Probe& probe,
                 const FolderOutput& output) {
    output.write("coupling.csv", csv_of(coupling, Lines::rows));
    output.write("evidence.csv", csv_of(probe.evidence, Lines::columns));
    output.write("targets.csv", csv_of(probe.targets, Lines::columns));
    output.write("expected_states.csv", csv_of(probe.states, Lines::columns));
}

} // namespace spikewell::io
