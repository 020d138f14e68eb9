"use strict";
// Sorts each table with the class "sorted" by a column, and filters the people by text and kind.

const collator = new Intl.Collator(undefined, { numeric: true });

function value(row, column) {
  const cell = row.cells[column];
  return cell.dataset.sort ?? cell.textContent.trim();
}

function compare(one, other) {
  if (one === "" || other === "") return (one === "") - (other === ""); // what is not known comes last
  const numbers = [Number(one), Number(other)];
  return numbers.some(Number.isNaN) ? collator.compare(one, other) : numbers[0] - numbers[1];
}

function sort(table, column, descending) {
  const body = table.tBodies[0];
  const rows = [...body.rows].map((row) => ({ row, key: value(row, column) }));
  const known = (key) => key !== "" && descending;
  rows.sort((a, b) => (known(a.key) && known(b.key) ? compare(b.key, a.key) : compare(a.key, b.key)));
  body.append(...rows.map((each) => each.row));
}

for (const table of document.querySelectorAll("table.sorted")) {
  const headers = [...table.tHead.rows[0].cells];
  headers.forEach((header, column) => {
    if ("unsorted" in header.dataset) return;
    const button = document.createElement("button");
    button.type = "button";
    button.append(...header.childNodes);
    header.append(button);
    button.addEventListener("click", () => {
      const descending = header.getAttribute("aria-sort") === "ascending";
      headers.forEach((each) => each.removeAttribute("aria-sort"));
      header.setAttribute("aria-sort", descending ? "descending" : "ascending");
      sort(table, column, descending);
    });
  });
}

const filter = document.getElementById("filter");
if (filter) {
  const text = document.getElementById("filter-text");
  const kind = document.getElementById("filter-kind");
  const count = document.getElementById("filter-count");
  const folded = (words) => words.normalize("NFC").toLowerCase();
  const rows = [...document.getElementById("people").tBodies[0].rows].map((row) => ({
    row,
    text: folded(row.textContent),
    kinds: row.dataset.kinds.split(" "),
  }));
  const show = () => {
    const words = folded(text.value).split(/\s+/);
    let shown = 0;
    for (const each of rows) {
      const fits =
        words.every((word) => each.text.includes(word)) &&
        (kind.value === "" || each.kinds.includes(kind.value));
      each.row.hidden = !fits;
      shown += fits;
    }
    count.textContent = `${shown} of ${rows.length} shown`;
  };
  text.addEventListener("input", show);
  kind.addEventListener("change", show);
  filter.hidden = false;
  show();
}
