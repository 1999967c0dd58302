"""Builds the site: build.py SOURCE BUILD OUTPUT

Lays the pages of all rooms out as they lie in SOURCE, so that links between them hold; adds what the program in BUILD says of itself,
the model cards, the notebooks as they run, and the API; has Sphinx and Doxygen make HTML of it in OUTPUT/html; and follows every link
within. Warnings are errors.
"""
import inspect
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import links
import notebooks
import quick_starts

SPIKEWELL = "spikewell"
LINK = re.compile(r"(!?\[(?:[^\[\]]|\[[^\]]*\])*\])\(([^)\s]+)\)")


def tracked(source):
    listed = subprocess.run(["git", "-C", source, "ls-files", "-z"], check=True, capture_output=True).stdout.decode()
    return [Path(name) for name in listed.split("\0") if name and (source / name).exists()]


def lay_out(source, stage):
    """Pages and their pictures, and whatever pages link to."""
    files = tracked(source)
    known = set(files)
    pages = [path for path in files if path.suffix == ".md"]
    for path in pages:
        text = (source / path).read_text(encoding="utf-8")
        write(stage / path, LINK.sub(lambda found: relinked(found, path, source, stage, known), text))


def relinked(found, page, source, stage, known):
    """Links to a folder lead to its README, those to notebooks to their page; other files come along."""
    label, target = found.groups()
    if re.match(r"[a-z]+:|#", target):
        return found.group(0)
    file, _, anchor = target.partition("#")
    path = Path(os.path.normpath(page.parent / file))
    if path.suffix == ".ipynb":
        return f"{label}({file[:-len('.ipynb')]}.md)"
    if (source / path).is_dir():
        return f"{label}({file.rstrip('/')}/README.md)" if path / "README.md" in known else label
    if path.suffix != ".md":
        copy(source / path, stage / path)
    return f"{label}({file}{'#' + anchor if anchor else ''})"


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def copy(source, target):
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def add_unlisted(stage):
    """Pages of rooms that docs/index.md does not name stand at its end."""
    index = stage / "docs/index.md"
    text = index.read_text(encoding="utf-8")
    listed = {os.path.normpath(f"docs/{line}") for line in text.splitlines()}
    pages = sorted(str(path.relative_to(stage).with_suffix("")) for path in stage.rglob("*.md"))
    more = [os.path.relpath(page, "docs") for page in pages if page not in listed and page != "docs/index"]
    head, _, _ = text.rstrip().rpartition("```")
    write(index, head + "".join(f"{page}\n" for page in more) + "```\n")


def said_by(program, *arguments):
    return subprocess.run([program, *arguments], check=True, capture_output=True, text=True).stdout


def models_page(program):
    text = said_by(program, "models", "--markdown").replace("\n### ", "\n## ").replace("### ", "## ", 1)
    return f"""# Models and their parameters

What network files know by name, as `spikewell models --markdown` writes it: from neuron models to recordings. How they are put together:
[`network/FORMAT.md`](../network/FORMAT.md); their equations: [the model cards](cards.md).

{text}"""


def commands_page(program):
    names = re.findall(r"^  (\w+) {2,}", said_by(program, "--help").split("Subcommands:")[1], re.MULTILINE)
    parts = [f"## `spikewell {name}`\n\n```\n{said_by(program, name, '--help').strip()}\n```\n" for name in names]
    return "# Commands\n\nWhat `spikewell COMMAND --help` says.\n\n" + "\n".join(parts)


def cards_page(source):
    """The comment before each header's namespace, where it begins with a title."""
    parts = []
    for header in sorted((source / "neuron_models").glob("*.hpp")):
        found = re.search(r"^((?:///.*\n)+)namespace", header.read_text(encoding="utf-8"), re.MULTILINE)
        card = re.sub(r"^/// ?", "", found.group(1), flags=re.MULTILINE) if found else ""
        if card.startswith("# "):
            card = re.sub(r"^#", "##", card.rstrip(), flags=re.MULTILINE)  # a page has one title
            parts.append(f"{card}\n\n`neuron_models/{header.name}`\n")
    if len(parts) < 15:
        raise SystemExit(f"spikewell: of neuron_models only {len(parts)} headers have a card")
    return "# Model cards\n\nEquations, updates and how exact they are, as they open the headers of `neuron_models`.\n\n" + "\n".join(parts)


API_PARTS = {"attractor": "Attractor networks", "network": "Networks", "layout": "Boards", "_spikewell": "Files and catalogue"}


def part_of(value):
    """The heading under which a public name stands."""
    if inspect.ismodule(value):
        return f"`{value.__name__}`"
    if inspect.isclass(value) and issubclass(value, Exception):
        return "Errors"
    return API_PARTS[value.__module__.rpartition(".")[2]]


def directive(name, value):
    """What Sphinx is to show of a name; parts of classes and modules in the order of their sources."""
    kind = "module" if inspect.ismodule(value) else "function" if not inspect.isclass(value) else "class"
    if kind == "class" and issubclass(value, Exception):
        kind = "exception"
    members = "   :members:\n" if kind in ("class", "module") else ""
    return f"```{{eval-rst}}\n.. auto{kind}:: spikewell.{name}\n{members}```\n"


def api_page():
    """Every public name of the module."""
    import spikewell
    parts = {title: [] for title in (*API_PARTS.values(), "Errors")}
    for name in spikewell.__all__:
        if name != "__version__":
            value = getattr(spikewell, name)
            parts.setdefault(part_of(value), []).append(directive(name, value))
    text = "".join(f"## {title}\n\n" + "\n".join(directives) + "\n" for title, directives in parts.items())
    return f"# Python API\n\n`import spikewell as sw`; examples are run by the tests.\n\n{text}"


CPP_PAGE = """# C++ API

`find_package(spikewell)`, then `#include "spikewell/spikewell.hpp"`, or single headers by the rooms they lie in.

<a href="../cpp/index.html">Classes, functions and files</a> of the installed headers: `Network`, `Simulator`, recorders
(`network`, `network/engine`), models (`neuron_models`), boards (`mapping`), training and evaluation (`experiments`, `rate`), files (`io`).
"""


def public_headers(source):
    text = (source / "cmake/Install.cmake").read_text(encoding="utf-8")
    installed = re.search(r"set\(public_headers\s+(.*?)\)", text, re.DOTALL).group(1).split()
    found = [source / "src" / header for header in installed]
    found += sorted(path for room in ("network", "neuron_models", "mapping") for path in (source / room).glob("*.hpp"))
    return found + sorted((source / "network/engine").glob("*.hpp"))


def doxygen(source, output):
    """The C++ API, in html/cpp."""
    target = output / "html/cpp"
    target.mkdir(parents=True, exist_ok=True)
    settings = {"PROJECT_NAME": "Spikewell", "OUTPUT_DIRECTORY": output / "html", "HTML_OUTPUT": "cpp", "GENERATE_LATEX": "NO",
                "INPUT": " ".join(str(path) for path in public_headers(source)), "FULL_PATH_NAMES": "YES",
                "STRIP_FROM_PATH": f"{source / 'src'} {source}", "EXTRACT_ALL": "YES", "QUIET": "YES", "HAVE_DOT": "NO",
                "MARKDOWN_SUPPORT": "YES", "AUTOLINK_SUPPORT": "YES", "WARN_IF_DOC_ERROR": "YES", "WARN_IF_UNDOCUMENTED": "NO",
                "HTML_TIMESTAMP": "NO", "GENERATE_TREEVIEW": "YES", "SEARCHENGINE": "YES", "HIDE_UNDOC_RELATIONS": "YES",
                "MACRO_EXPANSION": "NO", "PREDEFINED": "DOXYGEN", "WARN_AS_ERROR": "FAIL_ON_WARNINGS"}
    front = output / "front.dox"
    write(front, "/** \\mainpage Spikewell's C++ API\n\n\\c find_package(spikewell), then \\c spikewell/spikewell.hpp, or single headers.\n\n"
          "A network (spikewell::Network) goes into a simulator (spikewell::Simulator); recorders (spikewell::Recorder) see what it\n"
          "does. spikewell::NeuronPopulation, spikewell::DyadicPopulation and others are what networks are made of.\n*/\n")
    settings["INPUT"] += f" {front}"
    file = output / "Doxyfile"
    write(file, "".join(f"{key} = {value}\n" for key, value in settings.items()))
    run("doxygen", file)


def run(*command):
    code = subprocess.run([str(part) for part in command]).returncode
    if code != 0:
        raise SystemExit(f"spikewell: {Path(command[0]).name} failed; what it said is above")


def main(source, build, output):
    source, build, output = (Path(path).resolve() for path in (source, build, output))
    stage = output / "pages"
    for folder in (stage, output / "html"):
        shutil.rmtree(folder, ignore_errors=True)
    lay_out(source, stage)
    program = build / SPIKEWELL
    write(stage / "docs/models.md", models_page(program))
    write(stage / "docs/commands.md", commands_page(program))
    write(stage / "docs/cards.md", cards_page(source))
    write(stage / "docs/python_api.md", api_page())
    write(stage / "docs/cpp_api.md", CPP_PAGE)
    quick_starts.page(source, stage / "docs")
    notebooks.main(stage / "examples/notebooks", *sorted((source / "examples/notebooks").glob("*.ipynb")))
    add_unlisted(stage)
    copy(source / "docs/site/conf.py", stage / "conf.py")
    copy(source / "docs/site/site.css", stage / "_static/site.css")
    run(sys.executable, "-m", "sphinx", "-b", "html", "-q", "-W", "--keep-going", "-d", output / "doctrees", stage, output / "html")
    doxygen(source, output)
    write(output / "html/index.html", '<!doctype html><meta charset="utf-8"><title>Spikewell</title>'
          '<meta http-equiv="refresh" content="0; url=docs/index.html"><a href="docs/index.html">Spikewell</a>\n')
    broken = [line for line in links.broken_in(output / "html") if not re.match(r"cpp/.*#nested-classes", line)]  # Doxygen's own
    if broken:
        raise SystemExit("\n".join(f"spikewell: {line}" for line in broken))
    print(f"spikewell: the site is {output / 'html/index.html'}")


if __name__ == "__main__":
    main(*sys.argv[1:])
