// The interactive parts of the report's pages: plotly.js draws each figure from its specification; here is how its panels are
// laid out, and what plotly.js lacks: theory on and off, a slider over time, moments one at a time, reading by keyboard.
// Everything on the pages stands without it: a figure is then its picture.
"use strict";
(() => {
  const isDark = matchMedia("(prefers-color-scheme: dark)");
  const isNarrow = matchMedia("(max-width: 900px)");
  const isTouched = matchMedia("(pointer: coarse)");

  const create = (parent, name, attributes = {}, text = "") => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    if (text !== "") element.textContent = text;
    return parent.appendChild(element);
  };

  /** A labelled control: the label's text, then the control. */
  const control = (parent, label, name, attributes = {}) => create(create(parent, "label", {}, label), name, attributes);

  const superscript = k => [...String(k)].map(c => "⁰¹²³⁴⁵⁶⁷⁸⁹"[c] ?? "⁻").join("");

  /** Five significant digits, with a power of ten where zeros would pile up. */
  const format = value => {
    if (value === null || value === undefined || !Number.isFinite(value)) return "–";
    const isPlain = value === 0 || (Math.abs(value) >= 1e-3 && Math.abs(value) < 1e5);
    const [digits, exponent] = isPlain ? [value.toPrecision(5)] : value.toExponential(4).split("e");
    const text = String(Number(digits)).replace("-", "−");
    return isPlain ? text : `${text}×10${superscript(Number(exponent))}`;
  };

  const nameOf = ({ how, what }) => [how, what].filter(part => part !== "").join(", ");
  const untagged = html => new DOMParser().parseFromString(html, "text/html").body.textContent;

  /** The specification in the colours of the page. */
  const themed = text => {
    const { dark } = JSON.parse(text);
    return JSON.parse(isDark.matches ? text.replace(/#[0-9a-f]{6}/g, colour => dark[colour] ?? colour) : text);
  };

  /** The colours of text, frames, grid and background on this page. */
  const pageColours = () => {
    const style = getComputedStyle(document.documentElement);
    return Object.fromEntries(["ink", "mut", "grd", "bg"].map(name => [name, style.getPropertyValue(`--${name}`).trim()]));
  };

  const axisId = (letter, n) => n === 0 ? letter : letter + (n + 1);

  const tracesOf = (data, panels, hidesTheory) => panels.flatMap((panel, n) => panel.series.map(series => {
    const { how, what, theory, legend, bar, ...trace } = series;
    [trace.x, trace.y] = [data[trace.x], data[trace.y]];
    if (bar !== undefined) trace.colorbar = { title: { text: bar, side: "right" }, thickness: 12, len: 1 };
    return {
      ...trace, xaxis: axisId("x", n), yaxis: axisId("y", n), name: legend ?? how, legendgroup: how + (what || legend || ""),
      showlegend: legend !== undefined, visible: !(hidesTheory && theory), meta: nameOf(series),
      hovertemplate: `${trace.hovertext ? "%{hovertext}" : "%{meta}"}<br>%{x:.5~g}, ${trace.z ? "%{y:.5~g}: %{z:.4~g}" : "%{y:.5~g}"}<extra></extra>`,
    };
  }));

  /** Where the panels stand at a width, and everything around them. */
  const layoutOf = (figure, panels, width) => {
    const { ink, mut, grd, bg } = pageColours();
    const columns = isNarrow.matches ? 1 : Math.min(figure.columns, panels.length);
    const rows = Math.ceil(panels.length / columns);
    const hasBar = panels.some(panel => panel.series.some(series => series.type === "heatmap"));
    const margin = { l: 64, r: hasBar ? 100 : 14, t: 46, b: 52 };
    const [gapX, gapY] = [hasBar ? 176 : 88, 104];
    const inner = width - margin.l - margin.r;
    const plotWidth = (inner - (columns - 1) * gapX) / columns;
    const plotHeight = figure.map ? Math.min(460, plotWidth) : columns === 1 ? Math.min(340, 0.75 * plotWidth + 60) : 250;
    const all = rows * plotHeight + (rows - 1) * gapY;
    const layout = {
      width, height: all + margin.t + margin.b, margin, paper_bgcolor: bg, plot_bgcolor: bg, annotations: [], shapes: [],
      font: { family: getComputedStyle(document.body).fontFamily, size: 12, color: ink },
      hovermode: "closest", dragmode: isTouched.matches ? false : "zoom", uirevision: "kept",
      hoverlabel: { bgcolor: bg, font: { color: ink } },
      legend: { orientation: "h", x: 0, y: -58 / all, yanchor: "top", itemclick: "toggleothers", itemdoubleclick: "toggle" },
    };
    panels.forEach((panel, n) => {
      const [column, row] = [n % columns, Math.floor(n / columns)];
      const left = column * (plotWidth + gapX) / inner, top = 1 - row * (plotHeight + gapY) / all;
      const axis = { linecolor: mut, gridcolor: grd, tickcolor: mut, showline: true, mirror: true, ticks: "outside", zeroline: false, exponentformat: "power" };
      const [x, y] = [axisId("x", n), axisId("y", n)];
      for (const [letter, other, domain] of [["x", y, [left, left + plotWidth / inner]], ["y", x, [Math.max(0, top - plotHeight / all), top]]]) {
        const { title, type, range } = panel[letter];
        // So few that a logarithmic axis of several decades says whole ones; a part of one that is zoomed into says more.
        const decades = type === "log" ? range[1] - range[0] : 0;
        const hasDecades = decades > 2.11;
        const nticks = hasDecades ? Math.min(7, Math.floor(decades / 0.701)) : columns === 3 ? 5 : 7;
        const minor = hasDecades && decades <= 7 ? { ticks: "outside", ticklen: 3, tickcolor: mut } : {};
        const tickangle = type === "log" && !hasDecades ? "auto" : 0;
        layout[`${letter}axis${n === 0 ? "" : n + 1}`] = { ...axis, type, range, domain, nticks, minor, tickangle, anchor: other, title: { text: title, standoff: 8 } };
      }
      const label = { showarrow: false, yanchor: "bottom", yref: `${y} domain`, y: 1 };
      const labelled = panel.rules.some(([, text]) => text !== "");
      layout.annotations.push({ ...label, text: `<b>${panel.title}</b>`, xref: `${x} domain`, x: 0, xanchor: "left", yshift: labelled ? 18 : 2 });
      for (const [at, text] of panel.rules) {
        layout.shapes.push({ type: "line", xref: x, yref: `${y} domain`, x0: at, x1: at, y0: 0, y1: 1, line: { color: mut, width: 1, dash: "dot" } });
        if (text !== "") layout.annotations.push({ ...label, text, xref: x, x: panel.x.type === "log" ? Math.log10(at) : at, xanchor: "center" });
      }
      for (const series of panel.series) if (series.bar !== undefined) series.place = { x: left + plotWidth / inner + 8 / inner, y: top, h: plotHeight / all };
    });
    return layout;
  };

  /** A series' value at x: its own point's, or on the line between two. */
  const valueAt = (x, y, t) => {
    const i = x.findIndex(value => value >= t);
    if (i < 0 || (i === 0 && x[0] > t)) return null;
    if (x[i] === t) return y[i];
    if (y[i] === null || y[i - 1] === null) return null;
    return y[i - 1] + (y[i] - y[i - 1]) * (t - x[i - 1]) / (x[i] - x[i - 1]);
  };

  class Plot {
    constructor(holder) {
      this.text = holder.querySelector("script").textContent;
      this.holder = holder;
      this.figure = themed(this.text);
      this.moment = this.figure.frames.length - 1;
      const picture = holder.parentElement.querySelector("img");
      if (this.figure.frames.length > 0) this.addMoments();
      this.chart = create(holder, "div", { class: "chart", role: "img", "aria-label": picture.alt });
      this.reading = create(holder, "output", { class: "reading" });
      if (this.figure.slider) this.addTime();
      this.addTools();
    }

    get panels() { return this.moment < 0 ? this.figure.panels : [this.figure.panels[this.moment]]; }

    async draw() {
      const width = Math.min(this.holder.clientWidth, this.moment < 0 ? Infinity : 640);
      const layout = layoutOf(this.figure, this.panels, width);
      const traces = tracesOf(this.figure.data, this.panels, this.hidesTheory);
      this.panels.flatMap(panel => panel.series).forEach(({ place }, i) => {
        if (place) Object.assign(traces[i].colorbar, { x: place.x, y: place.y, len: place.h, yanchor: "top", xanchor: "left", outlinewidth: 0 });
      });
      this.shapes = layout.shapes;
      if (this.cursor !== undefined) layout.shapes = this.withCursor();
      // Nothing leaves the reader's machine.
      const config = { displaylogo: false, plotlyServerURL: "", modeBarButtonsToRemove: ["sendChartToCloud", "select2d", "lasso2d", "autoScale2d"], toImageButtonOptions: { filename: this.holder.dataset.figure, scale: 2 } };
      await Plotly.react(this.chart, traces, layout, config);
      // The legend takes its own room, which its texts decide.
      const legend = this.chart.querySelector(".legend")?.getBBox().height ?? 0;
      if (legend > 0) await Plotly.relayout(this.chart, { height: layout.height + legend + 10, "margin.b": layout.margin.b + legend + 10 });
      if (!this.isStarted) {
        this.isStarted = true;
        this.chart.on("plotly_hover", ({ points: [point] }) => this.read(point.data, point.pointNumber, point.z));
      }
    }

    read(trace, i, z) {
      const word = trace.hovertext?.[i];
      const at = z === undefined ? `(${format(trace.x[i])}, ${format(trace.y[i])})` : format(z);
      this.reading.textContent = `${word ? untagged(word) : trace.meta} ${at}`;
    }

    addTools() {
      const all = this.panels.flatMap((panel, n) => panel.series.map(series => [n, series]));
      const tools = create(this.holder, "div", { class: "tools" });
      if (all.some(([, series]) => series.theory)) {
        const box = control(tools, "Theory (dashed and dotted)", "input", { type: "checkbox" });
        box.checked = true;
        box.addEventListener("change", () => {
          this.hidesTheory = !box.checked;
          this.draw();
        });
      }
      const details = create(tools, "details", { class: "explore" });
      create(details, "summary", {}, "Read values by keyboard");
      const row = create(details, "div", { class: "tools" });
      const curve = control(row, "Curve", "select");
      all.forEach(([n, series], value) => create(curve, "option", { value }, (this.panels.length > 1 ? `panel ${n + 1}: ` : "") + nameOf(series)));
      const point = control(row, "Point", "input", { type: "range", min: 0, value: 0, step: 1 });
      const read = () => {
        const trace = this.chart.data[curve.value];
        if (trace.z) return;
        point.max = trace.x.length - 1;
        const i = Math.min(point.value, trace.x.length - 1);
        this.read(trace, i);
        Plotly.Fx.hover(this.chart, [{ curveNumber: Number(curve.value), pointNumber: i }], trace.xaxis + trace.yaxis);
        point.setAttribute("aria-valuetext", this.reading.textContent);
      };
      curve.addEventListener("change", read);
      point.addEventListener("input", read);
    }

    /** Moments of a figure: one at a time. */
    addMoments() {
      const { frames } = this.figure;
      const tools = create(this.holder, "div", { class: "tools" });
      // The end of training first: at the start many things stand at one place.
      const slider = control(tools, "Moment", "input", { type: "range", min: 0, max: frames.length - 1, step: 1, value: this.moment, class: "moment" });
      const now = create(tools, "output", { class: "now" }, frames[this.moment]);
      slider.addEventListener("input", () => {
        this.moment = Number(slider.value);
        now.textContent = frames[this.moment];
        slider.setAttribute("aria-valuetext", now.textContent);
        this.draw();
      });
      slider.setAttribute("aria-valuetext", now.textContent);
    }

    withCursor() {
      const { ink } = pageColours();
      const lines = this.panels.map((panel, n) => ({ type: "line", xref: axisId("x", n), yref: `${axisId("y", n)} domain`, x0: this.cursor, x1: this.cursor, y0: 0, y1: 1, line: { color: ink, width: 1.2 } }));
      return [...this.shapes, ...lines.filter((_, n) => this.panels[n].x.type !== "log" || this.cursor > 0)];
    }

    /** A slider over time, and every curve of the first panel there, theory beside experiment. */
    addTime() {
      const [panel] = this.figure.panels;
      const [low, high] = panel.x.type === "log" ? panel.x.range.map(end => 10 ** end) : panel.x.range;
      const { data } = this.figure;
      const times = data[panel.series[0].x].filter(t => t !== null && t >= low && t <= high);
      const hows = [...new Set(panel.series.map(series => series.how))];
      const whats = [...new Set(panel.series.map(series => series.what))];
      const [xTitle, yTitle] = [panel.x.label, panel.y.label];
      const tools = create(this.holder, "div", { class: "tools" });
      const slider = control(tools, xTitle, "input", { type: "range", min: 0, max: times.length - 1, step: 1, value: Math.floor(times.length / 2), class: "time" });
      const now = create(tools, "output", { class: "now" });
      const scroll = create(this.holder, "div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Values at this time" });
      const table = create(scroll, "table");
      create(table, "caption", {}, `${yTitle} at this time`);
      const head = create(create(table, "thead"), "tr");
      create(head, "th", { scope: "col" }, "Curve");
      for (const how of hows) create(head, "th", { scope: "col", class: "num" }, how);
      const body = create(table, "tbody");
      const cells = whats.flatMap(what => {
        const row = create(body, "tr");
        create(row, "th", { scope: "row" }, what || yTitle);
        return hows.map(how => [create(row, "td", { class: "num" }), panel.series.find(series => series.how === how && series.what === what)]);
      });
      const move = () => {
        this.cursor = times[slider.value];
        now.textContent = `= ${format(this.cursor)}`;
        slider.setAttribute("aria-valuetext", format(this.cursor));
        for (const [cell, series] of cells) cell.textContent = series ? format(valueAt(data[series.x], data[series.y], this.cursor)) : "–";
        if (this.isStarted) Plotly.relayout(this.chart, { shapes: this.withCursor() });
      };
      slider.addEventListener("input", move);
      move();
    }
  }

  const start = async () => {
    if (typeof Plotly === "undefined") return;
    const plots = [];
    for (const holder of document.querySelectorAll(".plot")) {
      holder.hidden = false;
      holder.parentElement.classList.add("drawn");
      const plot = new Plot(holder);
      plots.push(plot);
      await plot.draw();
      // The page stays usable between two figures.
      await new Promise(done => setTimeout(done, 0));
    }
    const tell = () => { document.documentElement.dataset.drawn = isDark.matches ? "dark" : "light"; };
    tell();
    let width = innerWidth;
    addEventListener("resize", () => {
      if (innerWidth === width) return;
      width = innerWidth;
      plots.forEach(plot => plot.draw());
    });
    isDark.addEventListener("change", async () => {
      for (const plot of plots) {
        plot.figure = themed(plot.text);
        // Anew: a legend keeps the colours of its words otherwise.
        Plotly.purge(plot.chart);
        plot.isStarted = false;
        await plot.draw();
      }
      tell();
    });
  };

  start();
})();
