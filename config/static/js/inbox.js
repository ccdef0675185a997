// News while a page is open. The socket only nudges; what happened is asked for by a cursor that is kept for the tab,
// so that nothing is missed while offline and nothing is told twice.
//   socket  /ws/inbox               {"type": "inbox", "id": "<uuid>", "unread": 3}
//           {"type": "changed", "about": "board:<uuid>"}: nothing for the inbox, only a part of a page to ask for again
//   poll    /inbox/poll/?after=CURSOR   {cursor, unread, items: [{id, title, url, at, needs_action, about: ["challenge:<uuid>", …]}]}
//           without `after`: the newest cursor and no items
// An element with id and data-refresh-on="challenge:<uuid> bid:<uuid>" is fetched afresh when an item is about one of them
// (from data-refresh-url, or this page). `inbox:changed` is dispatched on document with the new items.

const read = (key) => { try { return sessionStorage.getItem(key); } catch { return null; } };
const keep = (key, value) => { try { sessionStorage.setItem(key, value); } catch { /* private mode: this page only */ } };

const who = document.querySelector("[data-bell]")?.dataset.user ?? "";
const KEY = `inbox:${who}`;
let cursor = read(KEY);
let seen = new Set(JSON.parse(read(`${KEY}:seen`) || "[]"));
let wait = 1000;
let polling = null;
let again = false;
let socket = null;

const showUnread = (n) => {
  document.querySelectorAll("[data-unread]").forEach((el) => { el.textContent = n > 99 ? "99+" : n; el.hidden = n === 0; });
  const bell = document.querySelector("[data-bell]");
  bell?.setAttribute("aria-label", bell.dataset.say.replace("{}", n));
};

// Something typed into an ordinary form is not swapped away either.
const typed = (el) => [...el.querySelectorAll("textarea, input:not([type=hidden], [type=file], [type=search])")].some((field) => (field.type === "checkbox" || field.type === "radio" ? field.checked !== field.defaultChecked : field.value !== field.defaultValue));

const refresh = (about) => {
  document.querySelectorAll("[data-refresh-on]").forEach((el) => {
    if (!el.dataset.refreshOn.split(/\s+/).some((what) => about.has(what))) return;
    if (el.querySelector("[data-dirty]") || typed(el) || (el.contains(document.activeElement) && document.activeElement.matches("input, textarea, select"))) {
      el.classList.add("is-stale");
      return;
    }
    const held = el.contains(document.activeElement) ? document.activeElement.id : "";
    htmx.ajax("GET", el.dataset.refreshUrl || location.href, { source: el, target: `#${CSS.escape(el.id)}`, select: `#${CSS.escape(el.id)}`, swap: "outerHTML show:none" })
      .then(() => held && document.getElementById(held)?.focus({ preventScroll: true }));
  });
};

const tell = (items) => {
  const fresh = items.filter((item) => !seen.has(item.id));
  if (!fresh.length) return;
  fresh.forEach((item) => seen.add(item.id));
  seen = new Set([...seen].slice(-200));
  keep(`${KEY}:seen`, JSON.stringify([...seen]));
  fresh.filter((item) => item.needs_action).slice(-3).forEach((item) => document.dispatchEvent(new CustomEvent("toast", { detail: { text: item.title, url: item.url } })));
  const line = document.querySelector("[data-announce]");
  if (line) line.textContent = fresh.map((item) => item.title).join(" · ");
  document.dispatchEvent(new CustomEvent("inbox:changed", { detail: { items: fresh } }));
  refresh(new Set(fresh.flatMap((item) => item.about || [])));
};

const poll = async () => {
  if (polling) { again = true; return polling; }
  polling = (async () => {
    try {
      do {
        again = false;
        const url = new URL("/inbox/poll/", location.origin);
        if (cursor) url.searchParams.set("after", cursor);
        const answer = await fetch(url, { headers: { Accept: "application/json" }, cache: "no-store" });
        if (!answer.ok || !answer.headers.get("content-type")?.includes("json")) return;
        const news = await answer.json();
        const moved = news.cursor && news.cursor !== cursor;
        if (moved) { cursor = news.cursor; keep(KEY, cursor); }
        showUnread(news.unread);
        tell(news.items);
        if (moved && news.items.length && news.more) again = true;
      } while (again);
    } catch { /* offline: the next connection catches up */ } finally { polling = null; }
  })();
  return polling;
};

const connect = () => {
  if (socket && socket.readyState <= WebSocket.OPEN) return;
  socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws/inbox`);
  socket.addEventListener("open", () => { wait = 1000; document.body.dataset.live = "true"; poll(); });
  socket.addEventListener("message", ({ data }) => {
    let nudge;
    try { nudge = JSON.parse(data); } catch { return; }
    if (nudge.type === "changed") refresh(new Set([nudge.about]));
    if (nudge.type !== "inbox") return;
    if (Number.isInteger(nudge.unread)) showUnread(nudge.unread);
    if (!nudge.id || !seen.has(nudge.id)) poll();
  });
  socket.addEventListener("close", (event) => {
    delete document.body.dataset.live;
    if (navigator.onLine) poll(); // where sockets are blocked, asking replaces being told
    if (event.code === 4401 || event.code === 4403) return; // signed out: the next page says so
    setTimeout(connect, wait * (0.75 + Math.random() / 2));
    wait = Math.min(wait * 2, 60000);
  });
};

connect();
addEventListener("online", () => { wait = 1000; connect(); poll(); });
document.addEventListener("visibilitychange", () => { if (!document.hidden) { connect(); poll(); } });
setInterval(() => { if (!document.hidden && navigator.onLine) poll(); }, 60000); // a nudge may be lost with the Valkey that carries it
