#include "mapping/detail/minimisers.hpp"

#include <algorithm>
#include <bit>
#include <map>

namespace spikewell::mapping {

namespace {

/// An entry and the given entries it stands for: only their keys must keep their routes.
struct Row {
    TableEntry entry;
    std::vector<TableEntry> stands_for;
};

int generality(const TableEntry& entry) {
    return 32 - std::popcount(entry.mask);
}

/// Rows of one route to be made one. `insertion` is where that one goes: below every row that is
/// no more general.
struct Merge {
    std::vector<std::size_t> rows; ///< sorted
    TableEntry entry;
    std::size_t insertion = 0;

    [[nodiscard]] int goodness() const { return static_cast<int>(rows.size()) - 1; }
};

class OrderedCovering {
  public:
    explicit OrderedCovering(const Table& table) {
        for (const TableEntry& entry : table)
            rows_.push_back({entry, {entry}});
        sort_rows();
    }

    Table run() {
        for (Merge merge = best_merge(); merge.goodness() > 0; merge = best_merge())
            apply(merge);
        Table table;
        for (const Row& row : rows_)
            table.push_back(row.entry);
        return leave_out_default_routes(table);
    }

  private:
    void sort_rows() {
        std::stable_sort(rows_.begin(), rows_.end(), [](const Row& a, const Row& b) {
            return generality(a.entry) < generality(b.entry);
        });
    }

    [[nodiscard]] Merge merge_of(std::vector<std::size_t> rows) const {
        Merge merge;
        merge.rows = std::move(rows);
        if (merge.rows.empty()) return merge;
        merge.entry = rows_[merge.rows[0]].entry;
        for (const std::size_t row : merge.rows)
            merge.entry = merged(merge.entry, rows_[row].entry);
        const int level = generality(merge.entry);
        merge.insertion = static_cast<std::size_t>(
            std::upper_bound(rows_.begin(), rows_.end(), level,
                             [](int l, const Row& row) { return l < generality(row.entry); }) -
            rows_.begin());
        return merge;
    }

    [[nodiscard]] Merge best_merge() const {
        std::map<Route, std::vector<std::size_t>> groups;
        for (std::size_t i = 0; i < rows_.size(); ++i)
            groups[rows_[i].entry.route].push_back(i);
        std::vector<const std::vector<std::size_t>*> largest_first;
        largest_first.reserve(groups.size());
        for (const auto& [route, rows] : groups)
            largest_first.push_back(&rows);
        std::stable_sort(largest_first.begin(), largest_first.end(),
                         [](const auto* a, const auto* b) { return a->size() > b->size(); });
        Merge best;
        for (const auto* rows : largest_first) {
            if (static_cast<int>(rows->size()) - 1 <= std::max(0, best.goodness())) break;
            Merge refined = refine(merge_of(*rows), std::max(0, best.goodness()));
            if (refined.goodness() > std::max(0, best.goodness())) best = std::move(refined);
        }
        return best;
    }

    /// Takes rows out until the merge hides nothing and nothing hides it.
    [[nodiscard]] Merge refine(Merge merge, int least) const {
        merge = refine_down(std::move(merge), least);
        while (merge.goodness() > least) {
            const std::size_t n = merge.rows.size();
            merge = refine_up(std::move(merge));
            if (merge.rows.size() == n) return merge;
            merge = refine_down(std::move(merge), least);
        }
        return {};
    }

    /// No row may sink below one that takes some of its keys.
    [[nodiscard]] Merge refine_up(Merge merge) const {
        for (std::size_t i = merge.rows.size(); i-- > 0;) {
            const std::size_t row = merge.rows[i];
            bool sinks = true;
            for (std::size_t below = row + 1; sinks && below < merge.insertion; ++below) {
                const bool member = std::binary_search(merge.rows.begin(), merge.rows.end(), below);
                sinks = member || !intersect(rows_[row].entry, rows_[below].entry);
            }
            if (sinks) continue;
            merge.rows.erase(merge.rows.begin() + static_cast<std::ptrdiff_t>(i));
            merge = merge_of(std::move(merge.rows));
        }
        return merge;
    }

    /// Keys that the merge would take from rows below it, as the entries they were given by.
    [[nodiscard]] std::vector<TableEntry> hidden_by(const Merge& merge) const {
        std::vector<TableEntry> hidden;
        for (std::size_t row = merge.insertion; row < rows_.size(); ++row) {
            if (!intersect(merge.entry, rows_[row].entry)) continue;
            if (std::binary_search(merge.rows.begin(), merge.rows.end(), row)) continue;
            for (const TableEntry& given : rows_[row].stands_for) {
                if (intersect(merge.entry, given)) hidden.push_back(given);
            }
        }
        return hidden;
    }

    /// Narrows the merge by fixing bits that tell it from the keys it would hide.
    [[nodiscard]] Merge refine_down(Merge merge, int least) const {
        while (merge.goodness() > least) {
            const std::vector<TableEntry> hidden = hidden_by(merge);
            if (hidden.empty()) return merge;
            const auto choice = [&](const TableEntry& given) {
                return given.mask & ~merge.entry.mask;
            };
            // The key that leaves least choice of bits decides.
            const TableEntry& narrowest = *std::min_element(
                hidden.begin(), hidden.end(), [&](const TableEntry& a, const TableEntry& b) {
                    return std::popcount(choice(a)) < std::popcount(choice(b));
                });
            if (choice(narrowest) == 0) return {};
            merge = narrowed(merge, narrowest, choice(narrowest));
        }
        return merge;
    }

    /// Without the rows that keep one of these bits from being the opposite of the hidden key's: the
    /// fewest of them.
    [[nodiscard]] Merge narrowed(const Merge& merge,
                                 const TableEntry& hidden,
                                 std::uint32_t bits) const {
        std::vector<std::size_t> best;
        for (unsigned bit = 0; bit < 32; ++bit) {
            const std::uint32_t b = std::uint32_t{1} << bit;
            if ((bits & b) == 0) continue;
            std::vector<std::size_t> kept;
            for (const std::size_t row : merge.rows) {
                const TableEntry& entry = rows_[row].entry;
                if ((entry.mask & b) != 0 && ((entry.key ^ hidden.key) & b) != 0)
                    kept.push_back(row);
            }
            if (kept.size() > best.size()) best = std::move(kept);
        }
        return merge_of(std::move(best));
    }

    void apply(const Merge& merge) {
        Row sum{merge.entry, {}};
        std::vector<Row> rest;
        for (std::size_t i = 0; i <= rows_.size(); ++i) {
            if (i == merge.insertion) {
                for (const std::size_t row : merge.rows)
                    sum.stands_for.insert(sum.stands_for.end(), rows_[row].stands_for.begin(),
                                          rows_[row].stands_for.end());
                rest.push_back(sum);
            }
            if (i < rows_.size() && !std::binary_search(merge.rows.begin(), merge.rows.end(), i))
                rest.push_back(rows_[i]);
        }
        rows_ = std::move(rest);
    }

    std::vector<Row> rows_; ///< special entries above general ones
};

} // namespace

Table minimise_by_covering(const Table& table) {
    return OrderedCovering(table).run();
}

} // namespace spikewell::mapping
