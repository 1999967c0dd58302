"""Follows links between files: links.py HTML_FOLDER, or links.py --pages SOURCE for those of all Markdown pages of a repository."""
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit


class Page(HTMLParser):
    """What a page links to or loads, and where one can link to."""

    def __init__(self, text):
        super().__init__()
        self.targets, self.anchors = [], set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        for key, value in attributes:
            if key in ("href", "src") and value:
                self.targets.append((tag, value))
            if key == "id" or (key == "name" and tag == "a"):
                self.anchors.add(value)


def broken_in(folder):
    """Lines: which page has which link that leads nowhere, or loads what is not there with it."""
    folder = Path(folder)
    pages = {path: Page(path.read_text(encoding="utf-8")) for path in folder.rglob("*.html")}
    found = []
    for path, page in sorted(pages.items()):
        for tag, target in page.targets:
            told = f"{path.relative_to(folder)}: {target}"
            parts = urlsplit(target)
            if parts.scheme or parts.netloc:
                if tag in ("img", "link", "script"):
                    found.append(f"{told}: is loaded from elsewhere")
                continue
            other = Path(os.path.normpath(path.parent / unquote(parts.path))) if parts.path else path
            if not other.exists():
                found.append(f"{told}: is not there")
            elif parts.fragment and other in pages and unquote(parts.fragment) not in pages[other].anchors:
                found.append(f"{told}: the page has no such place")
    return found


def without_code(text):
    text = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"^    .*$|`[^`\n]*`", lambda code: "`" if code.group(0).startswith("`") else "", text, flags=re.MULTILINE)


def broken_in_pages(source):
    """The same of the Markdown pages that git has in `source`."""
    listed = subprocess.run(["git", "-C", source, "ls-files", "-z", "*.md"], check=True, capture_output=True).stdout.decode()
    found = []
    for name in filter(None, listed.split("\0")):
        page = Path(source) / name
        if not page.exists():
            continue
        for target in re.findall(r"\]\(([^)\s]+)\)", without_code(page.read_text(encoding="utf-8"))):
            file = unquote(target.partition("#")[0])
            if file and not re.match(r"[a-z]+:", file) and not (page.parent / file).exists():
                found.append(f"{name}: {target}: is not there")
    return found


if __name__ == "__main__":
    lines = broken_in_pages(sys.argv[2]) if sys.argv[1] == "--pages" else broken_in(sys.argv[1])
    print("\n".join(lines))
    sys.exit(1 if lines else 0)
