// What every page does: menus, copy, countdowns, toasts, "once" buttons, shortcuts, the offline bar.
// Works by delegation on data- attributes, so that parts swapped in by htmx need no set-up.

const $ = (selector, root = document) => root.querySelector(selector);

// The server's clock as the page was written, counted on by the browser's monotonic one.
const started = Date.parse($("meta[name=server-time]")?.content) || Date.now();
const serverNow = () => started + performance.now();

const announce = (text) => { const line = $("[data-announce]"); if (line) line.textContent = text; };

// Toasts: document.dispatchEvent(new CustomEvent("toast", {detail: {text, url}}))
document.addEventListener("toast", ({ detail }) => {
  const item = $("[data-toast-template]").content.firstElementChild.cloneNode(true);
  const link = $("a", item);
  link.textContent = detail.text;
  if (detail.url) link.href = detail.url;
  $("[data-toasts]").append(item);
  const leave = () => setTimeout(() => item.matches(":hover, :focus-within") ? leave() : item.remove(), 12000);
  leave();
});

document.addEventListener("click", async (event) => {
  const target = event.target;
  document.querySelectorAll("details.menu[open]").forEach((menu) => { if (!menu.contains(target)) menu.open = false; });

  const toggle = target.closest("[data-toggle]");
  if (toggle) {
    const panel = document.getElementById(toggle.dataset.toggle);
    const open = panel.toggleAttribute("data-collapsed") === false;
    toggle.setAttribute("aria-expanded", String(open));
    if (open) $("a, input, select", panel)?.focus({ preventScroll: true });
  }
  if (target.closest("[data-close]")) target.closest(".toast-item")?.remove();
  if (target.closest("[aria-disabled=true]")) event.preventDefault();

  const copy = target.closest("[data-copy]");
  if (copy) {
    try {
      await navigator.clipboard.writeText(copy.dataset.copy);
    } catch {
      const range = document.createRange();
      range.selectNodeContents(copy.previousElementSibling || copy);
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      return;
    }
    announce(copy.dataset.copied);
    copy.classList.add("is-copied");
    setTimeout(() => copy.classList.remove("is-copied"), 1500);
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    const menu = $("details.menu[open]");
    if (menu) { menu.open = false; $("summary", menu).focus(); }
    const panel = $(".side:not([data-collapsed])");
    const button = panel && $(`[data-toggle="${panel.id}"][aria-expanded=true]`);
    if (button) { button.click(); button.focus(); }
  }
  // data-key="n": Alt+N follows the link or presses the button (a modifier, as WCAG 2.1.4 asks).
  if (event.altKey && !event.ctrlKey && !event.metaKey && /^Key[A-Z]$/.test(event.code)) {
    const hit = $(`[data-key="${event.code.slice(3).toLowerCase()}"]`);
    if (hit) { event.preventDefault(); hit.click(); }
  }
});

// A form is sent once: the pressed button says so until the answer comes (or the page is shown again from the cache).
document.addEventListener("submit", (event) => {
  const button = $("[data-once]", event.target);
  if (!button || event.defaultPrevented) return;
  if (button.getAttribute("aria-busy") === "true") event.preventDefault();
  button.setAttribute("aria-busy", "true");
});
addEventListener("pageshow", () => document.querySelectorAll("[data-once][aria-busy]").forEach((b) => b.removeAttribute("aria-busy")));
document.addEventListener("htmx:afterRequest", (event) => event.target.querySelectorAll?.("[data-once][aria-busy]").forEach((b) => b.removeAttribute("aria-busy")));

// Countdowns: counted live in the last day, by the server's clock. At zero the page is told with `deadline:passed`.
const two = (n) => String(n).padStart(2, "0");
const tick = () => {
  const clock = serverNow();
  document.querySelectorAll("[data-deadline]").forEach((el) => {
    const left = Math.ceil((Date.parse(el.dataset.deadline) - clock) / 1000);
    if (left > 86400 || el.dataset.passed) return;
    if (left > 0) {
      el.dataset.counting = "true";
      el.textContent = el.dataset.left.replace("{}", `${two(Math.floor(left / 3600))}:${two(Math.floor(left / 60) % 60)}:${two(left % 60)}`);
    } else if (el.dataset.counting) {
      el.dataset.passed = "true";
      el.textContent = el.dataset.over;
      el.dispatchEvent(new CustomEvent("deadline:passed", { bubbles: true }));
    }
  });
};
tick();
setInterval(() => document.hidden || tick(), 1000);

const offline = () => { const bar = $("[data-offline]"); if (bar) bar.hidden = navigator.onLine; };
addEventListener("online", offline);
addEventListener("offline", offline);
offline();

// An empty filter does not belong in an address that is shared.
document.addEventListener("htmx:configRequest", (event) => {
  if (!event.target.matches?.("form.filters")) return;
  for (const [name, value] of Object.entries(event.detail.parameters)) if (value === "") delete event.detail.parameters[name];
});

// Errors of htmx requests are told, never swallowed; what was typed stays.
document.addEventListener("htmx:responseError", (event) => {
  let text = document.body.dataset.sayError;
  try { text = JSON.parse(event.detail.xhr.responseText).reason || text; } catch { /* not JSON: the general sentence */ }
  document.dispatchEvent(new CustomEvent("toast", { detail: { text } }));
  announce(text);
});
document.addEventListener("htmx:sendError", () => announce($("[data-offline]")?.textContent.trim() || ""));

const focus = $("[data-focus]");
if (focus) focus.focus();
