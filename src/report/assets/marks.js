// What is drawn in a panel: a maker for each kind of mark. It gives
//   extent: {x, y} lists that the axes must hold
//   draw(group, at): SVG elements; `at` has scales x, y, and the panel's pixels
//   nearest(pixel, at): what lies nearest to a pixel: {distance, x, y, lines}
//   rows(): what the data file tells of it
// `name` and `colour` (a CSS variable) come from the panel.

const k_svg = "http://www.w3.org/2000/svg";

function add(parent, name, attributes = {}, text) {
    const element = document.createElementNS(k_svg, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    if (text !== undefined) element.textContent = text;
    parent.append(element);
    return element;
}

const rounded = (pixel) => Math.round(pixel * 10) / 10;

/** The nearest of points x, y by pixels. */
function nearestPoint(xs, ys, at, pixel, along = 1) {
    let best = null;
    for (let k = 0; k < xs.length; ++k) {
        const x = at.x(xs[k]);
        const y = at.y(ys[k]);
        const distance = Math.hypot((x - pixel.x) * along, y - pixel.y);
        if (Number.isFinite(distance) && (best === null || distance < best.distance)) best = { distance, x, y, k };
    }
    return best;
}

const pair = (panel, x, y) => [`${panel.x.short}: ${panel.x.categories?.[x] ?? told(x, 6)}`, `${panel.y.short}: ${told(y, 5)}`];

function line(mark, panel) {
    const xs = mark.x;
    const ys = unpacked(mark.y);
    const band = mark.low ? [unpacked(mark.low), unpacked(mark.high)] : null;
    return {
        extent: { x: [xs], y: band ? [ys, ...band] : [ys] },
        draw(group, at) {
            if (band) {
                const edge = (values, order) => order.map((k) => `${rounded(at.x(xs[k]))} ${rounded(at.y(values[k]))}`);
                const order = xs.map((_, k) => k).filter((k) => Number.isFinite(band[0][k]) && Number.isFinite(band[1][k]));
                const d = order.length > 1 ? `M${edge(band[1], order).join("L")}L${edge(band[0], [...order].reverse()).join("L")}Z` : "M0 0";
                add(group, "path", { d, style: `fill:${this.colour}`, class: "band" });
            }
            let d = "";
            let pen = "M";
            for (let k = 0; k < xs.length; ++k) {
                if (!Number.isFinite(ys[k])) {
                    pen = "M";
                    continue;
                }
                const point = `${rounded(at.x(xs[k]))} ${rounded(at.y(ys[k]))}`;
                d += mark.steps && pen === "L" ? `H${rounded(at.x(xs[k]))}V${rounded(at.y(ys[k]))}` : pen + point;
                pen = "L";
            }
            add(group, "path", { d: d || "M0 0", class: "line", style: `stroke:${this.colour}` });
            if (xs.length > 60 || mark.steps) return;
            const dots = [...xs.keys()].filter((k) => Number.isFinite(ys[k])).map((k) => `M${rounded(at.x(xs[k]))} ${rounded(at.y(ys[k]))}h0`);
            add(group, "path", { d: dots.join("") || "M0 0", class: "dots", style: `stroke:${this.colour};stroke-width:5px` });
        },
        nearest(pixel, at) {
            const found = nearestPoint(xs, ys, at, pixel);
            if (!found) return null;
            const lines = [...(mark.name ? [mark.name] : []), ...pair(panel, xs[found.k], ys[found.k])];
            if (band) lines.push(`${told(band[0][found.k])} … ${told(band[1][found.k])}`);
            return { ...found, lines };
        },
        rows: () => xs.map((x, k) => ({ x, y: ys[k], ...(band ? { low: band[0][k], high: band[1][k] } : {}) })),
    };
}

function points(mark, panel) {
    const xs = unpacked(mark.x);
    const ys = unpacked(mark.y);
    return {
        extent: { x: [xs], y: [ys] },
        draw(group, at) {
            const d = Array.from(xs, (x, k) => `M${rounded(at.x(x))} ${rounded(at.y(ys[k]))}h0`).join("");
            const size = mark.size ?? 5;
            if (mark.ring) add(group, "path", { d: d || "M0 0", class: "dots halo", style: `stroke-width:${size + 4}px` });
            const opacity = xs.length > 400 ? 0.45 : 0.9;
            add(group, "path", { d: d || "M0 0", class: "dots", style: `stroke:${this.colour};stroke-width:${size}px;stroke-opacity:${opacity}` });
        },
        nearest(pixel, at) {
            const found = nearestPoint(xs, ys, at, pixel);
            if (!found) return null;
            const label = mark.labels?.[found.k];
            return { ...found, lines: [...(mark.name ? [mark.name] : []), ...(label ? [label] : []), ...pair(panel, xs[found.k], ys[found.k])] };
        },
        rows: () => Array.from(xs, (x, k) => ({ x, y: ys[k], label: mark.labels?.[k] })),
    };
}

/** Bars from x to x2, from 0 to y. */
function bars(mark, panel) {
    const ys = unpacked(mark.y);
    const errors = mark.errors ?? [];
    const ends = ys.flatMap((y, k) => (Number.isFinite(errors[k]) ? [y - errors[k], y + errors[k]] : [y]));
    const texts = (k) => [
        ...(mark.name ? [mark.name] : []),
        panel.x.categories ? panel.x.categories[Math.round((mark.x[k] + mark.x2[k]) / 2)] : `${panel.x.short}: ${told(mark.from?.[k] ?? mark.x[k])} … ${told(mark.to?.[k] ?? mark.x2[k])}`,
        `${panel.y.short}: ${told(ys[k], 5)}${Number.isFinite(errors[k]) ? ` ± ${told(errors[k], 3)}` : ""}`,
    ];
    return {
        extent: { x: [mark.from ?? mark.x, mark.to ?? mark.x2], y: [panel.y.scale === "log" ? [] : [0], ends] },
        draw(group, at) {
            const foot = panel.y.scale === "log" ? at.bottom : at.y(0);
            let d = "";
            let whiskers = "";
            ys.forEach((y, k) => {
                if (!Number.isFinite(at.y(y))) return;
                d += `M${rounded(at.x(mark.x[k]))} ${rounded(foot)}V${rounded(at.y(y))}H${rounded(at.x(mark.x2[k]))}V${rounded(foot)}Z`;
                if (!Number.isFinite(errors[k])) return;
                whiskers += `M${rounded((at.x(mark.x[k]) + at.x(mark.x2[k])) / 2)} ${rounded(at.y(y - errors[k]))}V${rounded(at.y(y + errors[k]))}`;
            });
            add(group, "path", { d: d || "M0 0", class: "bar", style: `fill:${this.colour}` });
            if (whiskers) add(group, "path", { d: whiskers, class: "whisker" });
        },
        nearest(pixel, at) {
            for (let k = 0; k < ys.length; ++k) {
                if (pixel.x < at.x(mark.x[k]) || pixel.x > at.x(mark.x2[k]) || !Number.isFinite(at.y(ys[k]))) continue;
                return { distance: 0, x: (at.x(mark.x[k]) + at.x(mark.x2[k])) / 2, y: at.y(ys[k]), lines: texts(k) };
            }
            return null;
        },
        rows: () =>
            Array.from(ys, (y, k) => {
                const group = panel.x.categories?.[Math.round((mark.x[k] + mark.x2[k]) / 2)];
                const where = group === undefined ? { x: mark.from?.[k] ?? mark.x[k], x2: mark.to?.[k] ?? mark.x2[k] } : { label: group };
                return { ...where, y, error: errors[k] };
            }),
    };
}

/** Spikes: a tick each. */
function ticks(mark, panel) {
    const ts = unpacked(mark.x);
    const sources = unpacked(mark.y);
    return {
        extent: { x: [ts], y: [[-0.5, mark.n - 0.5]] },
        draw(group, at) {
            const row = Math.abs(at.y(1) - at.y(0));
            const length = Math.min(9, Math.max(mark.half ? 3 : 1.4, 0.8 * row)) / (mark.half ? 2 : 1);
            // From the row's middle: up, down, or both ways.
            const start = { upper: -length, lower: 0 }[mark.half] ?? -length / 2;
            let d = "";
            for (let k = 0; k < ts.length; ++k) {
                const x = at.x(ts[k]);
                if (x < at.left - 1 || x > at.right + 1) continue;
                d += `M${rounded(x)} ${rounded(at.y(sources[k]) + start)}v${rounded(length)}`;
            }
            add(group, "path", { d: d || "M0 0", class: "spikes", ...(mark.name ? { style: `stroke:${this.colour};stroke-width:1.6px;stroke-opacity:1` } : {}) });
        },
        nearest(pixel, at) {
            const found = nearestPoint(ts, sources, at, pixel);
            if (!found || found.distance > 30) return null;
            return { ...found, lines: [...(mark.name ? [mark.name] : []), `${panel.y.short} ${told(sources[found.k])}`, `${panel.x.short}: ${told(ts[found.k], 7)}`] };
        },
        rows: () => Array.from(ts, (x, k) => ({ x, y: sources[k] })),
    };
}

/** Values over a grid; the matrix lies column after column, row 0 at the first edge of y. */
function cells(mark, panel, shared) {
    const { rows, cols } = mark;
    const whole = unpacked(mark.values);
    const xs = places(mark.x);
    const ys = places(mark.y);
    const plain = Math.abs(xs[1] - xs[0] - (xs[cols] - xs[cols - 1])) < 1e-9 * Math.abs(xs[cols] - xs[0]) && panel.x.scale !== "log";
    const uniform = plain && rows * cols > 900;
    /** The whole matrix, or a part of a square one. */
    const parts = {
        all: (r, c) => whole[c * rows + r],
        symmetric: (r, c) => (whole[c * rows + r] + whole[r * rows + c]) / 2,
        antisymmetric: (r, c) => (whole[c * rows + r] - whole[r * rows + c]) / 2,
    };
    const value = (r, c) => parts[mark.part ?? "all"](r, c);
    const range = mark.range ?? extent([whole]);
    const colour = colouring(colourList(mark.colours, shared), range, shared.missing);
    const told_at = (r, c) => [
        `${panel.x.short}: ${mark.columns?.[c] ?? (mark.whole ? c : `${told(xs[c], 5)} … ${told(xs[c + 1], 5)}`)}`,
        `${panel.y.short}: ${mark.lines?.[r] ?? (mark.whole ? r : `${told(ys[r], 5)} … ${told(ys[r + 1], 5)}`)}`,
        `${mark.title}: ${told(value(r, c), 4)}`,
    ];
    const index = (edges, x) => {
        const up = edges[edges.length - 1] > edges[0];
        for (let k = 0; k + 1 < edges.length; ++k) if (up ? x >= edges[k] && x < edges[k + 1] : x <= edges[k] && x > edges[k + 1]) return k;
        return -1;
    };
    let picture = "";
    let pictured = null;
    function paint() {
        if (pictured === (mark.part ?? "all")) return picture;
        const canvas = Object.assign(document.createElement("canvas"), { width: cols, height: rows });
        const context = canvas.getContext("2d");
        const image = context.createImageData(cols, rows);
        for (let r = 0; r < rows; ++r) {
            for (let c = 0; c < cols; ++c) {
                const x = value(r, c);
                const at = 4 * (r * cols + c);
                [image.data[at], image.data[at + 1], image.data[at + 2]] = colour(x);
                image.data[at + 3] = mark.clear && !Number.isFinite(x) ? 0 : 255;
            }
        }
        context.putImageData(image, 0, 0);
        pictured = mark.part ?? "all";
        picture = canvas.toDataURL();
        return picture;
    }
    return {
        scale: { range, title: mark.title, list: colourList(mark.colours, shared), clipped: mark.clipped },
        extent: { x: [xs], y: [ys] },
        draw(group, at) {
            if (uniform) {
                const [left, right] = [at.x(xs[0]), at.x(xs[cols])];
                const [top, bottom] = [at.y(ys[0]), at.y(ys[rows])];
                const turn = `translate(${left} ${top}) scale(1 ${bottom < top ? -1 : 1})`;
                const size = { width: right - left, height: Math.abs(bottom - top), preserveAspectRatio: "none" };
                add(group, "image", { href: paint(), ...size, transform: turn, class: "pixels" });
                return;
            }
            for (let c = 0; c < cols; ++c) {
                for (let r = 0; r < rows; ++r) {
                    const [x, x2] = [at.x(xs[c]), at.x(xs[c + 1])];
                    const [y, y2] = [at.y(ys[r]), at.y(ys[r + 1])];
                    const box = { x: Math.min(x, x2), y: Math.min(y, y2), width: Math.abs(x2 - x), height: Math.abs(y2 - y) };
                    add(group, "rect", { ...box, fill: css(colour(value(r, c))), class: "cell" });
                }
            }
        },
        nearest(pixel, at) {
            const c = index(xs, at.x.value(pixel.x));
            const r = index(ys, at.y.value(pixel.y));
            if (c < 0 || r < 0 || (mark.clear && !Number.isFinite(value(r, c)))) return null;
            return { distance: 20, x: pixel.x, y: pixel.y, lines: told_at(r, c) };
        },
        rows() {
            const all = [];
            for (let c = 0; c < cols; ++c) {
                for (let r = 0; r < rows; ++r) {
                    const where = mark.whole ? { x: c, y: r } : { x: xs[c], x2: xs[c + 1], y: ys[r], y2: ys[r + 1] };
                    all.push({ ...where, value: value(r, c), label: mark.columns?.[c] });
                }
            }
            return all;
        },
    };
}

/** Chips: a hexagon each, in widths of a hexagon. */
function hexagons(mark, panel, shared) {
    const range = mark.range ?? extent([mark.value]);
    const list = colourList(mark.colours, shared);
    const colour = colouring(list, range, shared.missing);
    return {
        scale: { range, title: mark.title, list },
        extent: { x: [mark.x.map((x) => x - 0.55), mark.x.map((x) => x + 0.55)], y: [mark.y.map((y) => y - 0.62), mark.y.map((y) => y + 0.62)] },
        draw(group, at) {
            const unit = (at.x(1) - at.x(0)) * 0.97;
            const corners = [0, 1, 2, 3, 4, 5].map((k) => [Math.sin((k * Math.PI) / 3) / Math.sqrt(3), Math.cos((k * Math.PI) / 3) / Math.sqrt(3)]);
            mark.x.forEach((x, k) => {
                const d = corners.map(([u, v]) => `${rounded(at.x(x) + u * unit)} ${rounded(at.y(mark.y[k]) + v * unit)}`).join("L");
                add(group, "path", { d: `M${d}Z`, fill: css(colour(mark.value[k])), class: "hexagon" });
            });
        },
        nearest(pixel, at) {
            const found = nearestPoint(mark.x, mark.y, at, pixel);
            if (!found || found.distance > Math.abs(at.x(1) - at.x(0)) * 0.6) return null;
            return { ...found, lines: mark.labels[found.k].split("\n") };
        },
        rows: () => mark.x.map((_, k) => ({ label: mark.labels[k].replaceAll("\n", "; "), value: mark.value[k] })),
    };
}

/** Lines from a point to another: of one colour with a dot where they begin, or coloured by their value. */
function segments(mark, panel, shared) {
    const valued = mark.value !== undefined;
    const range = valued ? (mark.range ?? [0, extent([mark.value])[1]]) : null;
    const list = colourList(mark.colours ?? "flow", shared);
    const colour = valued ? colouring(list, range, shared.missing) : null;
    return {
        scale: valued ? { range, title: mark.title, list } : undefined,
        extent: { x: [mark.x, mark.x2], y: [mark.y, mark.y2] },
        draw(group, at) {
            const of = (k) => `M${rounded(at.x(mark.x[k]))} ${rounded(at.y(mark.y[k]))}L${rounded(at.x(mark.x2[k]))} ${rounded(at.y(mark.y2[k]))}`;
            const all = mark.x.map((_, k) => k);
            if (valued) {
                const width = Math.max(1.5, Math.abs(at.x(1) - at.x(0)) / 12);
                all.forEach((k) => add(group, "path", { d: of(k), class: "flow", style: `stroke:${css(colour(mark.value[k]))};stroke-width:${width}px` }));
                return;
            }
            add(group, "path", { d: all.map(of).join("") || "M0 0", class: "segment" });
            const dots = all.map((k) => `M${rounded(at.x(mark.x[k]))} ${rounded(at.y(mark.y[k]))}h0`).join("");
            add(group, "path", { d: dots || "M0 0", class: "dots segment", style: "stroke-width:3.5px" });
        },
        nearest: () => null,
        rows: () => mark.x.map((x, k) => ({ x, y: mark.y[k], x2: mark.x2[k], y2: mark.y2[k], value: mark.value?.[k] })),
    };
}

/** A line across the panel at a value of x or y. */
function rule(mark) {
    const across = mark.y !== undefined;
    return {
        extent: { x: across ? [] : [[mark.x]], y: across ? [[mark.y]] : [] },
        draw(group, at) {
            const d = across ? `M${at.left} ${rounded(at.y(mark.y))}H${at.right}` : `M${rounded(at.x(mark.x))} ${at.top}V${at.bottom}`;
            add(group, "path", { d, class: "rule" });
            if (!mark.label) return;
            const place = across ? { x: at.right - 4, y: at.y(mark.y) - 4, "text-anchor": "end" } : { x: at.x(mark.x) + 4, y: at.top + 12 };
            add(group, "text", { ...place, class: "label" }, mark.label);
        },
        nearest: () => null,
        rows: () => [],
    };
}

const k_kinds = { line, points, bars, ticks, cells, hexagons, segments, rule };
