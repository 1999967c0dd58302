"""The page of quick starts: each of examples/python as it is, what it prints, and a picture of what it made."""
import contextlib
import io
import runpy
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402
import numpy as np  # noqa: E402

import spikewell as sw  # noqa: E402


def own_images(made):
    sw.plot.images([*made["model"].images, made["hidden"], made["inferred"].mean], columns=6,
                   titles=["learnt"] * len(made["model"].images) + ["shown", "inferred"])


def own_matrix(made):
    figure, ax = plt.subplots(figsize=(8, 2.5), layout="constrained")
    ax.plot(made["overlap"][:500], label=["first", "second"], linewidth=0.8)
    ax.set(xlabel="step", ylabel="overlap with the pattern")
    ax.legend(frameon=False)


def balanced_network(made):
    sw.plot.raster(made["sim"], [made["cells"][:100], made["cells"][1000:1025]], start_ms=800, markersize=2)


def on_a_board(made):
    places = np.array([one["place"] for one in made["layout"].slices])
    chips, slices = np.unique(places[:, :2], axis=0, return_counts=True)
    figure, ax = plt.subplots(figsize=(4, 3), layout="constrained")
    ax.scatter(*chips.T, s=300, marker="s", c="0.85")
    for chip, n in zip(chips, slices):
        ax.annotate(str(n), chip, ha="center", va="center")
    ax.set(xlim=(-0.5, 7.5), ylim=(-0.5, 7.5), xlabel="x", ylabel="y", title="slices on each chip")


def page(source, output):
    """Writes quick_starts.md and its pictures in `output`."""
    parts = ["# Quick starts\n", "Each is a file of `examples/python`, run when this page was made.\n"]
    for draw in (own_images, own_matrix, balanced_network, on_a_board):
        name = draw.__name__
        script = Path(source) / f"examples/python/{name}.py"
        told = io.StringIO()
        with contextlib.redirect_stdout(told):
            made = runpy.run_path(str(script))
        draw(made)
        plt.savefig(output / f"{name}.png", dpi=100)
        plt.close("all")
        parts.append(f"## {name.replace('_', ' ').capitalize()}\n\n```python\n{script.read_text(encoding='utf-8')}```\n\n"
                     f"```\n{told.getvalue()}```\n\n![]({name}.png)\n")
    (output / "quick_starts.md").write_text("\n".join(parts), encoding="utf-8")
