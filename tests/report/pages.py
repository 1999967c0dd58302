"""Every report of the program, small: make(program, source, folder) writes them and returns {name: page}."""

import json
import random
import subprocess


def make(program, source, folder):
    folder.mkdir(parents=True, exist_ok=True)

    def run(*arguments):
        done = subprocess.run([str(program), *map(str, arguments), "--quiet"], cwd=folder, capture_output=True, text=True)
        if done.returncode != 0 or done.stderr:
            raise SystemExit(f"spikewell {' '.join(map(str, arguments))}: {done.stderr or done.returncode}")

    config = folder / "config.json"
    config.write_text(json.dumps({
        "data": {"csv": str(source / "examples/data/digits.csv"), "label_column": 64},
        "training": {"presentations": 300, "evidence": 12, "inverse_temperature": 0.3},
        "evaluation": {"trials": 10, "steps": 30}}))
    ring = source / "examples/ring_attractor/ring.json"
    matrix = folder / f"matrix_{'long' * 20}.csv"  # a name that no line can hold, nor break at a space
    matrix.write_text(couplings(20))

    run("compare", config, "--out", "compare")
    run("reproduce", "--simulation", "all", "--seeds", 2, "--presentations", 100, "--free-steps", 200, "--out", "reproduce")
    run("reproduce", "--simulation", 5, "--seeds", 2, "--presentations", 100, "--n-nodes", 40, "--runtime-nodes", 50,
        "--out", "reproduce-5")
    run("reproduce", "--simulation", 6, "--seeds", 1, "--images", images(folder),
        "--n-images", 6, "--presentations-per-image", 5, "--out", "reproduce-6")
    run("study", "timing", "--seeds", 2, "--out", "timing")
    run("study", "sequences", "--seeds", 2, "--free-steps", 200, "--out", "sequences")
    run("study", "regimes", "--every", 6, "--presentations", 50, "--out", "regimes")
    run("study", "capacity", "--seeds", 2, "--presentations", 100, "--n-nodes", 20, "--out", "capacity")
    run("study", "sleep", "--seeds", 2, "--presentations", 100, "--free-steps", 100, "--out", "sleep")
    run("study", "tasks", "--seeds", 2, "--presentations", 10, "--out", "tasks")
    run("landscape", matrix, "--starts", 50, "--nulls", "permuted", "--surrogates", 5, "--free-steps", 500, "--out", "landscape")
    run("map", source / "tests/data/graphs/G1.json", "--out", "map-graph")
    run("train", config, "--backend", "spiking", "--out", "model.json")
    run("map", "model.json", "--machine", "spinn5", "--out", "map")
    run("emulate", "map", "--duration-ms", 200, "--trials", 4, "--free-steps", 100)
    run("dream", "model.json", "--duration-ms", 600, "--out", "dream.json", "--report", "dream.html")
    run("dream", "--coupling", matrix, "--duration-ms", 600, "--out", "dream-couplings.json", "--report",
        "dream-couplings.html")
    (folder / "example.json").write_text(example(source))
    run("simulate", "example.json", "--out", "simulate", "--report")
    run("simulate", ring, "--duration-ms", 300, "--out", "simulate-ring", "--report", "--distributions")
    run("simulate", ring, "--duration-ms", 300, "--seed", 2, "--out", "simulate-beside", "--report", "--reference", "simulate-ring")
    pages = {page.parent.name: page for page in sorted(folder.glob("*/report.html"))}
    pages["emulate"] = folder / "map/emulation.html"
    pages.update({page.stem: page for page in sorted(folder.glob("dream*.html"))})
    return pages


def couplings(n):
    """Symmetric couplings in two blocks, with noise."""
    draw = random.Random(1)
    rows = [[0.0] * n for _ in range(n)]
    for i in range(n):
        for j in range(i):
            rows[i][j] = rows[j][i] = draw.gauss(0.8 if (i < n // 2) == (j < n // 2) else -0.3, 0.3)
    return "\n".join(",".join(f"{x:.4f}" for x in row) for row in rows) + "\n"


def images(folder):
    """Six pictures of 6 x 6 pixels."""
    draw = random.Random(2)
    path = folder / "images.csv"
    path.write_text("\n".join(",".join(str(draw.randint(0, 255)) for _ in range(36)) for _ in range(6)) + "\n")
    return path


def example(source):
    """The complete example of network/FORMAT.md, which has one of most recordings."""
    text = (source / "network/FORMAT.md").read_text()
    return text.split("```json", 1)[1].split("```", 1)[0]
