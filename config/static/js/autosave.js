// Forms that save as you type: <form data-autosave="URL" id="…"> with a hidden input "version", and parts/saved.html beside it.
//   POST URL (the form's fields)  →  200 {saved_at, version} · 409 {reason, code} someone else was faster (code "version") or it is too late · 422 {errors: {field: [text]}}
//   A 409 that brings {version, fields: {name: text}} shows the other text under each field that differs: the next save counts.
// Until the server has answered in its own words, a copy lies in this browser; it is put back after a crash or a lost connection.

const PAUSE = 800;
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit", timeZone: "Asia/Shanghai" });

const saving = (form) => {
  const url = form.dataset.autosave;
  const key = `autosave:${document.body.dataset.user || ""}:${url}`;
  const line = document.querySelector(`[data-saved-for="${CSS.escape(form.id)}"]`);
  let timer, sent, busy = false, more = false, stopped = false, tries = 0;

  const say = (state, extra = "") => {
    if (!line) return;
    line.className = `saved is-${state}`;
    line.querySelector(".saved-text").textContent = (line.dataset[`say${state[0].toUpperCase()}${state.slice(1)}`] || "").replace("{}", extra);
  };
  const fields = () => [...new FormData(form)].filter(([name, value]) => typeof value === "string" && name !== "csrfmiddlewaretoken" && name !== "version");
  const remember = () => { try { localStorage.setItem(key, JSON.stringify({ version: form.elements.version?.value, fields: fields() })); } catch { /* full or private: the server's copy remains */ } };
  const forget = () => { try { localStorage.removeItem(key); } catch { /* nothing kept */ } };
  const mark = (errors) => {
    form.querySelectorAll(".field-error[data-auto]").forEach((el) => el.remove());
    form.querySelectorAll("[aria-invalid][data-auto]").forEach((el) => { el.removeAttribute("aria-invalid"); delete el.dataset.auto; });
    for (const [name, texts] of Object.entries(errors)) {
      const input = form.querySelector(`[name="${CSS.escape(name)}"]`);
      if (!input) continue;
      const error = document.createElement("p");
      Object.assign(error, { className: "field-error", textContent: texts.join(" "), id: `${input.id || name}_auto_error` });
      error.dataset.auto = "";
      input.setAttribute("aria-invalid", "true");
      input.dataset.auto = "";
      (input.closest(".field") || input.parentElement).append(error);
    }
  };

  // Both texts stand on the page: what is in the field, and what another window saved meanwhile.
  const compare = (theirs) => {
    form.querySelectorAll("[data-other]").forEach((el) => el.remove());
    let differing = 0;
    for (const [name, text] of Object.entries(theirs)) {
      const input = form.querySelector(`[name="${CSS.escape(name)}"]`);
      if (!input || input.value.trim() === text.trim()) continue;
      differing += 1;
      const other = document.createElement("div");
      other.className = "other-text";
      other.dataset.other = "";
      const head = document.createElement("strong");
      head.textContent = line.dataset.sayOther;
      const quote = document.createElement("p");
      quote.textContent = text || "—";
      const take = document.createElement("button");
      Object.assign(take, { type: "button", className: "btn btn-sm", textContent: line.dataset.sayTake });
      take.addEventListener("click", () => { input.value = text; other.remove(); input.focus(); input.dispatchEvent(new Event("input", { bubbles: true })); });
      other.append(head, quote, take);
      (input.closest(".field") || input.parentElement).append(other);
    }
    form.querySelector("[data-other]")?.scrollIntoView({ block: "nearest" });
    return differing;
  };

  const send = async () => {
    clearTimeout(timer);
    if (stopped) return;
    if (busy) { more = true; return; }
    busy = true;
    more = false;
    sent = JSON.stringify(fields());
    say("saving");
    try {
      const answer = await fetch(url, { method: "POST", body: new FormData(form), headers: { Accept: "application/json", "X-Requested-With": "autosave" }, keepalive: sent.length < 50000 });
      const json = answer.headers.get("content-type")?.includes("json");
      const body = json ? await answer.json() : {};
      if (answer.redirected || answer.status === 401) {
        stopped = true; // the page of the sign-in answered, and nothing was saved
        say("left");
      } else if (answer.ok && json) {
        tries = 0;
        if (body.version !== undefined && form.elements.version) form.elements.version.value = body.version;
        mark({});
        if (sent === JSON.stringify(fields())) { forget(); delete form.dataset.dirty; }
        say("saved", clock.format(body.saved_at ? new Date(body.saved_at) : new Date()));
      } else if (answer.status === 409 && body.fields) {
        form.elements.version.value = body.version;
        remember();
        if (compare(body.fields)) say("both"); else more = true;
      } else if (answer.status === 409) {
        stopped = true;
        if (body.code && body.code !== "version") say("invalid", body.reason);
        else say("conflict");
      } else if (answer.status === 422) {
        mark(body.errors || {});
        say("invalid", Object.values(body.errors || {}).flat()[0] || "");
      } else {
        stopped = answer.status < 500;
        if (!stopped) { say("kept"); later(); }
        else if (body.reason) say("invalid", body.reason);
        else say("gone");
      }
    } catch {
      say("kept");
      later();
    } finally {
      busy = false;
      if (more) send();
    }
  };
  const later = () => { tries += 1; timer = setTimeout(send, Math.min(60000, 2000 * 2 ** tries)); };

  const typed = () => {
    form.dataset.dirty = "";
    remember();
    if (stopped) return;
    say("typing");
    clearTimeout(timer);
    timer = setTimeout(send, PAUSE);
  };
  form.addEventListener("input", typed);
  form.addEventListener("change", typed);
  form.addEventListener("submit", () => { clearTimeout(timer); stopped = true; });
  addEventListener("online", () => form.dataset.dirty !== undefined && send());
  addEventListener("pagehide", () => form.dataset.dirty !== undefined && !busy && send());
  addEventListener("beforeunload", (event) => { if (form.dataset.dirty !== undefined && !stopped && !navigator.onLine) event.preventDefault(); });

  let kept = null;
  try { kept = JSON.parse(localStorage.getItem(key)); } catch { /* unreadable: as if there were none */ }
  if (kept && JSON.stringify(kept.fields) !== JSON.stringify(fields())) {
    const theirs = Object.fromEntries(fields());
    const names = new Set(kept.fields.map(([name]) => name));
    for (const input of form.elements) {
      if (!input.name || input.type === "file" || input.name === "version" || input.name === "csrfmiddlewaretoken") continue;
      const values = kept.fields.filter(([name]) => name === input.name).map(([, value]) => value);
      if (input.type === "checkbox" || input.type === "radio") input.checked = values.includes(input.value);
      else if (names.has(input.name)) input.value = values[0];
    }
    form.dataset.dirty = "";
    say("restored");
    // Put back over a version that has moved on since, it is shown beside that one but not sent: the next keystroke decides.
    if (!form.elements.version || kept.version === form.elements.version.value) timer = setTimeout(send, PAUSE);
    else if (line && compare(theirs)) say("both");
  } else if (kept) forget();
};

const start = () => document.querySelectorAll("form[data-autosave]:not([data-autosave-on])").forEach((form) => { form.dataset.autosaveOn = ""; saving(form); });
start();
document.addEventListener("htmx:load", start);
