// A table that sorts by its headings and keeps its order while rows change.
export function element(name, properties, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties ?? {})) {
    if (key in made && key !== "list")
      made[key] = value;
    else
      made.setAttribute(key, value);
  }
  // Texts of a capture stay texts.
  made.append(...children.filter(child => child !== null && child !== undefined));
  return made;
}

const shown = column => column.when === undefined || column.when();

// A column: title, key(row) to sort by, text(row) to show (a text or a node), words for a column of words, and when()
// it is shown if not always.
export class Table {
  #columns;
  #sorted = null;
  #down = true;
  #rows = [];
  #most;

  constructor(frame, caption, columns, most = 100) {
    this.#columns = columns;
    this.#most = most;
    this.heads = columns.map((column, i) => element("th", { scope: "col", className: column.words ? "words" : "" },
      column.key ? element("button", { type: "button", onclick: () => this.#sortBy(i) }, column.title) : column.title));
    this.body = element("tbody");
    this.note = element("p", { className: "note" });
    frame.replaceChildren(
      element("div", { className: "scroll", tabIndex: 0, role: "region", "aria-label": caption },
        element("table", null, element("thead", null, element("tr", null, ...this.heads)), this.body)),
      this.note);
  }

  show(rows) {
    this.#rows = rows;
    this.#draw();
  }

  #sortBy(column) {
    // Numbers from the largest, words from A; once more turns it round, a third time gives the order of the report.
    const first = !this.#columns[column].words;
    if (this.#sorted !== column)
      [this.#sorted, this.#down] = [column, first];
    else if (this.#down === first)
      this.#down = !first;
    else
      this.#sorted = null;
    this.#draw();
  }

  #row(row) {
    return element("tr", { className: row.grows ? "grows" : "" }, ...this.#columns.map((column, i) => i === 0
      ? element("th", { scope: "row", className: "words" }, column.text(row))
      : element("td", { className: column.words ? "words" : "", hidden: !shown(column) }, column.text(row))));
  }

  #draw() {
    const rows = [...this.#rows];
    if (this.#sorted !== null) {
      const { key } = this.#columns[this.#sorted];
      const order = this.#down ? -1 : 1;
      rows.sort((a, b) => {
        const [x, y] = [key(a), key(b)];
        return x === y ? 0 : x === null ? 1 : y === null ? -1 : (x < y ? -1 : 1) * order;
      });
    }
    this.heads.forEach((head, i) => {
      head.hidden = !shown(this.#columns[i]);
      if (i === this.#sorted)
        head.setAttribute("aria-sort", this.#down ? "descending" : "ascending");
      else
        head.removeAttribute("aria-sort");
    });
    this.body.replaceChildren(...rows.slice(0, this.#most).map(row => this.#row(row)));
    this.note.textContent = rows.length > this.#most
      ? `${(rows.length - this.#most).toLocaleString("en-US")} more; filter or sort to see them.` : "";
  }
}
