// Runs before the first paint, so that nobody sees the wrong theme flash by.
// The choice is kept in localStorage; without one the system's preference holds.
const system = matchMedia("(prefers-color-scheme: dark)");
const chosen = () => { try { return localStorage.getItem("theme"); } catch { return null; } };
const apply = () => {
  document.documentElement.dataset.bsTheme = chosen() ?? (system.matches ? "dark" : "light");
};
apply();
system.addEventListener("change", apply);
addEventListener("DOMContentLoaded", () => {
  const toggle = document.querySelector("[data-theme-toggle]");
  toggle.hidden = false;
  toggle.addEventListener("click", () => {
    const next = document.documentElement.dataset.bsTheme === "dark" ? "light" : "dark";
    try { localStorage.setItem("theme", next); } catch { /* private window: lasts for this page */ }
    document.documentElement.dataset.bsTheme = next;
  });
});
