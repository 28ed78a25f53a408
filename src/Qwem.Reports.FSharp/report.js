// The interactive parts of the report's pages: reading values off curves, other axes, theory on and off, a slider over
// time, and moments one at a time. Everything else on the pages stands without it.
"use strict";
(() => {
  const svgName = "http://www.w3.org/2000/svg";

  const create = (parent, name, attributes = {}, text = "") => {
    const isDrawing = parent.namespaceURI === svgName;
    const element = isDrawing ? document.createElementNS(svgName, name) : document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    if (text !== "") element.textContent = text;
    return parent.appendChild(element);
  };

  /** A labelled control: the label's text, then the control. */
  const control = (parent, label, name, attributes = {}) => {
    const holder = create(parent, "label", {}, label);
    return create(holder, name, attributes);
  };

  const choice = (parent, label, options) => {
    const select = control(parent, label, "select");
    options.forEach((text, value) => create(select, "option", { value }, text));
    return select;
  };

  const superscript = k => [...String(k)].map(c => "⁰¹²³⁴⁵⁶⁷⁸⁹"[c] ?? "⁻").join("");

  /** Five significant digits, with a power of ten where zeros would pile up. */
  const format = value => {
    if (value === null || !Number.isFinite(value)) return "–";
    const isPlain = value === 0 || (Math.abs(value) >= 1e-3 && Math.abs(value) < 1e5);
    const [digits, exponent] = isPlain ? [value.toPrecision(5)] : value.toExponential(4).split("e");
    const text = String(Number(digits)).replace("-", "−");
    return isPlain ? text : `${text}×10${superscript(Number(exponent))}`;
  };

  // ---- Axes: from values to pixels.

  const drawable = (axis, value) => value !== null && (!axis.log || value > 0);

  const share = ({ log, range: [low, high] }, value) =>
    log ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);

  const place = ({ box: [left, top, right, bottom], now }, x, y) =>
    [left + share(now.x, x) * (right - left), bottom - share(now.y, y) * (bottom - top)];

  const round = pixel => Math.round(pixel * 100) / 100;

  /** The axis on another scale: its range is that of the points which the other axis shows. */
  const rescaled = (panel, name, log) => {
    const other = name === "x" ? panel.y : panel.x;
    const [first, last] = other.range;
    const axis = { label: panel[name].label, log, range: [Infinity, -Infinity] };
    for (const series of panel.series) {
      series.x.forEach((x, i) => {
        const [value, across] = name === "x" ? [x, series.y[i]] : [series.y[i], x];
        if (!drawable(axis, value) || across === null || across < first || across > last) return;
        axis.range = [Math.min(axis.range[0], value), Math.max(axis.range[1], value)];
      });
    }
    const [low, high] = axis.range;
    if (!(low < high)) return panel[name];
    if (log) axis.range = [low / (high / low) ** 0.03, high * (high / low) ** 0.03];
    else axis.range = [low >= 0 && low < 0.1 * high ? 0 : low - 0.03 * (high - low), high + 0.03 * (high - low)];
    return axis;
  };

  /** Ticks as [value, label]; at most about six. */
  const ticks = ({ log, range: [low, high] }) => {
    const result = [];
    const decades = Math.log10(high / low);
    if (log && decades >= 2) {
      const stride = Math.ceil(decades / 6);
      for (let k = Math.ceil(Math.log10(low) / stride) * stride; 10 ** k <= high; k += stride) result.push([10 ** k, "10" + superscript(k)]);
      return result;
    }
    const raw = (high - low) / 6;
    const unit = 10 ** Math.floor(Math.log10(raw));
    const step = unit * [1, 2, 5, 10].find(digit => digit * unit >= raw * 0.999);
    for (let n = Math.ceil(low / step - 1e-6); n * step <= high * (1 + 1e-9); n++) {
      if (!log || n > 0) result.push([n * step, format(Number((n * step).toPrecision(6)))]);
    }
    return result;
  };

  // ---- A plot: a drawing, its data and its controls.

  /** The path of one series on the panel's axes; breaks where a value has no place. */
  const pathOf = (panel, series, kind) => {
    const { x: xAxis, y: yAxis } = panel.now;
    const at = (x, y) => place(panel, x, y).map(round).join(" ");
    const floor = yAxis.log ? yAxis.range[0] : Math.max(yAxis.range[0], Math.min(yAxis.range[1], 0));
    let pen = "M";
    return series.x.map((x, i) => {
      const y = series.y[i];
      const isInterval = kind === "intervals" && i >= series.points;
      if (!drawable(xAxis, x) || !drawable(yAxis, y)) { pen = "M"; return ""; }
      if (kind === "line") { const piece = pen + at(x, y); pen = "L"; return piece; }
      if (kind === "intervals") {
        if (!isInterval) return "";
        const low = series.low[i - series.points], high = series.high[i - series.points];
        return `M${at(x, drawable(yAxis, low) ? low : floor)}L${at(x, high)}`;
      }
      if (kind === "dots") return isInterval ? "" : `M${at(x, y)}h0`;
      const half = series.width / 2;
      const left = drawable(xAxis, x - half) ? x - half : xAxis.range[0];
      return `M${at(left, floor)}L${at(left, y)}L${at(x + half, y)}L${at(x + half, floor)}Z`;
    }).join("");
  };

  /** Draws a panel anew on its present axes, in the looks of its original drawing, which stays hidden below. */
  const redraw = (panel) => {
    panel.copy?.remove();
    panel.copy = null;
    const isOriginal = panel.now.x === panel.x && panel.now.y === panel.y;
    panel.drawing.style.display = isOriginal ? "" : "none";
    if (isOriginal) return;
    const [left, top, right, bottom] = panel.box;
    const copy = panel.copy = panel.drawing.cloneNode(false);
    copy.style.display = "";
    panel.drawing.after(copy);
    const line = (d, look) => create(copy, "path", { d, class: look, fill: "none" });
    // Small enough for powers of ten in the room that the layout keeps beside every vertical axis.
    const text = (x, y, anchor, label) => create(copy, "text", { x, y, "text-anchor": anchor, "font-size": 9.5, class: "f-ink" }, label);
    for (const [value, label] of ticks(panel.now.x)) {
      const x = round(place(panel, value, panel.now.y.range[0])[0]);
      line(`M${x} ${top}V${bottom}`, "l-grd");
      line(`M${x} ${bottom}v4`, "l-mut");
      text(x, bottom + 18, "middle", label);
    }
    for (const [value, label] of ticks(panel.now.y)) {
      const y = round(place(panel, panel.now.x.range[0], value)[1]);
      line(`M${left} ${y}H${right}`, "l-grd");
      line(`M${left} ${y}h-4`, "l-mut");
      text(left - 6, y + 3.5, "end", label);
    }
    line(`M${left} ${top}H${right}V${bottom}H${left}Z`, "l-mut");
    let taken = -Infinity;
    for (const [value, label] of panel.rules) {
      if (!drawable(panel.now.x, value)) continue;
      const [x] = place(panel, value, panel.now.y.range[0]).map(round);
      if (x < left || x > right) continue;
      line(`M${x} ${top}V${bottom}`, "l-mut").setAttribute("stroke-dasharray", "1.4 2.6");
      if (x > taken) { text(x, top - 5, "middle", label); taken = x + 7 * label.length + 8; }
    }
    panel.series.forEach((series, number) => {
      const original = panel.drawing.querySelector(`[data-series="${number}"]`);
      if (!original) return;
      const group = copy.appendChild(original.cloneNode(false));
      // Marks beyond the frame are cut by the clip of the panel's own lines, or left out.
      const inside = ([x, y]) => x >= left && x <= right && y >= top && y <= bottom;
      if (series.kind === "circles") {
        const look = original.firstElementChild;
        const holder = group.appendChild(look.cloneNode(false));
        series.x.forEach((x, i) => {
          if (!drawable(panel.now.x, x) || !drawable(panel.now.y, series.y[i])) return;
          const [cx, cy] = place(panel, x, series.y[i]).map(round);
          if (inside([cx, cy])) create(holder, "circle", { cx, cy, r: look.firstElementChild.getAttribute("r") });
        });
        return;
      }
      for (const path of original.children) {
        const isDots = path.getAttribute("stroke-linecap") === "round";
        if (isDots && series.kind === "line") continue;
        const drawn = group.appendChild(path.cloneNode(false));
        drawn.setAttribute("d", pathOf(panel, series, isDots ? "dots" : series.kind));
        drawn.setAttribute("clip-path", panel.clip);
      }
    });
  };

  const nameOf = series => [series.how, series.what].filter(part => part !== "").join(", ");

  /** What is said of a point. */
  const reading = (panel, series, i) => {
    const parts = [`${panel.x.label || "x"} = ${format(series.x[i])}`];
    if (series.kind === "intervals" && i >= series.points) parts.push(`from ${format(series.low[i - series.points])} to ${format(series.high[i - series.points])}`);
    else parts.push(`${panel.y.label || "y"} = ${format(series.y[i])}`);
    if (series.values) parts.push(`${series.label} = ${format(series.values[i])}`);
    return (series.words ? series.words[i] : nameOf(series)) + ": " + parts.join(", ");
  };

  const mark = (plot, panel, series, i) => {
    plot.marker ??= create(plot.svg, "circle", { r: 5, class: "l-ink", fill: "none", "stroke-width": 2 });
    const [cx, cy] = place(panel, series.x[i], series.y[i]).map(round);
    plot.marker.setAttribute("cx", cx);
    plot.marker.setAttribute("cy", cy);
    plot.output.textContent = reading(panel, series, i);
  };

  const isShown = (panel, series, i) => {
    if (!drawable(panel.now.x, series.x[i]) || !drawable(panel.now.y, series.y[i])) return false;
    const [x, y] = place(panel, series.x[i], series.y[i]);
    const [left, top, right, bottom] = panel.box;
    return x >= left - 0.5 && x <= right + 0.5 && y >= top - 0.5 && y <= bottom + 0.5;
  };

  /** The nearest shown point to a place in the drawing, within its panel. */
  const nearest = (plot, px, py) => {
    let best = null, least = 40 * 40;
    for (const panel of plot.panels) {
      const [left, top, right, bottom] = panel.box;
      if (px < left || px > right || py < top || py > bottom) continue;
      for (const series of panel.series) {
        if (plot.hidesTheory && series.theory) continue;
        series.x.forEach((x, i) => {
          if (!isShown(panel, series, i)) return;
          const [qx, qy] = place(panel, x, series.y[i]);
          const gap = (qx - px) ** 2 + (qy - py) ** 2;
          if (gap < least) { least = gap; best = [panel, series, i]; }
        });
      }
    }
    return best;
  };

  const addPointing = plot => {
    plot.svg.addEventListener("pointermove", event => {
      const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(plot.svg.getScreenCTM().inverse());
      const found = nearest(plot, at.x, at.y);
      if (found) mark(plot, ...found);
    });
  };

  /** The same by keyboard: a list of the series, and a slider along the points of the chosen one. */
  const addReading = (plot, tools) => {
    const all = plot.panels.flatMap((panel, n) => panel.series.filter(series => series.x.length > 0).map(series => [panel, series, n]));
    if (all.length === 0) return;
    const names = all.map(([, series, n]) => (plot.panels.length > 1 ? `panel ${n + 1}: ` : "") + nameOf(series));
    const curve = choice(tools, "Curve", names);
    const point = control(tools, "Point", "input", { type: "range", min: 0, value: 0, step: 1 });
    const read = () => {
      const [panel, series] = all[curve.value];
      const shown = series.x.map((_, i) => i).filter(i => isShown(panel, series, i));
      point.max = Math.max(0, shown.length - 1);
      if (shown.length > 0) mark(plot, panel, series, shown[Math.min(point.value, shown.length - 1)]);
      point.setAttribute("aria-valuetext", plot.output.textContent);
    };
    curve.addEventListener("change", read);
    point.addEventListener("input", read);
  };

  const addAxes = (plot, tools) => {
    // Maps keep their axes, and so do clouds, whose points are not in the data.
    const free = plot.panels.filter(panel => panel.series.length > 0 && panel.series.every(series => !["words", "cells", "points"].includes(series.kind)));
    if (free.length === 0) return;
    for (const name of ["x", "y"]) {
      const select = choice(tools, name === "x" ? "Horizontal axis" : "Vertical axis", ["as drawn", "linear", "logarithmic"]);
      select.addEventListener("change", () => {
        for (const panel of free) {
          const log = select.value === "0" ? panel[name].log : select.value === "2";
          panel.now[name] = log === panel[name].log ? panel[name] : rescaled(panel, name, log);
          redraw(panel);
        }
        plot.marker?.remove();
        plot.marker = null;
        plot.move?.();
      });
    }
  };

  const addTheory = (plot, tools) => {
    if (!plot.svg.querySelector("g.theory")) return;
    const box = control(tools, "Theory (dashed and dotted)", "input", { type: "checkbox" });
    box.checked = true;
    box.addEventListener("change", () => {
      plot.hidesTheory = !box.checked;
      plot.svg.classList.toggle("no-theory", !box.checked);
    });
  };

  /** A series' value at x: its own point's, or on the line between two. */
  const valueAt = ({ x, y }, t) => {
    const i = x.findIndex(value => value >= t);
    if (i < 0 || (i === 0 && x[0] > t)) return null;
    if (x[i] === t) return y[i];
    if (y[i] === null || y[i - 1] === null) return null;
    return y[i - 1] + (y[i] - y[i - 1]) * (t - x[i - 1]) / (x[i] - x[i - 1]);
  };

  const addSlider = (plot, parent) => {
    const [panel] = plot.panels;
    const [low, high] = panel.x.range;
    const times = panel.series[0].x.filter(t => t !== null && t >= low && t <= high);
    const hows = [...new Set(panel.series.map(series => series.how))];
    const whats = [...new Set(panel.series.map(series => series.what))];
    const tools = create(parent, "div", { class: "tools" });
    const slider = control(tools, panel.x.label, "input", { type: "range", min: 0, max: times.length - 1, step: 1, value: Math.floor(times.length / 2), class: "time" });
    const now = create(tools, "output", { class: "now" });
    const scroll = create(parent, "div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Values at this time" });
    const table = create(scroll, "table");
    create(table, "caption", {}, `${panel.y.label} at this time`);
    const head = create(create(table, "thead"), "tr");
    create(head, "th", { scope: "col" }, "Curve");
    for (const how of hows) create(head, "th", { scope: "col", class: "num" }, how);
    const body = create(table, "tbody");
    const cells = whats.flatMap(what => {
      const row = create(body, "tr");
      create(row, "th", { scope: "row" }, what || panel.y.label);
      return hows.map(how => [create(row, "td", { class: "num" }), panel.series.find(series => series.how === how && series.what === what)]);
    });
    plot.move = () => {
      const t = times[slider.value];
      now.textContent = `= ${format(t)}`;
      slider.setAttribute("aria-valuetext", format(t));
      for (const [cell, series] of cells) cell.textContent = series ? format(valueAt(series, t)) : "–";
      for (const shown of plot.panels) {
        const [left, top, right, bottom] = shown.box;
        shown.cursor ??= create(plot.svg, "path", { class: "cursor l-ink", "stroke-width": 1.2, fill: "none" });
        const x = drawable(shown.now.x, t) ? round(place(shown, t, shown.now.y.range[0])[0]) : -1;
        shown.cursor.setAttribute("d", x >= left && x <= right ? `M${x} ${top}V${bottom}` : "");
      }
    };
    slider.addEventListener("input", plot.move);
    plot.move();
  };

  const startPlot = holder => {
    const svg = holder.querySelector("svg");
    const data = JSON.parse(holder.querySelector("script").textContent);
    const plot = { svg, panels: data.panels, marker: null, hidesTheory: false };
    data.panels.forEach((panel, number) => {
      panel.drawing = svg.querySelector(`[data-panel="${number}"]`);
      panel.clip = `url(#${svg.id}.clip${number})`;
      panel.now = { x: panel.x, y: panel.y };
      panel.series.forEach((series, n) => {
        series.x = panel.columns[series.x];
        series.theory = panel.drawing.querySelector(`[data-series="${n}"]`)?.classList.contains("theory") ?? false;
      });
    });
    plot.output = create(holder, "output", { class: "reading" });
    if (data.slider) addSlider(plot, holder);
    const details = create(holder, "details", { class: "explore" });
    create(details, "summary", {}, "Explore this figure");
    const tools = create(details, "div", { class: "tools" });
    addReading(plot, tools);
    addAxes(plot, tools);
    addTheory(plot, tools);
    addPointing(plot);
  };

  /** Moments of a figure: one at a time, chosen by a slider. */
  const startFrames = holder => {
    const frames = [...holder.querySelectorAll(".frame")];
    const tools = document.createElement("div");
    tools.className = "tools";
    holder.prepend(tools);
    // The end of training first: at the start many things stand at one place.
    const slider = control(tools, "Moment", "input", { type: "range", min: 0, max: frames.length - 1, step: 1, value: frames.length - 1, class: "moment" });
    const now = create(tools, "output", { class: "now" });
    const show = () => {
      frames.forEach((frame, i) => { frame.hidden = i !== Number(slider.value); });
      now.textContent = frames[slider.value].dataset.label;
      slider.setAttribute("aria-valuetext", now.textContent);
    };
    slider.addEventListener("input", show);
    show();
    holder.hidden = false;
    holder.parentElement.querySelector(".whole").hidden = true;
  };

  document.querySelectorAll(".drawing").forEach(startPlot);
  document.querySelectorAll(".frames").forEach(startFrames);
})();
