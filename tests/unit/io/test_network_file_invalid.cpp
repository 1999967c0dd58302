#include "support/network_text.hpp"
#include "support/scratch_folder.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <limits>
#include <set>

using namespace spikewell;
using namespace spikewell::test;
using nlohmann::json;

namespace {

const std::filesystem::path k_invalid_networks =
    SPIKEWELL_SOURCE_DIR "/tests/data/invalid_networks";

/// A bad file, where its first problem is, what that says, and how many problems there are.
struct BadFile {
    const char* name;
    const char* pointer;
    const char* fragment;
    std::size_t n_problems = 1;
};

const std::vector<BadFile> k_bad_files{
    // clang-format off
    {"format_other.json", "/format", R"(must be "spikewell-network", got "spikewell-model")"},
    {"format_missing.json", "/format", "got null; the file is no network"},
    {"version_other.json", "/version", "must be 1, got 2"},
    {"not_object.json", "", "must be an object, got a list of 2"},
    {"key_unknown.json", "/duration", R"(is unknown; did you mean "duration_ms"?)"},
    {"duration_negative.json", "/duration_ms", "must be 0 .. 1000000000000, got -1"},
    {"warm_up_negative.json", "/warm_up_ms", "must be 0 .. 1000000000000, got -5"},
    {"seed_negative.json", "/seed", "must be a whole number, got -1"},
    {"populations_missing.json", "/populations", "is missing"},
    {"populations_object.json", "/populations", "must be a list, got an object"},
    {"population_number.json", "/populations/0", "must be an object, got 3"},
    {"projections_text.json", "/projections", R"(must be a list, got "none")"},
    {"recordings_number.json", "/recordings", "must be a list, got 4"},
    {"population_name_missing.json", "/populations/0/name", "is missing"},
    {"population_name_empty.json", "/populations/0/name", "must have 1 .. 100 characters, got 0"},
    {"population_name_slash.json", "/populations/0/name", R"(must be of letters, digits, _ and - only, got "E/1")"},
    {"population_name_repeated.json", "/populations/1/name", R"(must be given once, got "E" again)"},
    {"population_model_missing.json", "/populations/0/model", "is missing"},
    {"population_model_unknown.json", "/populations/0/model", R"(got "lif_delt"; did you mean "lif_delta"?)"},
    {"population_size_missing.json", "/populations/0/size", "is missing"},
    {"population_size_zero.json", "/populations/0/size", "must be 1 .. 4000000000, got 0"},
    {"population_size_1e12.json", "/populations/0/size", "must be 1 .. 4000000000, got 1000000000000.0"},
    {"population_size_fraction.json", "/populations/0/size", "must be a whole number, got 2.5"},
    {"lif_tau_zero.json", "/populations/0/tau_m_ms", "must be 0.0001 .. 1000000000, got 0"},
    {"lif_tau_text.json", "/populations/0/tau_m_ms", R"(must be a number, got "20", allowed 0.0001 .. 1000000000)"},
    {"lif_refractory_negative.json", "/populations/0/t_ref_ms", "must be 0 .. 1000000000, got -2"},
    {"glif_reset_above_threshold.json", "/populations/0/V_th_mV", "must be > V_reset_mV + reset_fraction (V_th_mV - E_L_mV) - b_th_mV = -51.5, got -51.5"},
    {"glif_refractory_too_long.json", "/populations/0/t_ref_ms", "must be <= 10 tau_asc_2_ms = 100, got 101"},
    {"glif_membrane_too_fast.json", "/populations/0/C_m_pF", "must be 0.0001 .. 1000000000 times g_L_nS = 10, got 1e-05"},
    {"lif_reset_above_threshold.json", "/populations/0/V_th_mV", "must be > V_reset_mV = 20, got 20"},
    {"lif_refractory_input_unknown.json", "/populations/0/refractory_input", R"(got "keep"; did you mean "kept"?)"},
    {"lif_key_unknown.json", "/populations/0/tau_m", R"(is unknown; did you mean "tau_m_ms"?)"},
    {"lif_delta_synaptic_tau.json", "/populations/0/tau_syn_exc_ms", "is unknown"},
    {"lif_exp_tau_negative.json", "/populations/0/tau_syn_inh_ms", "must be 0.0001 .. 1000000000, got -1"},
    {"escape_number.json", "/populations/0/escape", "must be null or an object, got 3"},
    {"escape_rate_zero.json", "/populations/0/escape/rate_Hz", "must be 1e-09 .. 10000000, got 0"},
    {"escape_slope_negative.json", "/populations/0/escape/slope_mV", "must be 1e-06 .. 1000000, got -4"},
    {"escape_key_unknown.json", "/populations/0/escape/slop_mV", R"(did you mean "slope_mV"?)"},
    {"initial_above_threshold.json", "/populations/0/V_init_mV", "must be -1000000 .. V_th_mV = 20 or a distribution, got 21"},
    {"initial_normal_unbounded.json", "/populations/0/V_init_mV", R"(must be -1000000 .. V_th_mV = 20 throughout, got values up to 23; lower "high")"},
    {"input_rate_missing.json", "/populations/0/inputs/0/rate_Hz", R"(is missing; give it, or "times_ms" and "rates_Hz")"},
    {"input_rate_too_high.json", "/populations/0/inputs/0/rate_Hz", "must be 0 .. 1000000, got 10000000.0"},
    {"input_weight_missing.json", "/populations/0/inputs/0/weight_mV", "is missing"},
    {"input_first_outside.json", "/populations/0/inputs/0/first", R"(must be < 10, the size of "E", got 10)"},
    {"input_count_outside.json", "/populations/0/inputs/0/count", R"(must be <= 6: "E" has 6 neurons from first = 4 on, got 7)"},
    {"inputs_object.json", "/populations/0/inputs", "must be a list, got an object"},
    {"poisson_rate_missing.json", "/populations/0/rate_Hz", "is missing"},
    {"poisson_rate_negative.json", "/populations/0/rate_Hz", "must be 0 .. 1000000, got -1"},
    {"poisson_rate_twice.json", "/populations/0/rate_Hz", R"(must not stand beside "times_ms" and "rates_Hz")"},
    {"poisson_rates_too_few.json", "/populations/0/rates_Hz", "must be as many as times_ms, 2, got 1"},
    {"poisson_times_not_increasing.json", "/populations/0/times_ms/2", "must be > 10, the time before, got 10"},
    {"poisson_time_negative.json", "/populations/0/times_ms/0", "must be a number >= 0, got -1"},
    {"poisson_rates_missing.json", "/populations/0/rates_Hz", "is missing"},
    {"spikes_missing.json", "/populations/0/spikes", R"(is missing; give it or "spikes_file")"},
    {"spikes_twice.json", "/populations/0/spikes_file", R"(must not stand beside "spikes")"},
    {"spikes_not_list.json", "/populations/0/spikes", "must be a list of [t_ms,neuron], got 3"},
    {"spikes_row_short.json", "/populations/0/spikes/1", "must be [t_ms,neuron], all numbers, got a list of 1"},
    {"spikes_row_text.json", "/populations/0/spikes/0", "must be [t_ms,neuron], all numbers, got a list of 2"},
    {"spikes_time_negative.json", "/populations/0/spikes/1", "t_ms must be >= 0, got -1"},
    {"spikes_neuron_outside.json", "/populations/0/spikes/1", "neuron must be 0 .. 2, got 3"},
    {"spikes_neuron_fraction.json", "/populations/0/spikes/0", "neuron must be a whole number, got 0.5"},
    {"spikes_file_missing.json", "/populations/0/spikes_file", "invalid_networks/nowhere.csv"},
    {"spikes_file_header.json", "/populations/0/spikes_file", R"(spikes_header.csv:1:1: header must be "t_ms,neuron", got "1,0")"},
    {"spikes_file_cell.json", "/populations/0/spikes_file", R"(spikes_cell.csv:3:5: cell 2 is no number, got "x")"},
    {"spikes_file_ragged.json", "/populations/0/spikes_file", "spikes_ragged.csv:3:1: row must have 2 cells"},
    {"spikes_file_neuron.json", "/populations/0/spikes_file", "spikes_neuron.csv:4: neuron must be 0 .. 2, got 7"},
    {"spikes_file_empty_name.json", "/populations/0/spikes_file", R"(must be the path of a file, got "")"},
    {"dyadic_nodes_missing.json", "/populations/0/n_nodes", "is missing"},
    {"dyadic_21_neurons.json", "/populations/0/neurons_per_node", "must be 1 .. 20, got 21"},
    {"dyadic_too_many_neurons.json", "/populations/0/n_nodes", "must be <= 4000000000 / neurons_per_node = 800000000, got 1000000000"},
    {"dyadic_tau_ref_zero.json", "/populations/0/tau_ref_ms", "must be 0.0001 .. 1000000000, got 0"},
    {"dyadic_tau_m_negative.json", "/populations/0/tau_m_ms", "must be 0, or 0.0001 .. 1000000000, got -1"},
    {"dyadic_temperature_negative.json", "/populations/0/inverse_temperature", "must be 0 .. 1000000, got -1"},
    {"evidence_text.json", "/populations/0/evidence", R"(must be a number -1000000 .. 1000000, or a list of one for each node, got "0.5"; or an object of times_ms and values)"},
    {"evidence_null.json", "/populations/0/evidence", R"(got null; or an object)"},
    {"evidence_too_large.json", "/populations/0/evidence", R"(must be a number -1000000 .. 1000000, or a list of one for each node, got 2000000.0)"},
    {"evidence_short.json", "/populations/0/evidence", R"(must have as many numbers as 3, the nodes, got 2)"},
    {"evidence_empty.json", "/populations/0/evidence", R"(must have as many numbers as 3, the nodes, got 0)"},
    {"evidence_number_text.json", "/populations/0/evidence", R"(got a list of 3; or an object)"},
    {"evidence_number_too_large.json", "/populations/0/evidence", R"(number 1 must be -1000000 .. 1000000, got -10000000)"},
    {"evidence_values_missing.json", "/populations/0/evidence/values", R"(is missing)"},
    {"evidence_times_missing.json", "/populations/0/evidence/times_ms", R"(is missing)"},
    {"evidence_key_unknown.json", "/populations/0/evidence/values", R"(is missing)", 2},
    {"evidence_values_too_few.json", "/populations/0/evidence/values", R"(must be a list of as many as times_ms, 2, got a list of 1)"},
    {"evidence_values_short.json", "/populations/0/evidence/values/1", R"(must have as many numbers as 3, the nodes, got 2)"},
    {"evidence_values_text.json", "/populations/0/evidence/values/0", R"(must be a number -1000000 .. 1000000, or a list of one for each node, got true)", 2},
    {"evidence_time_negative.json", "/populations/0/evidence/times_ms/0", R"(must be a number >= 0, got -1)"},
    {"evidence_time_tiny.json", "/populations/0/evidence/times_ms/0", R"(must be 0, or 0.0001 .. 1000000000000, got 1e-09)"},
    {"evidence_times_not_increasing.json", "/populations/0/evidence/times_ms/2", R"(must be 0.0001 or more after the time before, 10, and <= 1000000000000, got 10)"},
    {"evidence_twice.json", "/populations/0/evidence_file", R"(must not stand beside "evidence")"},
    {"evidence_file_missing.json", "/populations/0/evidence_file", R"(invalid_networks/nowhere.csv)"},
    {"evidence_file_cells.json", "/populations/0/evidence_file", R"(evidence_cells.csv: rows must have a time and as many values as 3, the nodes, or one, got 3 cells)"},
    {"evidence_file_header.json", "/populations/0/evidence_file", R"(evidence_header.csv:1:1: cell 1 is no number, got "t_ms")"},
    {"evidence_file_rows.json", "/populations/0/evidence_file", R"(evidence_rows.csv:3: t_ms must be 0.0001 or more after the time before, 5, and <= 1000000000000, got 5)", 2},
    {"evidence_file_infinite.json", "/populations/0/evidence_file", R"(evidence_infinite.csv:1:3: )"},
    {"dyadic_size.json", "/populations/0/size", "is unknown"},
    {"dyadic_spike_outside.json", "/populations/0/spikes/0", "neuron must be 0 .. 3, got 4"},
    {"distribution_missing.json", "/projections/0/weight_mV/distribution", "is missing"},
    {"distribution_unknown.json", "/projections/0/weight_mV/distribution", R"(must be one of "uniform", "normal", "lognormal", got "gaussian")"},
    {"distribution_key_unknown.json", "/projections/0/weight_mV/hihg", R"(is unknown; did you mean "high"?)"},
    {"distribution_sd_negative.json", "/projections/0/weight_mV/sd", "must be >= 0, got -1"},
    {"distribution_mean_missing.json", "/projections/0/weight_mV/mean", "is missing"},
    {"distribution_sigma_missing.json", "/projections/0/weight_mV/sigma", "is missing"},
    {"distribution_low_above_high.json", "/projections/0/weight_mV/high", "must be >= low = 2, got 1"},
    {"distribution_truncated_away.json", "/projections/0/weight_mV/low", "must hold a share >= 0.01 of the draws, got 9.87e-10"},
    {"distribution_lognormal_truncated_away.json", "/projections/0/weight_mV/low", "must hold a share >= 0.01 of the draws, got"},
    {"distribution_too_wide.json", "/projections/0/weight_mV/high", "high - low must be finite"},
    {"weight_text.json", "/projections/0/weight_mV", R"(must be a number, got "strong", allowed -1000000 .. 1000000 or a distribution)"},
    {"projection_name_empty.json", "/projections/0/name", "must have 1 .. 100 characters, got 0"},
    {"projection_name_repeated.json", "/projections/1/name", R"(must be given once, got "PE" again)"},
    {"projection_pre_missing.json", "/projections/0/pre", "is missing"},
    {"projection_pre_unknown.json", "/projections/0/pre", R"(must be the name of a population, got "inptu"; did you mean "input"?)"},
    {"projection_post_unknown_far.json", "/projections/0/post", R"(got "cortex", allowed "E", "P")"},
    {"projection_post_number.json", "/projections/0/post", "must be the name of a population, got 1"},
    {"projection_post_poisson.json", "/projections/0/post", R"(must be a population of model lif_delta, lif_exp, lif_alpha, lif_cond_exp, adex, izhikevich, lif_adapt, glif, lif_step or dyadic_attractor, got "P" of model poisson)"},
    {"projection_range_outside.json", "/projections/0/pre/count", R"(must be <= 2: "P" has 2 neurons from first = 3 on, got 3)"},
    {"projection_range_population_unknown.json", "/projections/0/pre/population", R"(got "Q"; did you mean)"},
    {"projection_range_key_unknown.json", "/projections/0/pre/last", "is unknown"},
    {"projection_range_count_zero.json", "/projections/0/pre/count", "must be null or 1 .. 4000000000, got 0"},
    {"projection_connector_missing.json", "/projections/0/connector", "is missing"},
    {"projection_connector_unknown.json", "/projections/0/connector", R"(did you mean "all_to_all"?)"},
    {"projection_weight_missing.json", "/projections/0/weight_mV", "is missing"},
    {"projection_delay_zero.json", "/projections/0/delay_ms", "must be 0.0001 .. 1000000 or a distribution, got 0"},
    {"projection_delay_distribution_zero.json", "/projections/0/delay_ms", R"(must be 0.0001 .. 1000000 throughout, got values down to 0; raise "low")"},
    {"projection_delay_normal.json", "/projections/0/delay_ms", "must be 0.0001 .. 1000000 throughout, got values down to -7"},
    {"projection_dendritic_fraction.json", "/projections/0/dendritic_delay_fraction", "must be 0 .. 1, got 1.5"},
    {"projection_self_connections_text.json", "/projections/0/self_connections", R"(must be true or false, got "no")"},
    {"projection_key_unknown.json", "/projections/0/delay", R"(is unknown; did you mean "delay_ms"?)"},
    {"one_to_one_sizes.json", "/projections/0/connector", R"("one_to_one" needs ranges of one size, got 5 and 10 neurons)"},
    {"probability_missing.json", "/projections/0/probability", "is missing"},
    {"probability_above_1.json", "/projections/0/probability", "must be 0 .. 1, got 1.1"},
    {"probability_misplaced.json", "/projections/0/probability", R"(is a key of connector "fixed_probability" only)"},
    {"indegree_missing.json", "/projections/0/indegree", "is missing"},
    {"indegree_negative.json", "/projections/0/indegree", "must be 0 .. 1000000000000, got -1"},
    {"indegree_distinct_too_many.json", "/projections/0/indegree", "must be <= 5, the neurons there are to draw while distinct, got 6"},
    {"indegree_distinct_without_self.json", "/projections/0/indegree", "must be <= 9"},
    {"indegree_itself_only.json", "/projections/0/indegree", "must be 0: there is no neuron but itself to draw, got 2"},
    {"indegree_too_many_synapses.json", "/projections/0/connector", "must give <= 1e+12 synapses, got 2e+12 from 5 to 1000000000 neurons"},
    {"all_to_all_too_many_synapses.json", "/projections/0/connector", "got 1.6e+19 from 4000000000 to 4000000000 neurons"},
    {"outdegree_distinct_too_many.json", "/projections/0/outdegree", "must be <= 10"},
    {"outdegree_misplaced.json", "/projections/0/outdegree", R"(is a key of connector "fixed_outdegree" only)"},
    {"list_missing.json", "/projections/0/synapses", R"(is missing; give it or "file")"},
    {"list_weight.json", "/projections/0/weight_mV", R"(is no key of connector "list")"},
    {"list_row_short.json", "/projections/0/synapses/0", "must be [pre,post,weight_mV,delay_ms], all numbers, got a list of 3"},
    {"list_pre_outside.json", "/projections/0/synapses/1", "pre must be 0 .. 4, got 5"},
    {"list_post_outside.json", "/projections/0/synapses/0", "post must be 0 .. 9, got 10"},
    {"list_post_outside_range.json", "/projections/0/synapses/0", "post must be 0 .. 1, got 2"},
    {"list_delay_zero.json", "/projections/0/synapses/0", "delay_ms must be 0.0001 .. 1000000, got 0"},
    {"list_weight_too_large.json", "/projections/0/synapses/0", "weight_mV must be -1000000 .. 1000000, got 1e+39"},
    {"list_file_delay.json", "/projections/0/file", "synapses_delay.csv:3: delay_ms must be 0.0001 .. 1000000, got -1"},
    {"plasticity_text.json", "/projections/0/plasticity", R"(must be null or an object, got "stdp")"},
    {"plasticity_rule_missing.json", "/projections/0/plasticity/rule", "is missing"},
    {"plasticity_rule_unknown.json", "/projections/0/plasticity/rule", R"(did you mean "pair_stdp"?)"},
    {"plasticity_rule_of_couplings.json", "/projections/0/plasticity/rule", R"(must be one of "pair_stdp", "inhibitory_stdp")"},
    {"short_term_U_above_1.json", "/projections/0/short_term/U", "must be 0 .. 1, got 1.5"},
    {"short_term_rule_unknown.json", "/projections/0/short_term/rule", R"(must be one of "tsodyks_markram", got "tsodyks")"},
    {"total_missing.json", "/projections/0/total", "is missing"},
    {"current_kind_unknown.json", "/populations/0/currents/0/current", R"(did you mean "step"?)"},
    {"current_unit.json", "/populations/0/currents/0/amplitude_mV", "is missing", 2},
    {"current_ends_before_it_begins.json", "/populations/0/currents/0/to_ms", "must be > from_ms = 20, got 10"},
    {"current_table_lengths.json", "/populations/0/currents/0/amplitudes_mV", "must be as many as times_ms, 2, got 1"},
    {"current_table_order.json", "/populations/0/currents/0/times_ms/1", "must be >= 5 + 0.0001, the time before, got 5"},
    {"current_noise_interval.json", "/populations/0/currents/0/noise_interval_ms", "must be 0.0001 .. 1000000000, got 0"},
    {"current_count_outside.json", "/populations/0/currents/0/count", R"(must be <= 6: "E" has 6 neurons from first = 4 on, got 7)"},
    {"varied_time_constant.json", "/populations/0/tau_m_ms", "must be one number: of lif_exp, these may vary: E_L_mV, drive_mV, V_th_mV, V_reset_mV, t_ref_ms"},
    {"varied_list_length.json", "/populations/0/V_th_mV", "must be 10 numbers, as there are neurons, got 2"},
    {"varied_list_empty.json", "/populations/0/V_th_mV", "must be 10 numbers, as there are neurons, got 0"},
    {"varied_value.json", "/populations/0/t_ref_ms/9", "must be a number 0 .. 1000000000, got -1"},
    {"total_of_another_connector.json", "/projections/0/total", R"(is a key of connector "fixed_total_number" only)"},
    {"positions_text.json", "/populations/0/positions", R"(must be null or an object, got "grid")"},
    {"positions_layout_missing.json", "/populations/0/positions/layout", "is missing"},
    {"positions_layout_unknown.json", "/populations/0/positions/layout", R"(got "gird"; did you mean "grid"?)"},
    {"positions_key_unknown.json", "/populations/0/positions/extent", R"(is unknown; did you mean "extent_mm"?)"},
    {"positions_shape_missing.json", "/populations/0/positions/shape", "is missing"},
    {"positions_shape_fraction.json", "/populations/0/positions/shape/0", "must be a whole number, got 2.5"},
    {"positions_shape_size.json", "/populations/0/positions/shape", "must be 6 in all, the size of the population, got 8"},
    {"positions_shape_four.json", "/populations/0/positions/shape", "must be a list of 1 .. 3 numbers, got 4"},
    {"positions_extent_missing.json", "/populations/0/positions/extent_mm", "is missing"},
    {"positions_extent_number.json", "/populations/0/positions/extent_mm", "must be a list of numbers, got 1"},
    {"positions_extent_zero.json", "/populations/0/positions/extent_mm/1", "must be a number 1e-06 .. 1000000, got 0"},
    {"positions_extent_short.json", "/populations/0/positions/extent_mm", "must be as many as shape has, 2, got 1"},
    {"positions_points_missing.json", "/populations/0/positions/points_mm", "is missing"},
    {"positions_points_flat.json", "/populations/0/positions/points_mm", "must be a list of [x], [x,y] or [x,y,z], got 1"},
    {"positions_points_ragged.json", "/populations/0/positions/points_mm/1", "must be [x,y], all numbers, got a list of 1"},
    {"positions_points_too_few.json", "/populations/0/positions/points_mm", "must be 6 in all, the size of the population, got 2"},
    {"positions_points_far.json", "/populations/0/positions/points_mm/1", "y must be -1000000 .. 1000000, got 2000000"},
    {"positions_of_nodes.json", "/populations/0/positions", "is unknown"},
    {"distance_sources_nowhere.json", "/projections/0/connector", R"(needs positions of its sources, "positions" of their population)"},
    {"distance_targets_nowhere.json", "/projections/0/connector", R"(needs positions of its targets, "positions" of their population)"},
    {"distance_dimensions.json", "/projections/0/connector", "needs positions of as many dimensions on both sides, got 1 and 2"},
    {"distance_periodic_points.json", "/projections/0/connector", "needs an extent_mm on both sides to be periodic; a list of points has none"},
    {"distance_periodic_extents.json", "/projections/0/connector", "needs one extent_mm on both sides to be periodic, got [1, 2] and [1, 1.5]"},
    {"distance_periodic_number.json", "/projections/0/periodic", "must be true or false, got 1"},
    {"distance_p_missing.json", "/projections/0/p_max", "is missing"},
    {"distance_p_above_1.json", "/projections/0/p_max", "must be 0 .. 1, got 1.5"},
    {"distance_sigma_missing.json", "/projections/0/sigma_mm", "is missing"},
    {"distance_sigma_zero.json", "/projections/0/sigma_mm", "must be 1e-06 .. 1000000, got 0"},
    {"distance_radius_misplaced.json", "/projections/0/radius_mm", R"(is a key of connector "distance_disc" only)"},
    {"distance_p_misplaced.json", "/projections/0/p_max", R"(is a key of connector "distance_gaussian" and "distance_exponential" and "distance_disc" only)"},
    {"distance_too_many_synapses.json", "/projections/0/connector", "must give <= 1e+12 synapses, got 2.9"},
    {"mask_distance.json", "/projections/0/mask/connector", "must not ask for distances: nodes have no positions"},
    {"mask_total.json", "/projections/0/mask/connector", R"("fixed_total_number" is not for masks)"},
    {"stdp_tau_zero.json", "/projections/0/plasticity/tau_plus_ms", "must be 0.0001 .. 1000000000, got 0"},
    {"stdp_lambda_above_1.json", "/projections/0/plasticity/lambda", "must be 0 .. 1, got 2"},
    {"stdp_alpha_negative.json", "/projections/0/plasticity/alpha", "must be 0 .. 1000000, got -1"},
    {"stdp_w_min_negative.json", "/projections/0/plasticity/w_min_mV", "must be 0 .. 1000000, got -1"},
    {"stdp_w_max_below_w_min.json", "/projections/0/plasticity/w_max_mV", "must be > w_min_mV = 0.3, got 0.2"},
    {"stdp_w_min_multiplicative.json", "/projections/0/plasticity/w_min_mV", R"(must be 0 while dependence is "multiplicative", got 0.05)"},
    {"stdp_alpha_multiplicative.json", "/projections/0/plasticity/alpha", R"(must be <= 1 / lambda = 2 while dependence is "multiplicative", got 3)"},
    {"stdp_dependence_unknown.json", "/projections/0/plasticity/dependence", R"(did you mean "additive"?)"},
    {"stdp_key_unknown.json", "/projections/0/plasticity/tau_ms", "is unknown"},
    {"stdp_weight_outside.json", "/projections/0/weight_mV", "must be 0 .. 0.2, the bounds of the plasticity, got 0.3"},
    {"stdp_weight_distribution_outside.json", "/projections/0/weight_mV", "must be 0 .. 0.2, the bounds of the plasticity, got 0.1 .. 0.3"},
    {"stdp_delay_distribution.json", "/projections/0/delay_step_ms", "must be above 0 where delays of a plastic projection vary: it may have 256 different ones"},
    {"stdp_delays_many.json", "/projections/0/delay_step_ms", "must leave a plastic projection at most 256 different delays"},
    {"delay_step_negative.json", "/projections/0/delay_step_ms", "must be 0, or 0.0001 .. 1000000, got -1"},
    {"third_factor_missing.json", "/projections/0/third_factor", "is missing: the neurons whose spikes move weights by this plasticity"},
    {"third_factor_static.json", "/projections/0/third_factor", "is for plasticity that has a third factor"},
    {"third_factor_unknown.json", "/projections/0/third_factor/population", R"(did you mean "P"?)"},
    {"third_factor_delay.json", "/projections/0/third_factor/delay_ms", "must be 0.0001 .. 1000000, got 0"},
    {"third_factor_range.json", "/projections/0/third_factor/count", "must be"},
    {"reward_stdp_tau_zero.json", "/projections/0/plasticity/tau_c_ms", "must be 0.0001 .. 1000000000, got 0"},
    {"stdp_list_weight.json", "/projections/0/synapses", "weight_mV of synapse 1 must be 0 .. 0.2, the bounds of the plasticity, got -0.1"},
    {"inhibitory_stdp_weight_positive.json", "/projections/0/weight_mV", "must be -10 .. 0, the bounds of the plasticity, got 0.1"},
    {"inhibitory_stdp_eta_negative.json", "/projections/0/plasticity/eta_mV", "must be 0 .. 1000000, got -1"},
    {"inhibitory_stdp_tau_zero.json", "/projections/0/plasticity/tau_ms", "must be 0.0001 .. 1000000000, got 0"},
    {"inhibitory_stdp_target_negative.json", "/projections/0/plasticity/target_rate_Hz", "must be 0 .. 1000000, got -5"},
    {"inhibitory_stdp_w_max_zero.json", "/projections/0/plasticity/w_max_mV", "must be 1e-12 .. 1000000, got 0"},
    {"coupling_missing.json", "/projections/0/coupling", R"(is missing; give it or "coupling_file")"},
    {"coupling_twice.json", "/projections/0/coupling_file", R"(must not stand beside "coupling")"},
    {"coupling_shape.json", "/projections/0/coupling", "must be 2 x 2 (nodes of post x nodes of pre), got 3 x 1"},
    {"coupling_claims_too_much.json", "/projections/0/coupling/row_major", "must be a list of rows * cols = 1000000000000000000 numbers, got a list of 1"},
    {"coupling_self.json", "/projections/0/coupling", "self-coupling of node 1 must be 0, got 0.5"},
    {"coupling_too_large.json", "/projections/0/coupling", "(0, 1) must be -1000000 .. 1000000, got 2000000"},
    {"coupling_file_cell.json", "/projections/0/coupling_file", R"(coupling_cell.csv:2:1: cell 1 is no number, got "one")"},
    {"mask_text.json", "/projections/0/mask", R"(must be null or an object, got "all")"},
    {"mask_connector_missing.json", "/projections/0/mask/connector", "is missing"},
    {"mask_connector_unknown.json", "/projections/0/mask/connector", R"(got "fixed_indegre"; did you mean "fixed_indegree"?)"},
    {"mask_distinct.json", "/projections/0/mask/distinct", "is unknown"},
    {"mask_probability_misplaced.json", "/projections/0/mask/probability", R"(is a key of connector "fixed_probability" only)"},
    {"mask_indegree_too_many.json", "/projections/0/mask/indegree", "must be <= 1, the nodes there are to draw while distinct, got 2"},
    {"mask_one_to_one_sizes.json", "/projections/0/mask/connector", R"("one_to_one" needs populations of one size, got 3 and 2 nodes)"},
    {"mask_pair_outside.json", "/projections/0/mask/pairs/1", "post must be 0 .. 1, got 2"},
    {"mask_pair_self.json", "/projections/0/mask/pairs", "pair 0 couples node 1 to itself"},
    {"mask_pairs_missing.json", "/projections/0/mask/pairs", R"(is missing; give it or "pairs_file")"},
    {"mask_of_synapses.json", "/projections/0/mask", "is unknown"},
    {"coupling_name.json", "/projections/0/name", "must have 1 .. 100 characters, got 0"},
    {"coupling_pre_lif.json", "/projections/0/pre", R"(must be a population of model dyadic_attractor or dyadic_spike_list, got "E" of model lif_delta)"},
    {"coupling_post_source.json", "/projections/0/post", R"(must be a population of model dyadic_attractor, got "S" of model dyadic_spike_list)"},
    {"coupling_delay_negative.json", "/projections/0/delay_ms", "must be 0, or 0.0001 .. 1000000, got -1"},
    {"coupling_plastic_delay_zero.json", "/projections/0/delay_ms", "must be > 0 while the projection is plastic, got 0"},
    {"coupling_rule_of_synapses.json", "/projections/0/plasticity/rule", R"(must be one of "predictive_hebbian", got "pair_stdp")"},
    {"hebbian_learning_rate_negative.json", "/projections/0/plasticity/learning_rate", "must be null or 0 .. 1000000, got -1"},
    {"hebbian_prediction_unknown.json", "/projections/0/plasticity/prediction", R"(did you mean "spiking"?)"},
    {"hebbian_predictions_differ.json", "/projections/1/plasticity/prediction", "must be that of projection 0"},
    {"hebbian_beside_delay_zero.json", "/projections/1/delay_ms", "must be > 0 while projection 0 is plastic"},
    {"coupling_delay_zero_beside_lif.json", "/projections/0/delay_ms", R"(must be > 0 in a network with "E" of model lif_delta, got 0)"},
    {"inputs_too_many.json", "/populations/0/inputs", "must be at most 16, got a list of 17"},
    {"populations_too_many.json", "/populations", "must be at most 4096, got a list of 4097"},
    {"weight_too_large.json", "/projections/0/weight_mV", "must be -1000000 .. 1000000 or a distribution, got -2000000.0"},
    {"weight_distribution_too_large.json", "/projections/0/weight_mV", R"(must be -1000000 .. 1000000 throughout, got values up to 2000000; lower "high")"},
    {"input_weight_too_large.json", "/populations/0/inputs/0/weight_mV", "must be -1000000 .. 1000000, got 2000000.0"},
    {"hebbian_rule_missing.json", "/projections/0/plasticity/rule", "is missing"},
    {"hebbian_key_unknown.json", "/projections/0/plasticity/learning_rat", R"(did you mean "learning_rate"?)"},
    {"input_key_unknown.json", "/populations/0/inputs/0/wieght_mV", R"(did you mean "weight_mV"?)"},
    {"distribution_uniform_high_missing.json", "/projections/0/weight_mV/high", "is missing"},
    {"poisson_times_number.json", "/populations/0/times_ms", "must be a list of numbers, got 0"},
    {"recording_name_slash.json", "/recordings/0/name", R"(must be of letters, digits, _ and - only, got "a/b")"},
    {"recording_name_long.json", "/recordings/0/name", "must have 1 .. 100 characters, got 101"},
    {"recording_name_spikes.json", "/recordings/0/name", R"(must not be "spikes": spikes.csv holds the spikes)"},
    {"recording_name_repeated.json", "/recordings/1/name", R"(must be given once, got "r" again)"},
    {"recording_missing.json", "/recordings/0/record", "is missing"},
    {"recording_unknown.json", "/recordings/0/record", R"(did you mean "potential"?)"},
    {"recording_population_unknown.json", "/recordings/0/population", R"(must be the name of a population, got "EE"; did you mean "E"?)"},
    {"recording_population_missing.json", "/recordings/0/population", "is missing"},
    {"recording_range_outside.json", "/recordings/0/count", "must be <= 5"},
    {"recording_potential_of_poisson.json", "/recordings/0/population", R"(must be a population of model lif_delta, lif_exp, lif_alpha, lif_cond_exp, adex, izhikevich, lif_adapt, glif or lif_step, got "P" of model poisson)"},
    {"recording_interval_zero.json", "/recordings/0/interval_ms", "must be 1e-06 .. 1000000000000, got 0"},
    {"recording_interval_tiny.json", "/recordings/0/interval_ms", "must be 1e-06 .. 1000000000000, got 1e-09"},
    {"recording_bin_negative.json", "/recordings/0/bin_ms", "must be 1e-06 .. 1000000000000, got -1"},
    {"recording_key_of_other.json", "/recordings/0/interval_ms", "is unknown"},
    {"recording_projection_unknown.json", "/recordings/0/projection", R"(must be the name of a projection with a connector, got "EP")"},
    {"recording_projection_none.json", "/recordings/0/projection", R"(got "PE"; there is none)"},
    {"recording_state_unknown.json", "/recordings/0/variables/1", R"(must be a variable of adex, which are V_mV, w_pA, g_e_nS, g_i_nS, got "w")"},
    {"recording_state_none.json", "/recordings/0/variables", "is missing"},
    {"recording_state_empty.json", "/recordings/0/variables", "must be a list of 1 .. 16 names, got a list of 0"},
    {"recording_state_number.json", "/recordings/0/variables/0", "must be a variable of adex, which are V_mV, w_pA, g_e_nS, g_i_nS, got 3"},
    {"recording_state_repeated.json", "/recordings/0/variables/1", R"(must be given once, got "w_pA" again)"},
    {"recording_state_of_poisson.json", "/recordings/0/population", R"(got "P" of model poisson)"},
    {"recording_neurons_outside.json", "/recordings/0/neurons/1", "must be a number 0 .. 9, got 10"},
    {"recording_neurons_fraction.json", "/recordings/0/neurons/1", "must be a whole number, got 1.5"},
    {"recording_neurons_order.json", "/recordings/0/neurons/1", "must be > 4, the one before, got 4"},
    {"recording_neurons_and_range.json", "/recordings/0/neurons", R"(must not stand beside "first" and "count")"},
    {"recording_neurons_text.json", "/recordings/0/neurons", R"(must be a list of numbers, got "all")"},
    {"recording_times_and_interval.json", "/recordings/0/interval_ms", R"(must not stand beside "times_ms")"},
    {"recording_times_order.json", "/recordings/0/times_ms/1", "must be > 1, the one before, got 0.5"},
    {"recording_times_negative.json", "/recordings/0/times_ms/0", "must be a number 0 .. 1000000000000, got -1"},
    {"recording_state_neurons_of_nodes.json", "/recordings/0/neurons", R"(must be "nodes": "A" is of model dyadic_attractor)"},
    {"recording_state_nodes_of_neurons.json", "/recordings/0/nodes", R"(must be "neurons": "E" is of model lif_delta)"},
    {"recording_state_variable_of_nodes.json", "/recordings/0/variables/0", R"(must be a variable of dyadic_attractor, which are sigma, got "V_mV")"},
    {"recording_state_nodes_outside.json", "/recordings/0/nodes/1", "must be a number 0 .. 1, got 2"},
    {"recording_state_range_of_nodes.json", "/recordings/0/first", R"(must be < 2, the size of "A", got 2)"},
    {"recording_couplings_of_synapses.json", "/recordings/0/projection", R"(must be the name of a projection through couplings, got "EE")"},
    {"recording_weights_of_couplings.json", "/recordings/0/projection", R"(must be the name of a projection with a connector, got "J")"},
    {"recording_couplings_projection_missing.json", "/recordings/0/projection", "is missing"},
    {"recording_couplings_times_order.json", "/recordings/0/times_ms/1", "must be > 1, the one before, got 1"},
    {"coupling_name_taken.json", "/projections/1/name", R"(must be given once, got "J" again)"},
    {"recording_spikes_neurons_outside.json", "/recordings/0/neurons/1", "must be a number 0 .. 3, got 4"},
    {"recording_spikes_neurons_and_range.json", "/recordings/0/neurons", R"(must not stand beside "first" and "count")"},
    {"recording_weights_post_outside.json", "/recordings/0/post/1", "must be a number 0 .. 5, got 6"},
    {"recording_weights_pre_order.json", "/recordings/0/pre/1", "must be > 3, the one before, got 3"},
    {"recording_couplings_pre_fraction.json", "/recordings/0/pre/0", "must be a whole number, got 0.5"},
    {"several.json", "/duration_ms", "must be 0 .. 1000000000000, got -1", 8},
    // clang-format on
};

} // namespace

TEST_CASE("Every invalid network file is refused at the place and for the reason") {
    for (const BadFile& bad : k_bad_files) {
        CAPTURE(bad.name);
        const std::vector<Problem> problems = problems_of_file(k_invalid_networks / bad.name);
        CHECK(problems.size() == bad.n_problems);
        if (!problems.empty()) {
            CHECK(problems[0].pointer == bad.pointer);
            CHECK_THAT(problems[0].message, Catch::Contains(bad.fragment));
            CHECK(problems[0].message.find('\n') == std::string::npos);
        }
    }
}

TEST_CASE("Every invalid network file has an expectation") {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(k_invalid_networks)) {
        if (entry.path().extension() == ".json") {
            names.insert(entry.path().filename().string());
        }
    }
    std::set<std::string> expected;
    for (const BadFile& bad : k_bad_files) {
        expected.insert(bad.name);
    }
    CHECK(names == expected);
}

TEST_CASE("All problems of a network file are told at once, in one line") {
    const std::filesystem::path path = k_invalid_networks / "several.json";
    std::vector<std::string> pointers;
    for (const Problem& problem : problems_of_file(path)) {
        pointers.push_back(problem.pointer);
    }
    CHECK(pointers == std::vector<std::string>{"/duration_ms", "/populations/0/tau_m_ms",
                                               "/populations/0/E_L_mV", "/populations/1/rate_Hz",
                                               "/projections/0/post", "/projections/0/probability",
                                               "/projections/0/delay_ms", "/recordings/0/fist"});
}

TEST_CASE("A wrong population is not told a second time at what names it") {
    const auto problems = problems_of(network(
        R"({"name": "P", "model": "poisson", "size": 0, "rate_Hz": 1},
           {"name": "E", "model": "lif_delt", "size": 10})",
        R"({"name": "PE", "pre": {"population": "P", "first": 3}, "post": "E",
            "connector": "one_to_one", "weight_mV": 1})",
        R"({"name": "V", "record": "potential", "population": "E", "first": 90})"));
    CHECK(problems.size() == 2);
}

TEST_CASE("Many bad rows of one list end in a count, not in a flood") {
    std::string rows = "[-1, 0]";
    for (int i = 0; i < 500; ++i) {
        rows += ", [-1, 0]";
    }
    const auto problems = problems_of(
        network(R"({"name": "S", "model": "spike_list", "size": 1, "spikes": [)" + rows + "]}"));
    REQUIRE(problems.size() ==
            12); // ten, where it was left, and how many of the hundred were left out
    CHECK(problems[10].message == "has 100 wrong entries; what follows was not looked at");
    CHECK(problems.back().message == "and 90 more");
}

TEST_CASE("More projections than random streams have keys are refused before any is read") {
    std::string rows = "0";
    for (int i = 0; i < 65536; ++i) {
        rows += ",0";
    }
    const auto problems = problems_of(network(k_pair, rows));
    REQUIRE(problems.size() == 1);
    CHECK(problems[0].message == "must be at most 65536, got a list of 65537");
}

TEST_CASE("A file that is no JSON says line and column") {
    const test::ScratchFolder folder;
    folder.write("net.json", "{\n \"format\": }");
    CHECK_THROWS_WITH(io::read_network(folder / "net.json"), Catch::Contains("line 2, column 12"));
    CHECK_THROWS_AS(io::read_network(folder / "absent.json"), IoError);
}

TEST_CASE("Numbers of a document that JSON text cannot say are problems, too") {
    json document = json::parse(network(R"({"name": "E", "model": "lif_delta", "size": 1})"));
    document["populations"][0]["E_L_mV"] = std::numeric_limits<double>::infinity();
    CHECK_THROWS_WITH(io::parse_network(document, "net.json", {}),
                      Catch::Contains("/populations/0/E_L_mV: must be -1000000 .. 1000000"));
    document["populations"][0]["E_L_mV"] = std::numeric_limits<double>::quiet_NaN();
    CHECK_THROWS_AS(io::parse_network(document, "net.json", {}), DescriptionError);
}

TEST_CASE("Weights are in the unit of the targets' model, and so is their key") {
    const std::string cells =
        R"({"name": "P", "model": "poisson", "size": 5, "rate_Hz": 10}, {"name": "X", "model": "adex", "size": 4, "inputs": [{"rate_Hz": 5, "weight_mV": 1}]})";
    const std::string onto =
        R"({"pre": "P", "post": "X", "connector": "all_to_all", "weight_mV": 1, "plasticity": {"rule": "pair_stdp", "w_max_mV": 3}})";
    std::vector<std::string> told;
    for (const Problem& problem : problems_of(network(cells, onto)))
        told.push_back(problem.pointer + ": " + problem.message);
    CHECK(told ==
          std::vector<std::string>{
              "/populations/1/inputs/0/weight_mV: must be weight_nS: weights onto adex are in nS",
              "/populations/1/inputs/0/weight_nS: is missing"});
    const std::string right =
        R"({"name": "P", "model": "poisson", "size": 5, "rate_Hz": 10}, {"name": "X", "model": "adex", "size": 4, "inputs": [{"rate_Hz": 5, "weight_nS": 1}]})";
    told.clear();
    for (const Problem& problem : problems_of(network(right, onto)))
        told.push_back(problem.pointer + ": " + problem.message);
    CHECK(told ==
          std::vector<std::string>{
              "/projections/0/weight_mV: must be weight_nS: weights onto adex are in nS",
              "/projections/0/weight_nS: is missing",
              "/projections/0/plasticity/w_max_mV: is unknown; did you mean \"w_max_nS\"?"});
}
