/// What every page of the report must satisfy, as expressions for the browser; each gives the offenders as texts.
module Qwem.Validation.Tests.PageChecks

/// Elements that reach beyond the window, other than inside what scrolls.
let overflowing =
    """(() => {
  const isInside = e => e.parentElement?.closest(".scroll");
  const name = e => `${e.localName}.${e.getAttribute("class") ?? ""} ${Math.round(e.getBoundingClientRect().right)}`;
  const wide = [...document.body.querySelectorAll("*")]
    .filter(e => !e.ownerSVGElement && !isInside(e) && !e.matches(".skip") && e.getBoundingClientRect().right > innerWidth + 0.5)
    .map(name);
  return document.documentElement.scrollWidth > innerWidth ? ["the page", ...wide] : wide;
})()"""

/// Images and drawings without a text for those who cannot see them, figures without a caption, controls without a label,
/// regions without a name, headings that skip a level, a page without language, title, main part or first heading.
let unlabelled =
    """(() => {
  const offenders = [];
  const need = (condition, text) => { if (!condition) offenders.push(text); };
  const all = selector => [...document.querySelectorAll(selector)];
  const named = e => (e.getAttribute("aria-label") ?? "").trim() !== "";
  all("img").forEach(e => need((e.getAttribute("alt") ?? "").trim() !== "", "alt " + e.src));
  all("[role=img],[role=region],nav").forEach(e => need(named(e), "name of " + e.outerHTML.slice(0, 60)));
  all("figure").forEach(e => need(e.querySelector("figcaption"), "figcaption " + e.id));
  all("input,select,button,textarea").forEach(e => need(named(e) || [...(e.labels ?? [])].some(l => l.textContent.trim() !== ""), "label " + e.outerHTML));
  all("table").forEach(e => need(e.caption && [...e.querySelectorAll("th")].every(h => h.scope !== ""), "table " + e.caption?.textContent));
  all("a:not(.modebar-btn)").forEach(e => need(e.textContent.trim() !== "" || e.querySelector("img[alt]"), "link " + e.href));
  const levels = all("h1,h2,h3,h4,h5,h6").map(e => Number(e.localName[1]));
  need(levels.filter(level => level === 1).length === 1 && levels[0] === 1, "one h1, first");
  levels.forEach((level, i) => need(i === 0 || level <= levels[i - 1] + 1, "heading " + i));
  // plotly.js names the parts of its drawings by their classes and clips.
  const ids = all("[id]").filter(e => !e.ownerSVGElement).map(e => e.id);
  need(new Set(ids).size === ids.length, "unique ids");
  need(document.documentElement.lang !== "" && document.title !== "" && all("main").length === 1, "lang, title, main");
  return offenders;
})()"""

/// Texts whose contrast with what they stand on is below 4.5, the least that WCAG 2 (AA) allows.
let faint =
    """(() => {
  const parse = colour => { const [r, g, b, a = "1"] = colour.match(/[\d.]+/g) ?? ["0", "0", "0", "0"]; return { rgb: [r, g, b].map(Number), opaque: Number(a) > 0 }; };
  const luminance = rgb => { const [r, g, b] = rgb.map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const contrast = (a, b) => { const [x, y] = [luminance(a), luminance(b)].sort((p, q) => q - p); return (x + 0.05) / (y + 0.05); };
  const behind = e => {
    if (e.ownerSVGElement) e = e.closest(".chart");
    for (let at = e; at; at = at.parentElement) { const found = parse(getComputedStyle(at).backgroundColor); if (found.opaque) return found.rgb; }
    return [255, 255, 255];
  };
  // plotly.js measures texts where nobody sees them.
  const texts = [...document.body.querySelectorAll("*")].filter(e =>
    !(e.ownerSVGElement && (e.getBoundingClientRect().right < 0 || getComputedStyle(e).visibility === "hidden")) &&
    !["script", "style", "title", "desc"].includes(e.localName) && e.getClientRects().length > 0 &&
    [...e.childNodes].some(n => n.nodeType === Node.TEXT_NODE && n.data.trim() !== ""));
  const seen = texts.map(e => {
    const style = getComputedStyle(e);
    return [e, contrast(parse(e.ownerSVGElement ? style.fill : style.color).rgb, behind(e))];
  });
  if (seen.length === 0) return ["no text at all"];
  return seen.filter(([, c]) => c < 4.5).map(([e, c]) => `${e.localName} '${e.textContent.slice(0, 30)}' ${c.toFixed(2)}`);
})()"""
