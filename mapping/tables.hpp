#pragma once

#include "mapping/keys.hpp"
#include "mapping/route.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace spikewell::mapping {

/// A router's table: the first entry that matches decides; a packet that none matches goes on
/// straight, out of the link opposite to the one it came by (and is dropped where it started).
using Table = std::vector<TableEntry>;

/// One entry for each tree on each of its chips [n_chips]; keys[e] is of net e.
[[nodiscard]] std::vector<Table> build_tables(const Machine& machine,
                                              const std::vector<RoutingTree>& trees,
                                              const std::vector<KeyBlock>& keys);

/// Makes a table shorter without changing what becomes of any key that the given one matches. The
/// given table's entries must not overlap each other.
struct Minimiser {
    std::string name;
    std::string text; ///< one line for help
    std::function<Table(const Table&)> minimise;
};

/// pair     the default: merges two entries of one route as long as nothing below is hidden, rare
///          routes on top (the rule of PACMAN's ordered pair compressor), default routes left out
/// covering ordered covering: merges many at a time, general entries below (Mundy, Heathcote and
///          Garside 2016, On-chip order-exploiting routing table minimization for a multicast
///          supercomputer network, IEEE HPSR)
/// shortest the shorter of both
/// default  only leaves out entries that default routing makes up for
/// none     as it is
[[nodiscard]] const std::vector<Minimiser>& minimisers();
/// Throws ParameterError naming the minimisers.
[[nodiscard]] const Minimiser& minimiser(std::string_view name);

/// All of them by one minimiser.
[[nodiscard]] std::vector<Table> minimise_tables(const std::vector<Table>& tables,
                                                 const Minimiser& minimiser);

} // namespace spikewell::mapping
