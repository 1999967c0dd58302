// A plot: panels one below another on one x axis, redrawn at each change of width, zoom or part shown.

const k_font = 12;
const k_band = 44; // pixels of a strip of pictures

/** Zooms are shared by plots of one name. */
const k_links = new Map();

class Panel {
    constructor(spec, shared) {
        this.spec = spec;
        this.x = { ...spec.x, short: shortTitle(spec.x) };
        this.y = { ...spec.y, short: shortTitle(spec.y) };
        let series = 0;
        this.marks = spec.marks.map((mark) => {
            const made = k_kinds[mark.kind](mark, this, shared);
            const named = mark.name !== undefined || ["line", "bars", "points"].includes(mark.kind);
            const colour = named ? (mark.colour ?? series++) : 0;
            return Object.assign(made, { spec: mark, colour: `var(--series-${colour % 7})` });
        });
        this.whole = { x: this.wholeView("x"), y: this.wholeView("y") };
    }

    wholeView(name) {
        const axis = this[name];
        if (axis.domain) return axis.domain.map((x) => inward(axis, x));
        if (axis.categories) return [-0.5, axis.categories.length - 0.5];
        let [low, high] = extent(this.marks.flatMap((mark) => mark.extent[name].map((list) => (axis.scale === "log" ? Array.from(list, (x) => (x > 0 ? Math.log10(x) : NaN)) : list))));
        if (low === high) [low, high] = [low - 0.5, high + 0.5];
        const tight = name === "x" && !axis.margin;
        const margin = tight ? 0 : (high - low) * 0.05;
        const floor = !tight && low === 0 && !axis.margin ? 0 : low - margin;
        return [floor, high + margin];
    }

    named() {
        const marks = this.marks.filter((mark) => mark.spec.name);
        return marks.length > 1 || (marks.length === 1 && this.spec.legend) ? marks : [];
    }
}

/** The axis' title without what explains it. */
const shortTitle = (axis) => (axis.title || "value").split(/[;:(]/)[0].trim();

class Plot {
    constructor(figure, shared) {
        this.figure = figure;
        this.place = figure.querySelector(".place");
        this.spec = JSON.parse(figure.querySelector("script").textContent);
        this.panels = this.spec.panels.map((panel) => new Panel(panel, shared));
        // Only the lowest panel has a title of x.
        this.panels.forEach((panel) => (panel.x.short = this.panels[this.panels.length - 1].x.short));
        const ends = (name, panels) => [Math.min(...panels.map((p) => p.whole[name][0])), Math.max(...panels.map((p) => p.whole[name][1]))];
        this.whole = { x: ends("x", this.panels), y: this.panels[0].whole.y };
        this.both = this.panels.length === 1 && this.spec.zoom === "xy";
        this.fixed = this.panels.some((panel) => panel.x.categories);
        const name = this.spec.link ?? `alone ${k_links.size}`;
        if (!k_links.has(name)) k_links.set(name, { plots: [], x: null, y: null });
        this.link = k_links.get(name);
        this.link.plots.push(this);
        this.place.textContent = "";
        this.svg = add(this.place, "svg", { role: "img", "aria-label": figure.querySelector("figcaption")?.textContent ?? "plot", tabindex: 0 });
        this.tip = Object.assign(document.createElement("div"), { className: "tip", hidden: true });
        this.place.append(this.tip);
        listen(this);
        this.draw();
    }

    view(name, panel) {
        if (name === "x") return this.link.x ?? this.whole.x;
        return (this.both && this.link.y) || panel.whole.y;
    }

    draw() {
        const width = Math.max(240, Math.floor(this.place.clientWidth));
        this.width = width;
        this.svg.replaceChildren();
        const title = this.figure.querySelector("figcaption")?.textContent;
        if (title) add(this.svg, "title", {}, title);
        const left = Math.max(...this.panels.map((panel) => this.marginOf(panel)));
        let y = 0;
        this.panels.forEach((panel, k) => {
            y = this.drawPanel(panel, { y, left, width, last: k + 1 === this.panels.length });
        });
        const attributes = { width, height: y, viewBox: `0 0 ${width} ${y}`, xmlns: k_svg };
        for (const [key, value] of Object.entries(attributes)) this.svg.setAttribute(key, value);
        this.cross = add(this.svg, "path", { class: "cross", d: "" });
    }

    marginOf(panel) {
        if (panel.y.hidden) return 4;
        const texts = panel.y.categories ?? ticksOf(panel.y, this.view("y", panel), 5).map((x) => told(x));
        return Math.ceil(Math.max(...texts.map((text) => widthOf(text, k_font)), 10)) + 16 + (panel.y.title ? 20 : 0);
    }

    drawPanel(panel, { y, left, width, last }) {
        let top = legend(this.svg, panel, y + 4, left, width) + 6;
        const right = width - 14;
        const strip = panel.spec.strip;
        if (strip) top += k_band + 4;
        const height = panel.spec.aspect ? Math.min((right - left) * panel.spec.aspect, panel.spec.most ?? 640) : panel.spec.height;
        // A panel that keeps its proportions and may not become that high becomes narrower.
        const inner = panel.spec.aspect ? Math.min(right, left + height / panel.spec.aspect) : right;
        const at = { left, right: inner, top, bottom: top + height };
        at.x = scaleOf(panel.x, this.view("x", panel), left, inner);
        at.y = panel.y.down ? scaleOf(panel.y, this.view("y", panel), top, at.bottom) : scaleOf(panel.y, this.view("y", panel), at.bottom, top);
        panel.at = at;
        const clip = `clip-${Plot.count++}`;
        const box = add(add(this.svg, "clipPath", { id: clip }), "rect", { x: left - 3, y: top - 3, width: Math.max(1, inner - left + 6), height: height + 6 });
        if (panel.spec.aspect || this.link.x) Object.entries({ x: left, y: top, width: inner - left, height }).forEach(([k, v]) => box.setAttribute(k, v));
        axes(this.svg, panel, at, last);
        const group = add(this.svg, "g", { "clip-path": `url(#${clip})` });
        panel.marks.forEach((mark) => mark.draw(add(group, "g"), at));
        if (strip) pictures(this.svg, strip, at);
        return at.bottom + (panel.x.hidden ? 6 : last ? (panel.x.title ? 42 : 24) : 10);
    }

    /** Zooms by a factor around a share 0 .. 1 of the view, within the whole. */
    zoom(factor, centre = { x: 0.5, y: 0.5 }) {
        if (this.fixed) return;
        const turned = (name) => {
            const [low, high] = this.view(name, this.panels[0]);
            const pivot = low + (high - low) * centre[name];
            return this.within(name, [pivot + (low - pivot) * factor, pivot + (high - pivot) * factor]);
        };
        this.show(turned("x"), this.both ? turned("y") : null);
    }

    pan(dx, dy) {
        if (this.fixed || !this.link.x) return;
        const moved = (name, by) => {
            const [low, high] = this.view(name, this.panels[0]);
            return this.within(name, [low + by * (high - low), high + by * (high - low)], true);
        };
        this.show(moved("x", dx), this.both ? moved("y", dy) : null);
    }

    within(name, [low, high], keep = false) {
        const [least, most] = this.whole[name];
        const size = Math.min(high - low, most - least);
        if (keep || size < high - low) {
            const start = Math.min(Math.max(low, least), most - size);
            return [start, start + size];
        }
        return [Math.max(low, least), Math.min(high, most)];
    }

    show(x, y) {
        const all = (view, whole) => view === null || view[1] - view[0] >= (whole[1] - whole[0]) * (1 - 1e-9);
        const none = all(x, this.whole.x) && all(y, this.whole.y);
        this.link.x = none ? null : x;
        this.link.y = none ? null : y;
        this.link.plots.forEach((plot) => plot.draw());
        this.hideTip();
    }

    reset() {
        this.show(null, null);
    }

    hover(pixel) {
        const panel = this.panels.find(({ at }) => pixel.y >= at.top - 4 && pixel.y <= at.bottom + 4 && pixel.x >= at.left - 6 && pixel.x <= at.right + 6);
        if (!panel) return this.hideTip();
        let best = null;
        for (const mark of panel.marks) {
            const found = mark.nearest(pixel, panel.at);
            if (found && found.distance < 60 && (best === null || found.distance <= best.distance)) best = found;
        }
        if (!best) return this.hideTip();
        const { at } = panel;
        this.cross.setAttribute("d", `M${rounded(best.x)} ${at.top}V${at.bottom}M${at.left} ${rounded(best.y)}H${at.right}`);
        this.tip.replaceChildren(...best.lines.map((text) => Object.assign(document.createElement("span"), { textContent: text })));
        this.tip.hidden = false;
        const beyond = best.x + 14 + this.tip.offsetWidth > this.width;
        this.tip.style.left = `${Math.max(0, beyond ? best.x - this.tip.offsetWidth - 14 : best.x + 14)}px`;
        this.tip.style.top = `${Math.max(0, best.y - this.tip.offsetHeight - 8)}px`;
    }

    hideTip() {
        this.tip.hidden = true;
        this.cross?.setAttribute("d", "");
    }

    csv() {
        const columns = ["x", "x2", "y", "y2", "low", "high", "error", "value", "label"];
        const rows = this.panels.flatMap((panel, p) =>
            panel.marks.flatMap((mark) => mark.rows().map((row) => ({ panel: p + 1, series: mark.spec.name ?? mark.spec.kind, ...row }))));
        const kept = ["panel", "series", ...columns.filter((key) => rows.some((row) => row[key] !== undefined && !Number.isNaN(row[key])))];
        const cell = (x) => {
            if (x === undefined || x === null || Number.isNaN(x)) return "";
            const text = typeof x === "number" ? String(Number(x.toPrecision(12))) : String(x);
            return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
        };
        return `${kept.join(",")}\n${rows.map((row) => kept.map((key) => cell(row[key])).join(",")).join("\n")}\n`;
    }
}
Plot.count = 0;

/** Names of series and scales of colours above a panel; returns where they end. */
function legend(svg, panel, y, left, width) {
    let x = left;
    let row = y;
    const newRow = (needed) => {
        if (x > left && x + needed > width) {
            x = left;
            row += 20;
        }
    };
    let any = false;
    for (const mark of panel.named()) {
        const length = 24 + widthOf(mark.spec.name, k_font);
        newRow(length);
        add(svg, "rect", { x, y: row + 3, width: 12, height: 9, rx: 2, style: `fill:${mark.colour}` });
        add(svg, "text", { x: x + 17, y: row + 12, class: "named" }, mark.spec.name);
        x += length + 10;
        any = true;
    }
    for (const { scale } of panel.marks.filter((mark) => mark.scale)) {
        const ends = scale.range.map((end, k) => (scale.clipped?.[k] ? ["≤ ", "≥ "][k] : "") + told(end));
        const texts = widthOf(scale.title, k_font) + widthOf(ends.join(""), k_font) + 30;
        newRow(texts + 120);
        const bar = Math.max(40, Math.min(120, width - x - texts));
        x = colourScale(svg, scale, ends, { x, row, bar });
        any = true;
    }
    return any ? row + 20 : y;
}

function colourScale(svg, scale, ends, { x, row, bar }) {
    const id = `colours-${Plot.count++}`;
    const gradient = add(svg, "linearGradient", { id });
    scale.list.forEach((colour, k) => add(gradient, "stop", { offset: k / (scale.list.length - 1), "stop-color": colour }));
    let end = x;
    const text = (words, gap) => {
        add(svg, "text", { x: end, y: row + 12, class: "named" }, words);
        end += widthOf(words, k_font) + gap;
    };
    text(scale.title, 10);
    text(ends[0], 5);
    add(svg, "rect", { x: end, y: row + 3, width: bar, height: 10, fill: `url(#${id})`, class: "scale" });
    end += bar + 5;
    text(ends[1], 14);
    return end;
}

function axes(svg, panel, at, last) {
    const group = add(svg, "g", { class: "axes" });
    if (!panel.y.hidden) yAxis(group, panel, at);
    if (panel.x.hidden) return;
    add(group, "path", { d: `M${at.left} ${at.bottom}H${at.right}`, class: "domain" });
    const wide = at.right - at.left;
    const view = [inward(panel.x, at.x.value(at.left)), inward(panel.x, at.x.value(at.right))];
    if (panel.x.categories) {
        categories(group, panel, at, wide);
    } else {
        for (const x of ticksOf(panel.x, view, wide / 85)) {
            add(group, "path", { d: `M${rounded(at.x(x))} ${at.bottom}v4`, class: "domain" });
            if (last) add(group, "text", { x: at.x(x), y: at.bottom + 17, "text-anchor": "middle" }, told(x, 6));
        }
    }
    if (last && panel.x.title) add(group, "text", { x: (at.left + at.right) / 2, y: at.bottom + 35, "text-anchor": "middle", class: "title" }, fitted(panel.x.title, wide + at.left));
}

function categories(group, panel, at, wide) {
    const each = wide / panel.x.categories.length;
    panel.x.categories.forEach((name, k) => {
        let text = String(name);
        while (text.length > 2 && widthOf(text, k_font) > each - 2) text = `${text.slice(0, text.endsWith("…") ? -2 : -1)}…`;
        const label = add(group, "text", { x: at.x(k), y: at.bottom + 17, "text-anchor": "middle" }, text);
        if (text !== name) add(label, "title", {}, name);
    });
}

function yAxis(group, panel, at) {
    const view = panel.y.down ? [at.y.value(at.top), at.y.value(at.bottom)] : [at.y.value(at.bottom), at.y.value(at.top)];
    const inside = view.map((x) => inward(panel.y, x));
    const tall = at.bottom - at.top;
    const values = panel.y.categories ? panel.y.categories.map((_, k) => k) : ticksOf(panel.y, inside, Math.max(2, tall / 45));
    for (const y of values) {
        if (panel.spec.grid !== false && !panel.y.categories) add(group, "path", { d: `M${at.left} ${rounded(at.y(y))}H${at.right}`, class: "grid" });
        add(group, "text", { x: at.left - 7, y: at.y(y) + 4, "text-anchor": "end" }, panel.y.categories?.[y] ?? told(y));
    }
    if (!panel.y.title) return;
    const [x, y] = [13, (at.top + at.bottom) / 2];
    add(group, "text", { x, y, "text-anchor": "middle", transform: `rotate(-90 ${x} ${y})`, class: "title" }, fitted(panel.y.title, tall + 30));
}

/** A title cut to the pixels there are. */
function fitted(title, most) {
    let text = title;
    while (text.length > 4 && widthOf(text, k_font) > most) text = `${text.slice(0, -2)}…`;
    return text;
}

/** A strip of pictures above a panel, each over the stretch of x that it stands for, with a line where it begins. */
function pictures(svg, strip, at) {
    strip.x.forEach((start, k) => {
        const from = at.x(start);
        const to = at.x(strip.x2[k]);
        if (to < at.left || from > at.right) return;
        if (from > at.left + 1 && from < at.right) add(svg, "path", { d: `M${rounded(from)} ${at.top - k_band}V${at.bottom}`, class: "border" });
        const size = Math.min(k_band, to - from - 2);
        if (size < 6) return;
        const middle = Math.min(Math.max((from + to) / 2, at.left + size / 2), at.right - size / 2);
        const image = add(svg, "image", { href: strip.images[k], x: middle - size / 2, y: at.top - 4 - size, width: size, height: size, class: "pixels" });
        add(image, "title", {}, strip.labels?.[k] ?? "");
    });
}
