// Long leaderboards: sort by any column (numbers as numbers, by data-order), search, pages of 50.
for (const table of document.querySelectorAll("[data-sortable]")) {
  const isPaged = table.tBodies[0].rows.length > 50;
  const scroller = table.parentElement;
  const board = new DataTable(table, {
    order: [], pageLength: 50, autoWidth: false,
    layout: { topStart: null, topEnd: "search", bottomStart: isPaged ? "info" : null, bottomEnd: isPaged ? "paging" : null },
  });
  const frame = board.table().container().querySelector(".dt-layout-table"); // it scrolls, the search box does not
  frame.classList.add("table-responsive");
  scroller.classList.remove("table-responsive");
  for (const name of ["tabindex", "role", "aria-label"]) {
    frame.setAttribute(name, scroller.getAttribute(name));
    scroller.removeAttribute(name);
  }
}
