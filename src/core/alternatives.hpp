#pragma once

#include <cstddef>
#include <utility>
#include <variant>

namespace spikewell {

namespace detail {
template <class Variant, class Visit, std::size_t... k>
void visit_alternatives(Visit& visit, std::index_sequence<k...>) {
    (visit.template operator()<std::variant_alternative_t<k, Variant>>(), ...);
}
} // namespace detail

/// Calls `visit.operator()<Alternative>()` for each alternative of a variant, in order.
template <class Variant, class Visit> void for_each_alternative(Visit&& visit) {
    detail::visit_alternatives<Variant>(visit,
                                        std::make_index_sequence<std::variant_size_v<Variant>>{});
}

/// A variant that holds the alternative of that number, as it is where nothing is said.
template <class Variant> [[nodiscard]] Variant alternative_at(std::size_t index) {
    Variant made;
    std::size_t k = 0;
    for_each_alternative<Variant>([&]<class One>() {
        if (k++ == index) made = One{};
    });
    return made;
}

} // namespace spikewell
