"""NESTML's own judgement of an export: nestml_check.py FOLDER NESTML ANTLR ODETOOLBOX [TARGET]

FOLDER has attractor_neuron.nestml and predictive_hebbian_synapse.nestml. Paths to checkouts: NESTML (github.com/nest/nestml), ANTLR
(antlr/antlr4, runtime/Python3/src), ODETOOLBOX (nest/ode-toolbox). Python needs sympy, numpy, scipy, jinja2, astropy, semver and
typing_extensions (Debian: python3-NAME). Parses both, builds their symbol tables, checks all context conditions, and generates
NEST's code of the pair into TARGET (default: a folder that is deleted), without compiling it. Fails on errors and on warnings.
"""
import os
import sys
import tempfile

folder, nestml, antlr, odetoolbox = sys.argv[1:5]
sys.path[:0] = [nestml, antlr, odetoolbox]

import semver  # noqa: E402

if not hasattr(semver, "Version"):  # before 3.0
    semver.Version = semver.VersionInfo

from pynestml.cocos.co_cos_manager import CoCosManager  # noqa: E402
from pynestml.codegeneration.nest_code_generator import NESTCodeGenerator  # noqa: E402
from pynestml.frontend import pynestml_frontend as frontend  # noqa: E402
from pynestml.utils.logger import Logger, LoggingLevel  # noqa: E402

FILES = [os.path.join(folder, name + ".nestml") for name in ("attractor_neuron", "predictive_hebbian_synapse")]
# As the synapse's head says, and the version of NEST, which would be asked for it.
OPTIONS = {"neuron_synapse_pairs": [{"neuron": "attractor_neuron",
                                     "synapses": {"predictive_hebbian_synapse": {"post_ports": [["E_post", "E"]]}}}],
           "weight_variable": {"predictive_hebbian_synapse": "w"}, "nest_version": "v3.8.0"}


def generated(target):
    frontend.configure_front_end(FILES, "NEST", target, logging_level="WARNING", codegen_opts=OPTIONS)
    options = frontend.FrontendConfiguration.get_codegen_opts()
    transformers, _ = frontend.transformers_from_target_name("NEST", options=options)
    generator = NESTCodeGenerator({"nest_version": OPTIONS["nest_version"]})
    generator.set_options(options)
    models = frontend.get_parsed_models()
    for model in models:
        if not Logger.has_errors(model):
            CoCosManager.check_cocos(model)
    if len(models) == len(FILES) and not any(Logger.has_errors(model) for model in models):
        models, metadata = frontend.transform_models(transformers, models)
        frontend.generate_code(generator, models, metadata)
    return sorted(name for name in os.listdir(target) if name.endswith((".h", ".cpp"))) if os.path.isdir(target) else []


with tempfile.TemporaryDirectory() as temporary:
    files = generated(os.path.join(sys.argv[5] if len(sys.argv) > 5 else temporary, "target"))
errors, warnings = (len(Logger.get_messages(level=level)) for level in (LoggingLevel.ERROR, LoggingLevel.WARNING))
print(f"NESTML: {errors} errors, {warnings} warnings; {len(files)} files of code: {' '.join(files)}")
sys.exit(0 if errors == 0 and warnings == 0 and any("__with_" in name for name in files) else 1)
