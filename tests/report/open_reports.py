"""open_reports.py PROGRAM SOURCE FOLDER [--pictures]: makes every report small in FOLDER (pages.py), opens each in a headless
Chromium and works with it: no error in the console, nothing wider than the window, every plot drawn, values under the pointer,
zoom that linked plots share, files saved, contrast of all texts in light and dark. Exit code 77 where there is no Chromium. With
--pictures also writes PAGE-WIDTH-SCHEME.png to look at."""

import pathlib
import sys

import browser
import pages

MOST_BYTES = 6_000_000
WIDTHS = (1400, 420)
SCHEMES = ("light", "dark")

# Ratio of WCAG 2.1 between every text and what lies behind it; the least is told with its text.
CONTRAST = """
const channel = (c) => ((c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
const parsed = (colour) => colour.match(/[\\d.]+/g).map(Number);
const luminance = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
const behind = (element) => {
    for (let e = element; e; e = e.parentElement) {
        const [r, g, b, a = 1] = parsed(getComputedStyle(e).backgroundColor);
        if (a > 0.99) return [r, g, b];
    }
    return [255, 255, 255];
};
document.querySelectorAll("details").forEach((d) => (d.open = true));
let least = { ratio: 99, text: "" };
for (const element of document.querySelectorAll("body *")) {
    if (element.closest("noscript, script")) continue;
    const own = [...element.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (!own || !element.getClientRects().length) continue;
    const style = getComputedStyle(element);
    const front = parsed(element instanceof SVGElement ? style.fill : style.color);
    const [a, b] = [luminance(front), luminance(behind(element))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < least.ratio) least = { ratio, text: `${element.tagName} ${element.textContent.slice(0, 40)}` };
}
document.querySelectorAll("details").forEach((d) => (d.open = false));
return least;
"""

DRAWN = """
return spikewellPlots.filter((plot) => plot.svg.querySelectorAll("path, rect, image").length < 3 ||
    plot.svg.outerHTML.replace(/"data:[^"]*"/g, "").includes("NaN")).map((plot) => plot.spec.panels[0].y.title || "a map");
"""

# Moves the pointer over the plot until something is told.
HOVER = """
const plot = spikewellPlots[arguments[0]];
plot.figure.scrollIntoView();
const box = plot.svg.getBoundingClientRect();
for (const panel of plot.panels) {
    for (let i = 1; i < 24; ++i) {
        for (let k = 1; k < 12; ++k) {
            const { left, right, top, bottom } = panel.at;
            const at = { clientX: box.left + left + ((right - left) * i) / 24, clientY: box.top + top + ((bottom - top) * k) / 12 };
            plot.svg.dispatchEvent(new PointerEvent("pointermove", at));
            if (!plot.tip.hidden && plot.tip.textContent) return plot.tip.textContent;
        }
    }
}
return "";
"""

ZOOM = """
const plot = spikewellPlots[arguments[0]];
const view = () => JSON.stringify([plot.view("x", plot.panels[0]), plot.view("y", plot.panels[0])]);
const whole = view();
const box = plot.svg.getBoundingClientRect();
const { at } = plot.panels[0];
const middle = { clientX: box.left + (at.left + at.right) / 2, clientY: box.top + (at.top + at.bottom) / 2, cancelable: true };
plot.svg.dispatchEvent(new WheelEvent("wheel", { ...middle, deltaY: -300 }));
const untouched = view() === whole;
plot.svg.focus();
plot.svg.dispatchEvent(new WheelEvent("wheel", { ...middle, deltaY: -300 }));
const zoomed = view();
// What is drawn, of all plots that are said to zoom together.
const drawn = ({ panels: [{ at: { x, left, right } }] }) => [x.value(left), x.value(right)];
const near = (a, b) => a.every((value, k) => Math.abs(value - b[k]) <= 1e-6 * Math.abs(b[1] - b[0]));
const shared = spikewellPlots.filter((other) => other === plot || (plot.spec.link && other.spec.link === plot.spec.link))
    .every((other) => near(drawn(other), plot.view("x", plot.panels[0]).map((t) => (plot.panels[0].x.scale === "log" ? 10 ** t : t))));
const event = (name, dx) => plot.svg.dispatchEvent(new PointerEvent(name, { ...middle, clientX: middle.clientX + dx, button: 0, pointerId: 1, bubbles: true }));
event("pointerdown", 0);
event("pointermove", 30);
event("pointerup", 30);
const dragged = view();
plot.svg.dispatchEvent(new MouseEvent("dblclick", middle));
return { untouched, zoomed: zoomed !== whole, shared, dragged: dragged !== zoomed, back: view() === whole, fixed: plot.fixed };
"""

SAVE = """
const plot = spikewellPlots[arguments[0]];
window.saved = [];
HTMLAnchorElement.prototype.click = function () { window.saved.push([this.download, this.href]); };
plot.figure.querySelectorAll(".menu button").forEach((button) => button.textContent.startsWith("Save") && button.click());
"""


class Checks:
    def __init__(self):
        self.failures = []
        self.n = 0

    def check(self, holds, what):
        self.n += 1
        if not holds:
            self.failures.append(what)
            print("FAILED:", what)


def check_saved(checks, b, name, plot):
    b.run(SAVE, plot)
    saved = dict(b.wait_for("return window.saved.length === 3 && window.saved") or [])
    kinds = {file.rsplit(".", 1)[1]: href for file, href in saved.items()}
    checks.check(kinds.get("png", "").startswith("data:image/png;base64,") and len(kinds["png"]) > 2000,
                 f"{name}, plot {plot}: PNG is saved")
    svg = b.run("return decodeURIComponent(arguments[0].split(',').slice(1).join(','))", kinds.get("svg", ","))
    parsed = b.run("return !new DOMParser().parseFromString(arguments[0], 'image/svg+xml').querySelector('parsererror')", svg)
    checks.check(svg.startswith("<svg") and parsed and "var(" not in svg.split("<script")[0].replace("style=\"\"", ""),
                 f"{name}, plot {plot}: SVG is saved, and stands alone")
    csv = b.run("return decodeURIComponent(arguments[0].split(',').slice(1).join(','))", kinds.get("csv", ","))
    lines = csv.strip().split("\n")
    checks.check(lines[0].startswith("panel,series,") and (len(lines) > 1 or "tick" in b.run(
        "return JSON.stringify(spikewellPlots[arguments[0]].spec)", plot)), f"{name}, plot {plot}: data are saved")


def check_use(checks, b, name):
    n = b.run("return spikewellPlots.length")
    checks.check(not b.run(DRAWN), f"{name}: plots drawn, {b.run(DRAWN)}")
    for plot in range(n):
        checks.check(b.run(HOVER, plot), f"{name}, plot {plot}: values are told")
        zoom = b.run(ZOOM, plot)
        if not zoom.pop("fixed"):
            checks.check(all(zoom.values()), f"{name}, plot {plot}: zoom {zoom}")
    for plot in range(min(n, 3)):
        check_saved(checks, b, name, plot)
    for part in b.run("return [...document.querySelectorAll('.switch button')].map((x) => x.click() || x.textContent)"):
        checks.check(part, f"{name}: part {part}")


def check_theme(checks, b, name):
    """The switch turns what the system prefers round."""
    ground = "return getComputedStyle(document.body).backgroundColor"
    before = b.run(ground)
    b.run("document.querySelector('.theme').click()")
    checks.check(b.run(ground) != before, f"{name}: the switch turns light and dark")
    b.run("localStorage.clear()")


def look(checks, b, name, page, pictures):
    checks.check(page.stat().st_size < MOST_BYTES, f"{name}: page of {page.stat().st_size} bytes")
    for width in WIDTHS:
        for scheme in SCHEMES:
            b.resize(width, 900)
            b.prefer(scheme)
            b.open(page)
            least = b.run(CONTRAST)
            checks.check(least["ratio"] >= 4.5, f"{name}, {scheme}: contrast {least['ratio']:.2f} of {least['text']!r}")
            wide = b.run("return document.documentElement.scrollWidth")
            checks.check(wide <= width, f"{name}: {wide} pixels wide in a window of {width}")
            if pictures:
                b.picture(page.with_name(f"{name}-{width}-{scheme}.png"))
    b.resize(1400, 900)
    b.prefer("light")
    b.open(page)
    check_use(checks, b, name)
    check_theme(checks, b, name)
    for message in b.complaints():
        checks.check(False, f"{name}: console says {message}")


def main(program, source, folder, *options):
    if not browser.available():
        print("skipped: no chromium with chromedriver (Debian: chromium-driver)")
        return 77
    made = pages.make(pathlib.Path(program).resolve(), pathlib.Path(source).resolve(), pathlib.Path(folder).resolve())
    checks = Checks()
    with browser.Browser() as b:
        for name, page in made.items():
            look(checks, b, name, page, "--pictures" in options)
    print(f"{len(made)} pages, {checks.n} checks, {len(checks.failures)} failed")
    return 1 if checks.failures or not made else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
