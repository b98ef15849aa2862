// Long leaderboards: sort by any column (numbers as numbers, by data-order), search, pages of 50.
for (const table of document.querySelectorAll("[data-sortable]")) {
  new DataTable(table, { order: [], pageLength: 50, lengthMenu: [25, 50, 100, { label: "all", value: -1 }], autoWidth: false });
}
