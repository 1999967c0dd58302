"""Runs notebooks: notebooks.py OUTPUT NOTEBOOK ... leaves of each NAME.md with its pictures, for the site, and fails where a cell
does, or where one takes more than a minute of processor time. `import spikewell` must find the module (PYTHONPATH)."""
import os
import re
import resource
import sys

import nbclient
import nbformat
from nbconvert import MarkdownExporter

MOST_PROCESSOR_S = 60


def processor_s():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def without_colours(text):
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def execute(path, folder):
    """The notebook with the outputs of a run in `folder`."""
    book = nbformat.read(path, as_version=4)
    begin_s = processor_s()
    os.environ["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"  # no advice on debuggers
    try:
        nbclient.NotebookClient(book, timeout=600, kernel_name="python3", resources={"metadata": {"path": folder}}).execute()
    except nbclient.exceptions.CellExecutionError as error:
        raise SystemExit(f"spikewell: {path}: a cell fails: {error.ename}: {error.evalue}\n{without_colours(str(error))}") from None
    used_s = processor_s() - begin_s
    print(f"{os.path.basename(path)}: {used_s:.1f} s of processor time", flush=True)
    if used_s > MOST_PROCESSOR_S:
        raise SystemExit(f"spikewell: {path}: took {used_s:.0f} s of processor time, allowed {MOST_PROCESSOR_S}")
    return book


def render(book, name, output):
    """Writes NAME.md and its pictures."""
    for cell in book.cells:  # what is for a notebook, not for a page
        if cell.cell_type == "code":
            cell.source = cell.source.removeprefix("%matplotlib inline\n")
    text, resources = MarkdownExporter().from_notebook_node(book, {"output_files_dir": f"{name}_files", "unique_key": name})
    for file, content in resources["outputs"].items():
        target = os.path.join(output, file)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "wb") as picture:
            picture.write(content)
    with open(os.path.join(output, f"{name}.md"), "w", encoding="utf-8") as page:
        page.write(text.replace("![png]", "![]"))


def main(output, *paths):
    os.makedirs(output, exist_ok=True)
    for path in paths:
        render(execute(path, output), os.path.splitext(os.path.basename(path))[0], output)


if __name__ == "__main__":
    main(*sys.argv[1:])
