// The page's own: pointer and keys of plots, their menus, files to save, light and dark, values of pictures.

function shareOf(plot, event) {
    const box = plot.svg.getBoundingClientRect();
    const pixel = { x: event.clientX - box.left, y: event.clientY - box.top };
    const { at } = plot.panels[0];
    const share = { x: (pixel.x - at.left) / (at.right - at.left), y: (at.bottom - pixel.y) / (at.bottom - at.top) };
    if (plot.panels[0].y.down) share.y = 1 - share.y;
    return { pixel, share };
}

function listen(plot) {
    const { svg } = plot;
    let dragged = null;
    svg.addEventListener("pointermove", (event) => {
        const { pixel, share } = shareOf(plot, event);
        if (!dragged) return plot.hover(pixel);
        plot.pan(dragged.x - share.x, dragged.y - share.y);
        dragged = share;
    });
    svg.addEventListener("pointerleave", () => plot.hideTip());
    svg.addEventListener("pointerdown", (event) => {
        if (event.button !== 0 || !plot.link.x) return;
        dragged = shareOf(plot, event).share;
        try {
            svg.setPointerCapture(event.pointerId);
        } catch {} // a pointer that is gone
        plot.hideTip();
    });
    for (const end of ["pointerup", "pointercancel"]) svg.addEventListener(end, () => (dragged = null));
    svg.addEventListener("dblclick", () => plot.reset());
    // A page is scrolled with the wheel too: only a plot that was clicked into, or Ctrl, takes it.
    svg.addEventListener(
        "wheel",
        (event) => {
            if (plot.fixed || !(event.ctrlKey || document.activeElement === svg)) return;
            event.preventDefault();
            plot.zoom(1.0015 ** event.deltaY, shareOf(plot, event).share);
        },
        { passive: false },
    );
    const keys = { "+": () => plot.zoom(0.7), "-": () => plot.zoom(1 / 0.7), 0: () => plot.reset(), ArrowLeft: () => plot.pan(-0.1, 0), ArrowRight: () => plot.pan(0.1, 0), ArrowUp: () => plot.pan(0, 0.1), ArrowDown: () => plot.pan(0, -0.1) };
    svg.addEventListener("keydown", (event) => {
        const act = keys[event.key];
        if (!act || event.ctrlKey || event.metaKey || (event.key.startsWith("Arrow") && !plot.link.x)) return;
        event.preventDefault();
        act();
    });
}

// --- files ---

const k_styles = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-opacity", "stroke-dasharray", "stroke-linecap", "stroke-linejoin", "font-size", "font-family", "font-weight", "opacity", "image-rendering"];

/** The drawing with the page's styles as its own. */
function standalone(plot) {
    const copy = plot.svg.cloneNode(true);
    const originals = plot.svg.querySelectorAll("*");
    copy.querySelectorAll("*").forEach((element, k) => {
        const style = getComputedStyle(originals[k]);
        element.removeAttribute("class");
        element.setAttribute("style", k_styles.map((name) => `${name}:${style.getPropertyValue(name)}`).join(";"));
    });
    copy.removeAttribute("tabindex");
    const ground = add(copy, "rect", { width: "100%", height: "100%", fill: getComputedStyle(document.body).backgroundColor });
    copy.prepend(ground);
    return new XMLSerializer().serializeToString(copy);
}

function save(href, name) {
    const link = Object.assign(document.createElement("a"), { href, download: name });
    document.body.append(link);
    link.click();
    link.remove();
}

const dataUri = (type, text) => `data:${type};charset=utf-8,${encodeURIComponent(text)}`;

function savePng(plot, name) {
    const image = new Image();
    image.onload = () => {
        const canvas = Object.assign(document.createElement("canvas"), { width: 2 * image.width, height: 2 * image.height });
        canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
        save(canvas.toDataURL("image/png"), name);
    };
    image.src = dataUri("image/svg+xml", standalone(plot));
}

function entry(text, act) {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: text });
    button.addEventListener("click", act);
    return button;
}

/** A menu beside the plot; its name is what files are called. */
function menu(plot, name) {
    const details = Object.assign(document.createElement("details"), { className: "menu" });
    const summary = Object.assign(document.createElement("summary"), { textContent: "⋯", title: "Save, zoom" });
    summary.setAttribute("aria-label", "Menu of this plot: save, zoom");
    const list = document.createElement("div");
    const zooms = plot.fixed ? [] : [["Zoom in", () => plot.zoom(0.7)], ["Zoom out", () => plot.zoom(1 / 0.7)], ["Show all", () => plot.reset()]];
    const files = [
        ["Save PNG", () => savePng(plot, `${name}.png`)],
        ["Save SVG", () => save(dataUri("image/svg+xml", standalone(plot)), `${name}.svg`)],
        ["Save data (CSV)", () => save(dataUri("text/csv", plot.csv()), `${name}.csv`)],
    ];
    for (const [text, act] of [...files, ...zooms]) list.append(entry(text, act));
    if (!plot.fixed) list.append(Object.assign(document.createElement("small"), { textContent: "Click the plot, then wheel: zoom; drag: move; double click: all" }));
    details.append(summary, list);
    plot.place.before(details);
    document.addEventListener("click", (event) => {
        if (!details.contains(event.target) || event.target.tagName === "BUTTON") details.open = false;
    });
}

/** Square matrices can be looked at in parts. */
function partSwitch(plot) {
    const marks = plot.panels.flatMap((panel) => panel.marks).filter((mark) => mark.spec.parts);
    if (marks.length === 0) return;
    const group = Object.assign(document.createElement("div"), { className: "switch" });
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", "Part of the matrix");
    const texts = { all: "J", symmetric: "symmetric part", antisymmetric: "antisymmetric part" };
    const buttons = Object.entries(texts).map(([part, text]) =>
        entry(text, () => {
            marks.forEach((mark) => (mark.spec.part = part));
            buttons.forEach((button) => button.setAttribute("aria-pressed", button.textContent === text));
            plot.draw();
        }));
    buttons.forEach((button, k) => button.setAttribute("aria-pressed", k === 0));
    group.append(...buttons);
    plot.place.before(group);
}

// --- pictures ---

/** Values of a picture's pixels under the pointer. */
function readable(image) {
    const width = Number(image.dataset.columns);
    const values = unpacked(JSON.parse(image.dataset.values));
    image.addEventListener("pointermove", (event) => {
        const box = image.getBoundingClientRect();
        const [c, r] = [event.clientX - box.left, event.clientY - box.top].map((pixel, k) => Math.floor((pixel / (k ? box.height : box.width)) * (k ? values.length / width : width)));
        const value = values[r * width + c];
        if (value !== undefined) image.title = `row ${r}, column ${c}: ${told(value, 3)}`;
    });
}

// --- light and dark ---

function kept(name, value) {
    try {
        if (value === undefined) return localStorage.getItem(name);
        localStorage.setItem(name, value);
    } catch {} // where a browser keeps nothing for files
    return null;
}

function themeSwitch() {
    const root = document.documentElement;
    const given = kept("spikewell-theme");
    if (given) root.dataset.theme = given;
    const dark = () => (root.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
    const button = entry("", () => {
        root.dataset.theme = dark() ? "light" : "dark";
        kept("spikewell-theme", root.dataset.theme);
        name();
    });
    const name = () => (button.textContent = dark() ? "Light" : "Dark");
    name();
    button.className = "theme";
    button.title = "Light or dark";
    document.querySelector("header").append(button);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", name);
}

function start() {
    themeSwitch();
    document.querySelectorAll("img[data-values]").forEach(readable);
    const shared = JSON.parse(document.getElementById("colours")?.textContent ?? "{}");
    const plots = [];
    const title = document.title.toLowerCase().replace(/[^a-z0-9]+/g, "-").slice(0, 40);
    document.querySelectorAll("figure.plot").forEach((figure, k) => {
        try {
            const plot = new Plot(figure, shared);
            menu(plot, `${title}-plot-${k + 1}`);
            partSwitch(plot);
            plots.push(plot);
        } catch (error) {
            figure.querySelector(".place").textContent = `This plot could not be drawn: ${error.message}`;
            console.error(error);
        }
    });
    const resized = new ResizeObserver((entries) => {
        for (const { target } of entries) {
            const plot = plots.find((one) => one.place === target);
            if (plot && Math.max(240, Math.floor(target.clientWidth)) !== plot.width) plot.draw();
        }
    });
    plots.forEach((plot) => resized.observe(plot.place));
    // Pages of programs and tests reach the plots by this.
    window.spikewellPlots = plots;
}

start();
