"""What the module says of itself is whole and true: signatures, types, docstrings, and examples that run."""
import doctest
import importlib.util
import inspect
import os
import re
import subprocess
import sys
import unittest

import numpy as np

import spikewell as sw
from support import InFolder

CAN_DRAW = importlib.util.find_spec("matplotlib") is not None
CAN_CHECK_TYPES = importlib.util.find_spec("mypy") is not None
SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
if not CAN_CHECK_TYPES:
    print("spikewell: mypy is not installed, so stubs are not checked (Debian: mypy)", file=sys.stderr)
if CAN_DRAW:
    import matplotlib
    matplotlib.use("Agg")


def members_of(owner, name):
    """Of a class its public methods, as functions, and properties."""
    for key, value in vars(owner).items():
        if not key.startswith("_") and (callable(value) or isinstance(value, (classmethod, property))):
            yield f"{name}.{key}", value.__func__ if isinstance(value, classmethod) else value


def public():
    """All public names: functions, classes and their parts, those of modules within."""
    for name in sw.__all__:
        value = getattr(sw, name)
        if name == "__version__":
            continue
        if inspect.ismodule(value):
            for within in value.__all__:
                yield f"{name}.{within}", getattr(value, within)
            continue
        yield name, value
        if inspect.isclass(value) and not issubclass(value, Exception):
            yield from members_of(value, name)


def callables():
    for name, value in public():
        if not isinstance(value, property) and not (inspect.isclass(value) and issubclass(value, Exception)):
            yield name, value


def section(doc, title):
    """The lines of a section of a NumPy docstring; None where there is no such section."""
    found = re.search(rf"^{title}\n-+\n(.*?)(?=\n\n\w+( \w+)*\n-+\n|\Z)", doc, re.DOTALL | re.MULTILINE)
    return found and found.group(1).split("\n")


def names_in(lines):
    """Of lines like "low, high : float": low and high."""
    named = [line.split(" : ")[0] for line in lines if line and not line.startswith(" ")]
    return [name.strip().lstrip("*") for line in named for name in line.split(",")]


def parameters_of(name, value):
    return [p for p in inspect.signature(value).parameters if p not in ("self", "cls")]


COMPILED = ("builtin_function_or_method", "instancemethod")  # pybind11's functions, and methods
MADE_ELSEWHERE = {"Dream", "Inference", "Layout", "Population", "Projection", "Recording", "Selection"}  # by methods, not by users


class Documented(unittest.TestCase):
    def test_there_is_much_to_look_at(self):
        self.assertGreater(len(list(public())), 90)

    def test_every_public_name_says_what_it_is_in_a_line(self):
        for name, value in public():
            with self.subTest(name):
                doc = inspect.getdoc(value) or ""
                self.assertTrue(doc.strip())
                self.assertTrue("\n" not in doc or doc.split("\n\n")[0].strip().endswith((".", ".:", ":")), doc)

    def test_parameters_told_are_those_there_are(self):
        for name, value in callables():
            if name in MADE_ELSEWHERE:
                continue
            with self.subTest(name):
                told = section(inspect.getdoc(value), "Parameters")
                self.assertEqual(names_in(told) if told else [], parameters_of(name, value))

    def test_what_is_returned_is_told(self):
        for name, value in callables():
            annotations = getattr(value, "__annotations__", {})
            if inspect.isclass(value) or "return" not in annotations:
                continue
            with self.subTest(name):
                told = section(inspect.getdoc(value), "Returns")
                self.assertEqual(told is None, annotations["return"] == "None")

    def test_all_python_is_annotated(self):
        for name, value in callables():
            value = value.__init__ if inspect.isclass(value) else value
            if not hasattr(value, "__annotations__"):
                continue  # compiled: _spikewell.pyi has its types
            with self.subTest(name):
                self.assertEqual(set(value.__annotations__), {*parameters_of(name, value), "return"})

    def test_compiled_signatures_are_those_that_calls_take(self):
        compiled = [(name, value) for name, value in callables() if type(value).__name__ in COMPILED]
        self.assertGreater(len(compiled), 15)
        for name, value in [*compiled, ("Simulator", sw.Simulator)]:
            with self.subTest(name):
                with self.assertRaises(TypeError) as caught:
                    value(none_has_this=1)
                taken = re.search(r"1\. [\w.]*\((.*)\)", str(caught.exception)).group(1)
                taken = [re.match(r"\w+", part).group(0) for part in re.sub(r"\[[^]]*\]", "", taken).split(", ") if part]
                self.assertEqual(taken, list(inspect.signature(value).parameters))


class Examples(InFolder):
    def test_every_public_name_has_an_example_and_they_run(self):
        flags = doctest.NORMALIZE_WHITESPACE | doctest.IGNORE_EXCEPTION_DETAIL
        runner = doctest.DocTestRunner(verbose=False, optionflags=flags)
        here = os.getcwd()
        self.addCleanup(os.chdir, here)
        for number, (name, value) in enumerate(callables()):
            with self.subTest(name):
                doc = inspect.getdoc(value)
                self.assertIsNotNone(section(doc, "Examples"))
                if name.startswith("plot.") and not CAN_DRAW:
                    continue
                folder = self.path(str(number))
                os.mkdir(folder)
                os.chdir(folder)
                example = doctest.DocTestParser().get_doctest(doc, {"np": np, "sw": sw}, name, name, 0)
                told = []
                self.assertEqual(runner.run(example, out=told.append).failed, 0, "".join(told))
                os.chdir(here)
                if name.startswith("plot."):
                    import matplotlib.pyplot as plt
                    plt.close("all")


# What mypy.stubtest says that no stub can mend: standard classes and matplotlib's that annotations name, pybind11's metaclass.
NOT_OF_STUBS = [r"spikewell\.\w+\.(Axes|Callable|Mapping|Sequence)(\..*)?", r"spikewell\.(\w+\.)?(Simulator|_Layout|_Model)",
                r"spikewell\.(\w+\.)?_Layout\.__init__"]


@unittest.skipUnless(CAN_CHECK_TYPES, "mypy is not installed: stubs are not checked")
class Types(InFolder):
    def test_stubs_are_what_there_is(self):
        package = os.path.dirname(os.path.dirname(sw.__file__))
        with open(self.path("allowed"), "w", encoding="utf-8") as file:
            file.write("\n".join(NOT_OF_STUBS))
        checked = subprocess.run(
            [sys.executable, "-m", "mypy.stubtest", "spikewell", "--ignore-unused-allowlist", "--allowlist",
             self.path("allowed"), "--mypy-config-file", os.path.join(SOURCE, "pyproject.toml")],
            cwd=self.folder, env={**os.environ, "MYPYPATH": package, "PYTHONPATH": package}, capture_output=True, text=True)
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)

    def test_programs_that_use_them_are_checked(self):
        package = os.path.dirname(os.path.dirname(sw.__file__))
        folder = os.path.join(SOURCE, "examples/python")
        programs = [os.path.join(folder, name) for name in ("own_images.py", "own_matrix.py", "balanced_network.py", "on_a_board.py")]
        with open(self.path("wrong.py"), "w", encoding="utf-8") as file:
            file.write("import spikewell as sw\nnet = sw.Network(seed='one')\nnet.simulate(100).spikes('E')\n")
        for checked, n_errors in ((programs, 0), ([self.path("wrong.py")], 2)):
            told = subprocess.run([sys.executable, "-m", "mypy", "--strict", "--follow-imports", "silent", "--config-file",
                                   os.path.join(SOURCE, "pyproject.toml"), "--cache-dir", self.path("cache"), *checked],
                                  cwd=self.folder, env={**os.environ, "MYPYPATH": package}, capture_output=True, text=True)
            self.assertEqual(told.stdout.count(": error:"), n_errors, told.stdout + told.stderr)


if __name__ == "__main__":
    unittest.main()
