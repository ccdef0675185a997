// Loaded before the first paint, so that a dark page never flashes light. "no-js" parts hide behind the `js` class.
(() => {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const kept = () => { try { return localStorage.getItem("theme"); } catch { return null; } };
  const show = () => { root.dataset.bsTheme = kept() || (system.matches ? "dark" : "light"); };
  root.classList.add("js");
  show();
  system.addEventListener("change", show);
  addEventListener("storage", show);
  addEventListener("click", (event) => {
    if (!event.target.closest?.("[data-theme-switch]")) return;
    try { localStorage.setItem("theme", root.dataset.bsTheme === "dark" ? "light" : "dark"); } catch { /* private mode: for this page only */ }
    root.dataset.bsTheme = root.dataset.bsTheme === "dark" ? "light" : "dark";
  });
})();
