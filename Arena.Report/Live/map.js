// The memory map: places in rows, a colour an allocator; zooms to any START and LEN.
import { element } from "./table.js";
import { address, bytes, count, percent } from "./units.js";

const strength = [0.16, 0.4, 0.58, 0.76, 1];
const $ = id => document.getElementById(id);

export class MapView {
  #map = null;      // The whole map, as in the report.
  #shown = null;    // What is shown: the map, or a part of it with a START and LEN.
  #ranges = [];     // The way into the parts that are shown, the innermost last.
  #selected = null; // The address that is selected.
  #at = null;
  #request = 0;
  #rowHeight = 11;
  #fetch;

  constructor(fetch) {
    this.#fetch = fetch;
    this.canvas = $("places");
    this.canvas.addEventListener("click", event => this.#click(event));
    this.canvas.addEventListener("dblclick", () => this.#zoomIn());
    this.canvas.addEventListener("keydown", event => this.#key(event));
    $("in").addEventListener("click", () => this.#zoomIn());
    $("out").addEventListener("click", () => this.#zoomOut());
    $("arena").addEventListener("change", () => this.#choose(Number($("arena").value)));
    $("zoom").addEventListener("submit", event => {
      event.preventDefault();
      this.#zoomToTyped();
    });
    new ResizeObserver(() => this.#draw()).observe(this.canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#draw());
  }

  // Shows the maps of a report, of a moment unless it is the newest.
  show(maps, at) {
    this.maps = maps;
    this.#at = at;
    const map = maps.find(each => each.number === this.#map?.number) ?? maps[0] ?? null;
    if (map?.number !== this.#map?.number)
      [this.#ranges, this.#selected] = [[], null];
    this.#map = map;
    $("which").hidden = maps.length < 2;
    $("arena").replaceChildren(...maps.map(each => element("option",
      { value: each.number, selected: each.number === map.number }, each.arena)));
    this.canvas.hidden = $("zoom").hidden = map === null;
    if (map === null) {
      $("map-what").textContent = "No map was recorded: call CaptureWriter.RecordMap between frames.";
      $("stretch").textContent = "";
      return;
    }
    this.#load();
  }

  forget() {
    [this.#map, this.#shown, this.#ranges, this.#selected] = [null, null, [], null];
  }

  #choose(number) {
    [this.#map, this.#ranges, this.#selected] = [this.maps.find(each => each.number === number), [], null];
    this.#load();
  }

  async #load() {
    const request = ++this.#request;
    const range = this.#ranges.at(-1);
    if (range === undefined) {
      this.#shown = this.#map;
    } else {
      const moment = this.#at === null ? "" : `&at=${this.#at}`;
      const part = await this.#fetch(
        `/map?arena=${this.#map.number}&start=${range.start}&bytes=${range.bytes}${moment}`);
      if (request !== this.#request)
        return;
      this.#shown = part ?? { ...range, bytesPerPlace: 0, cells: [] };
    }
    this.#draw();
    this.#tell();
  }

  get #columns() {
    return this.canvas.clientWidth < 600 ? 48 : 120;
  }

  #draw() {
    if (!this.#shown)
      return;
    const cells = this.#shown.cells, columns = this.#columns;
    const places = cells.reduce((sum, cell) => sum + cell.places, 0);
    const rows = Math.max(3, Math.ceil(places / columns));
    // A few rows are easier to hit if they are high.
    this.#rowHeight = rows <= 8 ? 26 : rows <= 20 ? 16 : 11;
    const width = this.canvas.clientWidth, scale = devicePixelRatio;
    this.canvas.style.height = rows * this.#rowHeight + "px";
    this.canvas.width = width * scale;
    this.canvas.height = rows * this.#rowHeight * scale;
    const context = this.canvas.getContext("2d");
    context.scale(scale, scale);
    const style = getComputedStyle(document.documentElement);
    const colors = Array.from({ length: 8 }, (_, i) => style.getPropertyValue(`--o${i}`));
    const [faint, ink] = [style.getPropertyValue("--faint"), style.getPropertyValue("--ink")];
    const step = width / columns, chosen = this.#find();
    let place = 0;
    for (const cell of cells) {
      context.globalAlpha = cell.fill < 0 ? 0.35 : strength[cell.fill];
      context.fillStyle = cell.fill < 0 ? faint : colors[cell.owner % 8];
      this.#rectangles(place, cell.places, step, columns, (x, y, w, h) => context.fillRect(x, y, w, h));
      place += cell.places;
    }
    context.globalAlpha = 1;
    this.#drawMarks(ink, step, columns);
    if (chosen) {
      context.strokeStyle = ink;
      context.lineWidth = 2;
      this.#rectangles(chosen.place, chosen.cell.places, step, columns,
        (x, y, w, h) => context.strokeRect(x + 1, y + 1, Math.max(1, w - 2), h - 2));
    }
  }

  // A line above what a compaction has moved, and one below pages on the storage of others.
  #drawMarks(ink, step, columns) {
    const context = this.canvas.getContext("2d"), high = Math.max(2, Math.round(this.#rowHeight / 6));
    context.fillStyle = ink;
    let place = 0;
    for (const cell of this.#shown.cells) {
      if (cell.isMoved)
        this.#rectangles(place, cell.places, step, columns, (x, y, w) => context.fillRect(x, y, w, high));
      if (cell.isShared)
        this.#rectangles(place, cell.places, step, columns, (x, y, w, h) => context.fillRect(x, y + h - high, w, high));
      place += cell.places;
    }
  }

  // One rectangle a row.
  #rectangles(place, places, step, columns, each) {
    while (places > 0) {
      const row = Math.floor(place / columns), column = place % columns;
      const wide = Math.min(places, columns - column);
      each(column * step, row * this.#rowHeight, wide * step, this.#rowHeight - 1);
      place += wide;
      places -= wide;
    }
  }

  // The selected stretch, with its index and its first place.
  #find() {
    let place = 0;
    for (const [index, cell] of (this.#shown?.cells ?? []).entries()) {
      if (this.#selected !== null && this.#selected >= cell.start && this.#selected < cell.start + cell.bytes)
        return { index, cell, place };
      place += cell.places;
    }
    return null;
  }

  #cellAt(place) {
    let first = 0;
    for (const cell of this.#shown.cells) {
      if (place < first + cell.places)
        return { cell, first };
      first += cell.places;
    }
    return null;
  }

  #select(cell, place = 0, first = 0) {
    this.#selected = cell.start + Math.max(0, place - first) * this.#shown.bytesPerPlace;
    if (this.#selected >= cell.start + cell.bytes)
      this.#selected = cell.start;
    this.#draw();
    this.#tell();
  }

  #click(event) {
    const bounds = this.canvas.getBoundingClientRect(), columns = this.#columns;
    const column = Math.floor((event.clientX - bounds.left) / (bounds.width / columns));
    const place = Math.floor((event.clientY - bounds.top) / this.#rowHeight) * columns + column;
    const hit = this.#cellAt(place);
    if (hit)
      this.#select(hit.cell, place, hit.first);
  }

  #key(event) {
    const cells = this.#shown?.cells ?? [], found = this.#find();
    if (cells.length === 0 && event.key !== "Escape")
      return;
    const place = found ? found.place + Math.floor((this.#selected - found.cell.start) / this.#shown.bytesPerPlace) : 0;
    const row = by => {
      const hit = this.#cellAt(Math.max(0, place + by * this.#columns));
      if (hit)
        this.#select(hit.cell, place + by * this.#columns, hit.first);
    };
    const actions = {
      ArrowRight: () => this.#select(cells[Math.min(cells.length - 1, found ? found.index + 1 : 0)]),
      ArrowLeft: () => this.#select(cells[Math.max(0, (found?.index ?? 0) - 1)]),
      ArrowDown: () => row(1), ArrowUp: () => row(-1),
      Home: () => this.#select(cells[0]), End: () => this.#select(cells.at(-1)),
      Enter: () => this.#zoomIn(), "+": () => this.#zoomIn(), Escape: () => this.#zoomOut(), "-": () => this.#zoomOut(),
    };
    const action = actions[event.key];
    if (!action || event.ctrlKey || event.metaKey || event.altKey)
      return;
    event.preventDefault();
    action();
  }

  #zoomIn() {
    const found = this.#find();
    if (found)
      this.#zoomTo({ start: found.cell.start, bytes: found.cell.bytes });
  }

  #zoomTo(range) {
    const inner = this.#ranges.at(-1);
    if (inner && inner.start === range.start && inner.bytes === range.bytes)
      return;
    this.#ranges.push(range);
    this.#load();
  }

  #zoomOut() {
    this.#ranges.pop();
    this.#load();
  }

  #zoomToTyped() {
    const start = Number($("start").value.trim()), length = Number($("len").value.replaceAll(",", ""));
    if (!Number.isSafeInteger(start) || !Number.isSafeInteger(length) || start <= 0 || length <= 0) {
      $("stretch").textContent = "START is an address such as 0x7f0000001000, LEN a number of bytes.";
      return;
    }
    // What lies beyond the map is left out.
    const cells = this.#map.cells, last = cells.at(-1);
    const first = cells.length ? cells[0].start : 0, end = cells.length ? last.start + last.bytes : 0;
    const from = Math.max(start, first), to = Math.min(start + length, end);
    if (from < to)
      this.#zoomTo({ start: from, bytes: to - from });
    else
      $("stretch").textContent = `Nothing of the map is there: it reaches from ${address(first)} to ${address(end)}.`;
  }

  // What is shown and selected, in words.
  #tell() {
    const range = this.#ranges.at(-1), found = this.#find();
    $("out").disabled = range === undefined;
    $("in").disabled = found === null;
    $("map-what").textContent = (range === undefined
      ? `As of ${this.#map.seconds.toFixed(2)} s, ${bytes(this.#map.lentBytes)} lent`
      : `START ${address(range.start)} LEN ${count(range.bytes)}`)
      + (this.#shown.bytesPerPlace > 0 ? `; one place is ${bytes(this.#shown.bytesPerPlace)}.` : ".")
      + (this.#shown.cells.some(cell => cell.isMoved || cell.isShared)
        ? " A line above: moved by compaction; a line below: on shared storage." : "");
    const edited = document.activeElement;
    const { start, bytes: length } = found?.cell ?? range ?? { start: null, bytes: null };
    if (start !== null && edited !== $("start") && edited !== $("len"))
      [$("start").value, $("len").value] = [address(start), String(length)];
    $("stretch").replaceChildren(...found ? this.#words(found.cell)
      : [this.#shown.cells.length ? "Choose a stretch to see its START and LEN." : "Nothing has storage here."]);
  }

  #words(cell) {
    const owner = this.#map.owners[cell.owner];
    const what = cell.fill < 0 ? "tables" : cell.fill === 0 ? "a hole"
      : `${count(cell.liveCount)} live, ${bytes(cell.liveBytes)}, ${percent(cell.liveBytes / cell.bytes)}`
        + (cell.isMoved ? ", moved by compaction" : "") + (cell.isShared ? ", on shared storage" : "");
    return [element("b", null, `START ${address(cell.start)} LEN ${count(cell.bytes)}`),
      ` (${bytes(cell.bytes)}) ${owner?.kind ?? "allocator"} '${owner?.name ?? "?"}': ${what}`];
  }
}
