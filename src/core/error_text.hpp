#pragma once

#include "core/error.hpp"

#include <string>

/// How problems of descriptions are told. Of one kind (the same place but for numbers in it, and the
/// same message but for what was got) a DescriptionError keeps the first ten, and a hundred in all; a
/// last one without a place says how many were left out.
namespace spikewell {

/// "source: pointer: message"; a problem of the document itself has no pointer.
[[nodiscard]] std::string told(const std::string& source, const Problem& problem);

} // namespace spikewell
