// The live page: takes views from the server as they come, and shows the newest or the one of a chosen moment.
import * as charts from "./charts.js";
import { MapView } from "./map.js";
import { element, Table } from "./table.js";
import { bytes, count, duration, percent, rate, signed } from "./units.js";

const $ = id => document.getElementById(id);
const steps = 1000;
const quietAfter = 5;
const levels = { Leak: "LEAK", Suspect: "SUSPECTED", Good: "NO LEAK FOUND" };

// paused: what is shown stays; at: the moment that was chosen, or null; from: where a comparison begins, or null.
const ui = { newest: null, shown: null, paused: false, at: null, from: null, heard: 0, connected: false };
let wanted = null, asking = false, readMoment = () => 0;

async function get(path) {
  try {
    const answer = await fetch(path);
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}

const map = new MapView(get);
const tagOf = row => row.tag ? element("span", { className: "tag" }, ` [${row.tag}]`) : null;
const name = row => {
  const end = row.name.indexOf(" (");
  return element("span", { title: row.file ?? "" },
    element("span", { className: "at" }, end < 0 ? row.name : row.name.slice(0, end)),
    end < 0 ? "" : row.name.slice(end), tagOf(row));
};
const line = { title: "Line", words: true, key: row => row.name + (row.tag ?? ""), text: name };
const lines = new Table($("lines"), "Lines of source", [
  line,
  { title: "slope", key: row => row.slopeBytesPerSecond, text: row => rate(row.slopeBytesPerSecond) },
  { title: "live", key: row => row.liveBytes, text: row => bytes(row.liveBytes) },
  { title: "count", key: row => row.liveCount, text: row => count(row.liveCount) },
  { title: "share", key: row => row.growthShare, text: row => percent(row.growthShare) },
  { title: "grows", key: row => Number(row.grows), text: row => row.grows ? "yes" : "–" },
  { title: "never freed", key: row => row.leftBytes,
    when: () => ui.shown?.report?.verdict.leftCount !== null,
    text: row => row.leftBytes ? bytes(row.leftBytes) : "–" },
  // Known of the end only.
  { title: "allocated", key: row => row.allocations, when: () => ui.at === null, text: row => count(row.allocations) },
  { title: "over time", words: true, text: row => charts.spark(row.spark, `${row.name} over time`) },
]);
const changes = new Table($("changes"), "What changed, by line", [
  { ...line, text: row => name({ ...row, name: row.site }), key: row => row.site + (row.tag ?? "") },
  { title: "bytes", key: row => row.bytes, text: row => signed(row.bytes, bytes) },
  { title: "allocations", key: row => row.count, text: row => signed(row.count, count) },
]);
const owners = new Table($("owners"), "Allocators", [
  { title: "Allocator", words: true, key: row => row.name,
    text: row => element("span", null, swatch(row.color), `${row.kind} '${row.name}'`, tagOf(row)) },
  { title: "lent", key: row => row.lentBytes, text: row => bytes(row.lentBytes) },
  { title: "live", key: row => row.liveBytes, text: row => bytes(row.liveBytes) },
  { title: "wasted", key: row => row.wasted, text: row => percent(row.wasted) },
  { title: "free", key: row => row.freeBytes, text: row => bytes(row.freeBytes) },
  { title: "largest that fits", key: row => row.largestFreeBytes, text: row => bytes(row.largestFreeBytes) },
  { title: "count", key: row => row.liveCount, text: row => count(row.liveCount) },
]);
const moved = new Table($("moved"), "Compaction", [
  { title: "Allocator", words: true, key: row => row.name, text: row => `${row.kind} '${row.name}'` },
  { title: "moved", key: row => row.movedBytes, text: row => bytes(row.movedBytes) },
  { title: "returned", key: row => row.returnedBytes, text: row => bytes(row.returnedBytes) },
  { title: "could be gained", key: row => row.gainableBytes, text: row => bytes(row.gainableBytes) },
  { title: "shared", key: row => row.sharedBytes, text: row => bytes(row.sharedBytes) },
  { title: "holes", key: row => row.holeCount, text: row => count(row.holeCount) },
  { title: "largest hole", key: row => row.largestHoleBytes, text: row => bytes(row.largestHoleBytes) },
  { title: "pinned", key: row => row.pinnedCount, text: row => count(row.pinnedCount) },
]);
const tags = new Table($("tags"), "Tags and budgets", [
  { title: "Tag or arena", words: true, key: row => row.what, text: row => row.what },
  { title: "bytes", key: row => row.bytes, text: row => bytes(row.bytes) },
  { title: "budget", key: row => row.budget, text: row => row.budget ? bytes(row.budget) : "–" },
  { title: "used", key: row => row.budget ? row.bytes / row.budget : null,
    text: row => row.budget ? percent(row.bytes / row.budget) : "" },
  { title: "refused", key: row => row.refusals, text: row => row.refusals === null ? "" : count(row.refusals) },
]);

function swatch(color) {
  const made = charts.shape("svg", { class: "swatch", viewBox: "0 0 10 10", "aria-hidden": "true" });
  made.append(charts.shape("path", { class: `o${color}`, d: "M0 0h10v10h-10z" }));
  return made;
}

const total = () => ui.newest?.report?.source.seconds ?? 0;
const moment = () => ui.at ?? ui.shown?.report?.source.seconds ?? 0;

function receive(view) {
  const replaced = ui.newest?.run && view.run && view.run !== ui.newest.run;
  [ui.newest, ui.heard] = [view, performance.now()];
  if (replaced) {
    // Another run under the same name: nothing of the old one can be chosen any more.
    [ui.paused, ui.at, ui.from, wanted] = [false, null, null, null];
    map.forget();
  }
  if (!ui.paused)
    show(view);
  showState();
}

// Asks for the view of a moment; while one is asked for, only the last wanted is kept.
async function scrub(seconds) {
  [ui.paused, ui.at, wanted] = [true, seconds, seconds];
  showState();
  if (asking)
    return;
  asking = true;
  while (wanted !== null) {
    const at = wanted;
    wanted = null;
    const view = await get(`/view?at=${at}`);
    if (view && ui.at !== null && wanted === null)
      show(view);
  }
  asking = false;
}

function live() {
  [ui.paused, ui.at, wanted] = [false, null, null];
  if (ui.newest)
    show(ui.newest);
  showState();
}

function show(view) {
  ui.shown = view;
  const report = view.report;
  $("problem").hidden = view.message === null;
  $("problem").textContent = view.state === "Lost"
    ? `It cannot be read now${report ? "; what is shown is older" : ""}: ${view.message}`
    : `The file is not complete: ${view.message}`;
  if (report === null)
    return;
  document.title = `${report.source.file}: live`;
  $("title").textContent = `Memory, live: ${report.source.file}`;
  $("verdict").className = `verdict ${report.verdict.level.toLowerCase()}`;
  $("level").textContent = levels[report.verdict.level] ?? "NOT KNOWN";
  $("sentence").textContent = report.verdict.sentence;
  showTiles(report);
  showCharts();
  showLines();
  map.show(report.maps, view.at);
  const whole = report.maps.find(each => each.number === Number($("arena").value)) ?? report.maps[0];
  owners.show((whole?.owners ?? []).map((owner, i) => ({ ...owner, color: i % 8 })));
  showCompaction(report);
  showTags(report);
  $("list").replaceChildren(...view.errors.length === 0 ? [element("li", null, "None.")] : view.errors.map(showError));
  showComparison();
}

function showTiles(report) {
  const n = report.numbers, trend = report.trend, left = report.verdict.leftCount;
  const refused = [[n.invalidFrees, "bad free"], [n.outOfMemory, "out of memory"], [n.otherRefusals, "other"]];
  const tiles = [
    ["Live", bytes(n.liveBytes), `${count(n.liveCount)} allocations`], ["Peak live", bytes(n.peakLiveBytes), ""],
    ["Committed", bytes(n.committedBytes), `peak ${bytes(n.peakCommittedBytes)}`],
    ["Process", bytes(n.residentBytes), `managed ${bytes(n.managedBytes)}`],
    ["Allocations", count(n.allocations), `${bytes(n.allocatedBytes)} in all`],
    ["Slope of all samples", rate(trend.slopeBytesPerSecond), `seen from ${rate(trend.detectableBytesPerSecond)}`],
    trend.floorLowerBytesPerSecond === null ? null
      : ["Slope of the floor's last stretch", rate(trend.floorBytesPerSecond), "on which the verdict is based"],
    left === null ? null : ["Never freed", bytes(report.verdict.leftBytes), `${count(left)} allocations`],
    ["Refused", count(refused.reduce((sum, [each]) => sum + each, 0)),
      refused.filter(([each]) => each > 0).map(([each, what]) => `${count(each)} ${what}`).join(", ")],
  ];
  $("tiles").replaceChildren(...tiles.filter(tile => tile).map(([title, value, more]) => element("div", null,
    element("dt", null, title), element("dd", null, value, more ? element("small", null, more) : null))));
}

function showCharts() {
  const report = ui.shown?.report;
  if (!report)
    return;
  if (report.series.seconds.length > 1) {
    const cursors = [];
    if (ui.at !== null)
      cursors.push({ kind: "cursor", seconds: ui.at });
    if (ui.from !== null)
      cursors.push({ kind: "cursor-from", seconds: ui.from });
    const drawn = charts.memory($("memory"), report, cursors);
    readMoment = drawn.read;
    $("trend-note").textContent = "Live bytes, pale outside of the trend's window, with the line of least squares. "
      + (report.source.to < moment() - 0.05 || report.source.from > 0
        ? `The window is ${duration(report.source.from)} to ${duration(report.source.to)}; numbers and lines are as `
          + "of its end. " : "")
      + (drawn.beginsAt > 0 ? `The axis begins at ${bytes(drawn.beginsAt)}, not at 0. ` : "")
      + "Click to go to a moment.";
  } else {
    $("memory").replaceChildren();
    $("trend-note").textContent = "There are too few samples for a picture.";
  }
  const frames = report.frames;
  if (frames && frames.bars.length > 1)
    charts.frames($("times"), frames);
  else
    $("times").replaceChildren();
  $("frames-note").textContent = frames
    ? `${count(frames.count)} frames: median ${duration(frames.medianSeconds)}, 99 % within `
      + `${duration(frames.p99Seconds)}, longest ${duration(frames.longestSeconds)}; `
      + `${count(frames.overBudget)} over the dashed ${duration(frames.budgetSeconds)}. Blue is the mean, pale the `
      + "longest; logarithmic."
    : "The game marked no frames: call LeakTracker.EndFrame at the end of each.";
}

function showLines() {
  const sites = ui.shown?.report?.sites ?? [];
  const filter = $("filter").value.trim().toLowerCase();
  const found = sites.filter(site => `${site.name} ${site.tag ?? ""} ${site.file}`.toLowerCase().includes(filter));
  $("filtered").textContent = filter ? `${count(found.length)} of ${count(sites.length)} lines` : "";
  lines.show(found);
}

function showCompaction(report) {
  const rows = report.arenas.flatMap(arena => arena.allocators).filter(each => each.compaction && !each.isGone)
    .map(each => ({ kind: each.kind, name: each.name, ...each.compaction }));
  $("compaction").hidden = rows.length === 0;
  moved.show(rows);
}

function showTags(report) {
  const rows = [
    ...report.arenas.filter(arena => arena.budgetBytes > 0).map(arena => ({
      what: `arena '${arena.name}', committed`, bytes: arena.committedBytes, budget: arena.budgetBytes,
      refusals: null })),
    ...(report.tags.every(tag => tag.tag === null) ? [] : report.tags).map(tag => ({
      what: tag.tag ?? "(no tag)", bytes: tag.bytes, budget: tag.hardBytes || tag.softBytes, refusals: tag.refusals })),
  ];
  $("budgets").hidden = rows.length === 0;
  tags.show(rows);
}

const showError = error => element("li", null,
  element("strong", null, error.what + (error.arena ? ` in arena '${error.arena}'` : "")),
  element("span", { className: "tag" }, ` ${error.when}`), element("div", null, error.text),
  error.stack ? element("details", null, element("summary", null, "Stack"), element("pre", null, error.stack)) : null);

async function showComparison() {
  $("compare").hidden = ui.from === null;
  $("from").textContent = ui.from === null ? "Compare from here" : "Compare from here instead";
  if (ui.from === null)
    return;
  // The earlier one with the later one, whichever was kept: what a line grew by stays growth.
  const inOrder = () => [Math.min(ui.from, moment()), Math.max(ui.from, moment())];
  const [from, to] = inOrder();
  const change = await get(`/compare?from=${from}&to=${to}`);
  if (ui.from === null || inOrder().join() !== [from, to].join())
    return;
  $("compare-what").textContent = change === null ? "One of the moments is before the first sample."
    : `From ${change.from} to ${change.to}: ${count(change.rows.length)} lines changed, growth first. `
      + "Choose another moment by the slider or the curve.";
  changes.show(change?.rows ?? []);
}

function showState() {
  const silent = (performance.now() - ui.heard) / 1000, state = ui.newest?.state;
  const [kind, text] = !ui.connected ? ["lost", "No connection; trying again"]
    : ui.paused ? ["paused", ui.at === null ? "Paused" : "Looking back"]
    : state === "Lost" ? ["lost", "Cannot be read now"] : state === "Ended" ? ["ended", "The capture has ended"]
    : silent > quietAfter ? ["open", `Nothing written for ${Math.round(silent)} s`] : ["open", "Live"];
  $("state").className = kind;
  if ($("state").textContent !== text)
    $("state").textContent = text;
  $("clock").textContent = `${moment().toFixed(1)} s${ui.paused ? ` of ${total().toFixed(1)} s` : ""}`;
  $("pause").setAttribute("aria-pressed", String(ui.paused));
  $("pause").textContent = ui.paused ? "Resume" : "Pause";
  $("now").disabled = !ui.paused;
  if (document.activeElement !== $("moment") || ui.at === null)
    $("moment").value = total() === 0 ? steps : Math.round(moment() / total() * steps);
  $("moment").setAttribute("aria-valuetext", `${moment().toFixed(1)} seconds`);
}

$("pause").addEventListener("click", () => {
  if (ui.paused)
    return live();
  ui.paused = true;
  showState();
});
$("now").addEventListener("click", live);
$("moment").addEventListener("input", () => scrub(Number($("moment").value) / steps * total()));
$("memory").addEventListener("click", event =>
  scrub(readMoment(event.clientX - $("memory").getBoundingClientRect().left)));
$("from").addEventListener("click", () => {
  ui.from = moment();
  showComparison();
  showCharts();
});
$("end-compare").addEventListener("click", () => {
  ui.from = null;
  showComparison();
  showCharts();
});
$("filter").addEventListener("input", showLines);
new ResizeObserver(showCharts).observe($("memory"));
setInterval(showState, 1000);

const events = new EventSource("/events");
events.onopen = () => {
  ui.connected = true;
  showState();
};
events.onerror = () => {
  ui.connected = false;
  showState();
};
events.onmessage = event => receive(JSON.parse(event.data));
