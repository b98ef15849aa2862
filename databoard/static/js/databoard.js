// On every page. Live parts keep scroll and focus and tell screen readers what changed; waiting times count down; the
// current tab is in view; the menu of the account, a <details>, closes like a menu.
document.querySelector(".event-tabs .active")?.scrollIntoView({ block: "nearest", inline: "nearest" });

const menu = document.querySelector("[data-menu]");
document.addEventListener("click", (event) => { if (menu && !menu.contains(event.target)) menu.open = false; });
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !menu?.open) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

const summary = document.querySelector("[data-live-summary]");
const states = () => [...document.querySelectorAll("[data-live] .status")].map((badge) => badge.textContent.trim());
let before = states().join();
document.addEventListener("htmx:afterSettle", () => {
  const after = states();
  if (!summary || after.join() === before) return;
  before = after.join();
  summary.textContent = `States changed: ${after.slice(0, 5).join(", ")}.`;
});

const scrolled = () => [...document.querySelectorAll("[data-live] .table-responsive")];
let kept = { lefts: [], href: null };
document.addEventListener("htmx:beforeSwap", () => {
  const link = document.activeElement.closest("[data-live] a");
  kept = { lefts: scrolled().map((box) => box.scrollLeft), href: link && link.getAttribute("href") };
});
document.addEventListener("htmx:afterSwap", () => {
  scrolled().forEach((box, i) => { box.scrollLeft = kept.lefts[i] ?? 0; });
  const links = kept.href ? [...document.querySelectorAll("[data-live] a")] : [];
  links.find((link) => link.getAttribute("href") === kept.href)?.focus({ preventScroll: true });
});

const inWords = (seconds) => {
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min ${seconds % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
};
for (const place of document.querySelectorAll("[data-countdown-s]")) {
  const end = Date.now() + Number(place.dataset.countdownS) * 1000;
  const timer = setInterval(() => {
    const left = Math.ceil((end - Date.now()) / 1000);
    place.textContent = inWords(Math.max(left, 0));
    if (left > 0) return;
    clearInterval(timer);
    place.dispatchEvent(new Event("countdown:end", { bubbles: true }));
  }, 1000);
}
