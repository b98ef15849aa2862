// On every page. Tells screen readers when a live table changed, counts waiting times down, shows the current tab.
document.querySelector(".event-tabs .active")?.scrollIntoView({ block: "nearest", inline: "nearest" });

const summary = document.querySelector("[data-live-summary]");
const states = () => [...document.querySelectorAll("[data-live] .status")].map((badge) => badge.textContent.trim());
let before = states().join();
document.addEventListener("htmx:afterSettle", () => {
  const after = states();
  if (!summary || after.join() === before) return;
  before = after.join();
  summary.textContent = `States changed: ${after.slice(0, 5).join(", ")}.`;
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
