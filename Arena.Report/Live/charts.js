// Lines over time as SVG, in the page's colours.
import { byteScale, duration, timeScale } from "./units.js";

const spaceName = "http://www.w3.org/2000/svg";
const margin = { left: 78, right: 14, top: 18, bottom: 24 };

export function shape(name, attributes, text) {
  const made = document.createElementNS(spaceName, name);
  for (const [key, value] of Object.entries(attributes))
    made.setAttribute(key, value);
  if (text !== undefined)
    made.textContent = text;
  return made;
}

// Round numbers from low to high, about so many.
function ticks(low, high, about) {
  const rough = (high - low) / about || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map(n => n * power).find(n => n >= rough) ?? 10 * power;
  const found = [];
  for (let i = Math.ceil(low / step); i * step <= high * (1 + 1e-12); i++)
    found.push(Number((i * step).toPrecision(12)));
  return found;
}

const path = (points, x, y) =>
  points.map(([a, b], i) => `${i ? "L" : "M"}${x(a).toFixed(1)} ${y(b).toFixed(1)}`).join("");

// What of a chart depends on the data: axes, lines, levels, marks, cursors. Returns how to read a moment off it.
function draw(svg, { xFrom, xTo, yFrom, yTo, log, yTicks, yText, lines, levels, marks, cursors }) {
  const width = Math.max(200, svg.clientWidth), height = Math.max(120, svg.clientHeight);
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  const f = log ? Math.log10 : v => v;
  const x = v => margin.left + (v - xFrom) / (xTo - xFrom || 1) * (width - margin.left - margin.right);
  const high = height - margin.top - margin.bottom;
  const y = v => height - margin.bottom - (f(v) - f(yFrom)) / (f(yTo) - f(yFrom) || 1) * high;
  const [left, right, bottom] = [x(xFrom), x(xTo), height - margin.bottom];
  const parts = [];
  for (const tick of yTicks) {
    parts.push(shape("line", { class: "grid", x1: left, x2: right, y1: y(tick), y2: y(tick) }));
    parts.push(shape("text", { x: left - 6, y: y(tick) + 4, "text-anchor": "end" }, yText(tick)));
  }
  const time = timeScale(xTo);
  for (const tick of ticks(xFrom / time.size, xTo / time.size, width / 110))
  {
    // The last one would reach out of the picture by half.
    const at = x(tick * time.size), anchor = at > right - 16 ? "end" : "middle";
    parts.push(shape("text", { x: at, y: height - 6, "text-anchor": anchor }, `${tick} ${time.name}`));
  }
  let free = -Infinity;
  for (const mark of marks ?? []) {
    const at = x(mark.seconds);
    parts.push(shape("line", { class: "mark", x1: at, x2: at, y1: margin.top, y2: bottom }));
    // A name that would lie on its neighbour's is left out.
    const wide = mark.text.length * 7, from = Math.min(at - wide / 2, right - wide);
    if (from > free) {
      parts.push(shape("text", { class: "mark", x: from, y: 11 }, mark.text));
      free = from + wide + 8;
    }
  }
  const clip = `${svg.id}-clip`;
  const clipped = shape("g", { "clip-path": `url(#${clip})` });
  const frame = shape("clipPath", { id: clip });
  frame.append(shape("rect", { x: left, y: margin.top - 2, width: right - left, height: high + 4 }));
  for (const line of lines)
    clipped.append(shape("path", { class: line.kind, d: path(line.points, x, y) }));
  for (const level of levels ?? [])
    clipped.append(shape("path", { class: level.kind, d: path([[xFrom, level.value], [xTo, level.value]], x, y) }));
  parts.push(frame, clipped);
  for (const cursor of cursors ?? []) {
    const at = x(cursor.seconds);
    parts.push(shape("line", { class: cursor.kind, x1: at, x2: at, y1: margin.top, y2: bottom }));
  }
  svg.replaceChildren(...parts);
  return offset => Math.min(xTo, Math.max(xFrom, xFrom + (offset - left) / (right - left) * (xTo - xFrom)));
}

// The axis begins at 0 unless that would press the curve flat; then it says so.
export function memory(svg, report, cursors) {
  const { seconds, liveBytes } = report.series, trend = report.trend;
  const inside = liveBytes.filter((_, i) => seconds[i] >= trend.startSeconds && seconds[i] <= trend.endSeconds);
  const judged = inside.length > 1 ? inside : liveBytes;
  let low = Math.min(...judged), high = Math.max(...judged);
  if (trend.limitBytes !== null && trend.limitBytes < low + 3 * Math.max(high - low, high / 4))
    high = Math.max(high, trend.limitBytes);
  const space = Math.max(1, 0.15 * Math.max(high - low, high / 100));
  low = low - space < high / 4 ? 0 : low - space;
  high += space;
  const scale = byteScale(high);
  const points = seconds.map((s, i) => [s, liveBytes[i]]);
  const middle = (trend.startSeconds + trend.endSeconds) / 2;
  const fit = s => trend.interceptBytes + trend.slopeBytesPerSecond * (s - trend.startSeconds);
  const read = draw(svg, {
    xFrom: 0, xTo: Math.max(report.source.seconds, seconds.at(-1)), yFrom: low, yTo: high,
    yTicks: ticks(low / scale.size, high / scale.size, 5).map(tick => tick * scale.size),
    yText: tick => `${Number((tick / scale.size).toPrecision(6)).toLocaleString("en-US")} ${scale.name}`,
    lines: [
      { kind: "outside", points },
      { kind: "live", points: points.filter(([s]) => s >= trend.startSeconds && s <= trend.endSeconds) },
      ...trend.sampleCount > 2 && middle >= 0
        ? [{ kind: "fit", points: [trend.startSeconds, trend.endSeconds].map(s => [s, fit(s)]) }] : [],
    ],
    levels: trend.limitBytes !== null && trend.limitBytes <= high ? [{ kind: "limit", value: trend.limitBytes }] : [],
    marks: report.events, cursors,
  });
  return { read, beginsAt: low };
}

export function frames(svg, frames) {
  const bars = frames.bars, budget = frames.budgetSeconds;
  const least = Math.max(1e-6, Math.min(budget, ...bars.map(bar => bar.meanSeconds))) / 1.5;
  const most = Math.max(budget, ...bars.map(bar => bar.longestSeconds)) * 1.5;
  const decades = [];
  for (let power = Math.floor(Math.log10(least)); power <= Math.ceil(Math.log10(most)); power++)
    decades.push(...[1, 2, 5].map(n => n * 10 ** power));
  const inside = decades.filter(tick => tick >= least && tick <= most);
  draw(svg, {
    xFrom: bars[0].seconds, xTo: bars.at(-1).seconds, yFrom: least, yTo: most, log: true,
    yTicks: inside.length > 7 ? inside.filter(tick => tick.toExponential().startsWith("1")) : inside,
    yText: duration,
    lines: [
      { kind: "outside", points: bars.map(bar => [bar.seconds, Math.max(least, bar.longestSeconds)]) },
      { kind: "live", points: bars.map(bar => [bar.seconds, Math.max(least, bar.meanSeconds)]) },
    ],
    levels: [{ kind: "limit", value: budget }],
  });
}

export function spark(values, words) {
  const made = shape("svg", { class: "spark", viewBox: "0 0 96 20", role: "img", "aria-label": words });
  if (values.length > 1) {
    const low = Math.min(...values), range = Math.max(1, Math.max(...values) - low);
    const x = i => i * 96 / (values.length - 1), y = value => 2 + (1 - (value - low) / range) * 16;
    const points = values.map((value, i) => `${x(i).toFixed(1)},${y(value).toFixed(1)}`);
    made.append(shape("polyline", { points: points.join(" ") }));
  }
  return made;
}
