// Draws the plots of a report: each <figure class="plot"> holds a place and a Vega-Lite specification. How plots look is written
// here, once; text colours and the font are the page's own.
"use strict";

(() => {
    const css = getComputedStyle(document.documentElement);
    const text = css.getPropertyValue("--text").trim();
    const muted = css.getPropertyValue("--muted").trim();
    const rule = css.getPropertyValue("--rule").trim();
    const font = css.getPropertyValue("--font").trim();
    const colours = JSON.parse(document.getElementById("colours").textContent);

    const config = {
        font,
        background: null,
        padding: 2,
        view: { stroke: null },
        axis: {
            domainColor: muted,
            tickColor: muted,
            gridColor: rule,
            gridOpacity: 0.7,
            labelColor: muted,
            labelFontSize: 11,
            titleColor: text,
            titleFontSize: 12,
            titleFontWeight: 500,
            titlePadding: 8,
        },
        axisX: { grid: false, labelFlush: false, tickCount: 10 },
        axisY: { tickCount: 5 },
        legend: {
            orient: "top",
            labelColor: text,
            labelFontSize: 12,
            titleColor: text,
            titleFontSize: 12,
            titleFontWeight: 500,
            titleLimit: 0,
            labelLimit: 400,
            gradientLength: 180,
            gradientThickness: 10,
        },
        // Okabe and Ito's colours, told apart with any kind of colour vision.
        range: {
            category: ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#5d6b79"],
            diverging: colours.diverging,
        },
        scale: { invalid: { color: { value: colours.missing }, stroke: { value: colours.missing } } },
        mark: { tooltip: true },
        bar: { cornerRadiusEnd: 1, fillOpacity: 0.9 },
        line: { strokeWidth: 1.8 },
        tick: { color: text },
        rule: { color: text, strokeWidth: 1.5 },
    };

    // Vega-Lite fits single plots to their place, but not stacked ones; what is drawn beside the axes is known only once drawn.
    async function fit(view, place) {
        const drawn = place.querySelector("svg, canvas").getBoundingClientRect().width;
        const surplus = Math.ceil(drawn - place.clientWidth);
        if (surplus !== 0) {
            await view.width(Math.max(200, view.width() - surplus)).runAsync();
        }
    }

    async function draw(figure) {
        const place = figure.querySelector(".place");
        try {
            const spec = JSON.parse(figure.querySelector("script").textContent);
            const options = { actions: false, renderer: place.dataset.renderer, config };
            const { view } = await vegaEmbed(place, spec, options);
            if (spec.vconcat) {
                await fit(view, place);
                window.addEventListener("resize", () => fit(view, place));
            }
        } catch (error) {
            place.textContent = `This plot could not be drawn: ${error.message}`;
        }
    }

    document.querySelectorAll("figure.plot").forEach(draw);
})();
