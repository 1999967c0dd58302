// Numbers of plots: packed values, scales from values to screen pixels, ticks, texts. What a plot carries: src/report/plots.hpp.

/** Numbers as they stand in the page: a plain list, or whole numbers of `bits` in base64 that stand for offset + step * k. The
 *  least of them stands for a missing value. */
function unpacked(values) {
    if (Array.isArray(values)) return values.map((x) => (x === null ? NaN : x));
    const bytes = Uint8Array.from(atob(values.packed), (c) => c.charCodeAt(0));
    const whole = values.bits === 8 ? new Int8Array(bytes.buffer) : new Int16Array(bytes.buffer);
    const missing = values.bits === 8 ? -128 : -32768;
    return Float64Array.from(whole, (k) => (k === missing ? NaN : values.offset + values.step * k));
}

/** Places along an axis: a list, or {start, step, n}. */
function places(values) {
    if (Array.isArray(values)) return values;
    return Array.from({ length: values.n }, (_, k) => values.start + k * values.step);
}

function extent(lists) {
    let low = Infinity;
    let high = -Infinity;
    for (const list of lists) {
        for (const x of list) {
            if (!Number.isFinite(x)) continue;
            if (x < low) low = x;
            if (x > high) high = x;
        }
    }
    return low <= high ? [low, high] : [0, 1];
}

/** Values of an axis, its logarithm where the axis has one. Zooming is linear in these. */
const inward = (axis, x) => (axis.scale === "log" ? Math.log10(x) : x);
const outward = (axis, t) => (axis.scale === "log" ? 10 ** t : t);

/** From a view [from, to] onto pixels [start, end]. */
function scaleOf(axis, view, start, end) {
    const factor = (end - start) / (view[1] - view[0]);
    const at = (x) => start + (inward(axis, x) - view[0]) * factor;
    at.value = (pixel) => outward(axis, view[0] + (pixel - start) / factor);
    return at;
}

function niceStep(span, most) {
    const raw = span / Math.max(1, most);
    const power = 10 ** Math.floor(Math.log10(raw));
    return [1, 2, 5, 10].map((k) => k * power).find((step) => step >= raw * 0.9999) ?? raw;
}

/** Values to be told along the view. */
function ticksOf(axis, view, most) {
    const [low, high] = view;
    if (axis.scale === "log" && high - low > 0.9) {
        const all = [];
        const digits = high - low < 2.5 ? [1, 2, 5] : [1];
        for (let e = Math.floor(low); e <= high; ++e) digits.forEach((d) => all.push(d * 10 ** e));
        return all.filter((x) => inward(axis, x) >= low - 1e-9 && inward(axis, x) <= high + 1e-9);
    }
    const ends = [outward(axis, low), outward(axis, high)];
    let step = niceStep(ends[1] - ends[0], most);
    if (axis.integer) step = Math.max(1, Math.round(step));
    const ticks = [];
    for (let k = Math.ceil(ends[0] / step - 1e-6); k * step <= ends[1] + step * 1e-6; ++k) {
        ticks.push(Number((k * step).toPrecision(12)));
    }
    return ticks;
}

/** A number as a reader sees it: so many significant digits, a true minus. */
function told(x, digits = 4) {
    if (typeof x !== "number") return String(x ?? "–");
    if (!Number.isFinite(x)) return "–";
    const size = Math.abs(x);
    if (x !== 0 && (size >= 1e7 || size < 1e-4)) {
        const [mantissa, power] = x.toExponential(Math.max(0, digits - 2)).split("e");
        return `${Number(mantissa)}e${Number(power)}`.replaceAll("-", "−");
    }
    const rounded = size >= 10 ** digits ? Math.round(x) : Number(x.toPrecision(digits));
    const text = size >= 1e5 ? rounded.toLocaleString("en-US").replaceAll(",", "\u2009") : String(rounded);
    return text.replace("-", "−");
}

/** Colours of a sequential scale (viridis), and of what flows over it. */
const k_sequential = ["#440154", "#482878", "#3e4989", "#31688e", "#26828e", "#1f9e89", "#35b779", "#6ece58", "#b5de2b", "#fde725"];
const k_flow = ["#fff2d9", "#fdc787", "#f8923e", "#dd5f10", "#a63603", "#5c1d00"];

function colourList(name, shared) {
    if (name === "diverging") return shared.diverging;
    return name === "flow" ? k_flow : k_sequential;
}

const channels = (hex) => [1, 3, 5].map((k) => parseInt(hex.slice(k, k + 2), 16));

/** From values of `range` to [red, green, blue]. */
function colouring(list, range, missing) {
    const stops = list.map(channels);
    const grey = channels(missing);
    return (x) => {
        if (!Number.isFinite(x)) return grey;
        const span = range[1] - range[0] || 1;
        const place = Math.min(1, Math.max(0, (x - range[0]) / span)) * (stops.length - 1);
        const below = Math.min(Math.floor(place), stops.length - 2);
        return stops[below].map((low, k) => Math.round(low + (place - below) * (stops[below + 1][k] - low)));
    };
}

const css = ([r, g, b]) => `rgb(${r},${g},${b})`;

const k_ruler = document.createElement("canvas").getContext("2d");

/** Width in pixels of a text of `size` pixels. */
function widthOf(text, size) {
    k_ruler.font = `${size}px ${getComputedStyle(document.body).fontFamily}`;
    return k_ruler.measureText(text).width;
}
