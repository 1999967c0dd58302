"""Pages and notebooks as git has them: links lead somewhere, outputs are stripped, and a notebook runs: test_pages.py"""
import importlib.util
import io
import json
import os
import re
import sys
import unittest
from contextlib import redirect_stdout
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((SOURCE / "examples/notebooks").glob("*.ipynb"))
IS_CHECKOUT = (SOURCE / ".git").exists()
sys.path.insert(0, str(SOURCE / "docs/site"))
import links  # noqa: E402
from support import InFolder  # noqa: E402


def cells_of(path):
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


class Pages(unittest.TestCase):
    @unittest.skipUnless(IS_CHECKOUT, "git does not tell which pages there are")
    def test_their_links_lead_somewhere(self):
        self.assertEqual(links.broken_in_pages(SOURCE), [])

    def test_the_front_page_is_one_page(self):
        self.assertLessEqual(len((SOURCE / "README.md").read_text(encoding="utf-8").splitlines()), 125)


class HowTo(InFolder):
    def test_its_pieces_run(self):
        pieces = re.findall(r"```python\n(.*?)```", (SOURCE / "docs/howto.md").read_text(encoding="utf-8"), re.DOTALL)
        self.assertGreater(len(pieces), 15)
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(self.folder)
        names = {}
        told = io.StringIO()
        with redirect_stdout(told):
            for piece in pieces:
                exec(compile(piece, "howto.md", "exec"), names)
        self.assertIn("did you mean", told.getvalue())


class Links(unittest.TestCase):
    def test_what_is_broken_is_told(self):
        import tempfile
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "a.html").write_text('<a href="b.html#there">1</a><a href="b.html#not">2</a><a href="c.html">3</a>'
                                                 '<script src="https://x.y/z.js"></script><a href="https://x.y">4</a>')
            (Path(folder) / "b.html").write_text('<h1 id="there">b</h1>')
            told = links.broken_in(folder)
        self.assertEqual([line.split(": ")[1] for line in told], ["b.html#not", "c.html", "https://x.y/z.js"])


class Notebooks(unittest.TestCase):
    def test_there_are_some_in_order(self):
        self.assertGreaterEqual(len(NOTEBOOKS), 6)
        self.assertEqual([path.name.split("_")[0] for path in NOTEBOOKS], [str(k + 1) for k in range(len(NOTEBOOKS))])

    def test_outputs_are_stripped(self):
        for path in NOTEBOOKS:
            with self.subTest(path.name):
                for cell in cells_of(path):
                    self.assertEqual((cell.get("outputs", []), cell.get("execution_count"), cell["metadata"]), ([], None, {}))

    def test_they_are_written_alike(self):
        for path in NOTEBOOKS:
            with self.subTest(path.name):
                text = path.read_text(encoding="utf-8")
                self.assertEqual(text, json.dumps(json.loads(text), indent=1, ensure_ascii=False, sort_keys=True) + "\n")

    def test_lines_beside_other_simulators_are_counted(self):
        cells = ["".join(cell["source"]) for cell in cells_of(NOTEBOOKS[-1])]
        codes = [re.search(r"```python\n(.*?)```", cell, re.DOTALL) for cell in cells]
        codes = [code.group(1) for code in codes if code]
        codes.append(next(cell for cell in cells if "import spikewell" in cell).replace("%matplotlib inline\n", ""))
        lines = [sum(1 for line in code.splitlines() if line.strip()) for code in codes]
        self.assertEqual(len(lines), 4)
        self.assertIn("| lines | " + " | ".join(map(str, lines)) + " |", cells[0])

    @unittest.skipUnless(importlib.util.find_spec("matplotlib"), "matplotlib is not installed: no notebook is run")
    def test_the_last_runs_as_it_says(self):  # the preset docs runs all
        os.environ["MPLBACKEND"] = "Agg"
        code = "\n".join("".join(cell["source"]) for cell in cells_of(NOTEBOOKS[-1]) if cell["cell_type"] == "code")
        names = {}
        with redirect_stdout(io.StringIO()):
            exec(compile(code.replace("%matplotlib inline", ""), NOTEBOOKS[-1].name, "exec"), names)
        self.assertIn(f"| {len(names['t_ms']):,} |", "".join(cells_of(NOTEBOOKS[-1])[0]["source"]))


if __name__ == "__main__":
    unittest.main()
