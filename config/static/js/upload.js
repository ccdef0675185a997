// Uploads with progress (parts/upload.html): one file after the other, rate and time left, stop, and another try with the file still chosen.

const size = (bytes) => bytes >= 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.max(1, Math.round(bytes / 1e3))} kB`;

const uploading = (form) => {
  const input = form.querySelector("input[type=file]");
  const box = form.querySelector(".upload-progress");
  const bar = box.querySelector("progress");
  const line = box.querySelector(".upload-say");
  const retry = form.querySelector("[data-upload-retry]");
  const stop = form.querySelector("[data-upload-stop]");
  const drop = form.querySelector(".upload-drop");
  let queue = [], stored = false, request = null;

  const finish = (state, text) => {
    box.classList.toggle("has-failed", state === "failed");
    line.textContent = text;
    retry.hidden = state !== "failed";
    stop.hidden = true;
  };
  const refresh = () => {
    const id = form.dataset.refresh;
    if (!id) { location.reload(); return; }
    htmx.ajax("GET", location.href, { target: `#${CSS.escape(id)}`, select: `#${CSS.escape(id)}`, swap: "outerHTML show:none" });
  };

  // A file that is refused is put aside with its reason, and the next one's turn comes.
  const refuse = (text) => {
    const { name } = queue.shift();
    finish("failed", text);
    retry.hidden = true;
    if (queue.length || stored) document.dispatchEvent(new CustomEvent("toast", { detail: { text: text.includes(name) ? text : `${name}: ${text}` } }));
    next();
  };
  const next = () => {
    if (queue.length) { send(); return; }
    input.value = "";
    if (stored) refresh();
  };

  const send = () => {
    const file = queue[0];
    if (!file) return;
    box.hidden = false;
    box.querySelector(".upload-name").textContent = file.name;
    bar.value = 0;
    const limit = Number(form.dataset.max || 0) * 1024 * 1024;
    if (limit && file.size > limit) { refuse(form.dataset.sayLarge); return; }
    box.classList.remove("has-failed");
    retry.hidden = true;
    stop.hidden = false;

    const data = new FormData(form);
    data.delete(input.name);
    data.append(input.name, file, file.name);
    const began = performance.now();
    let said = 0;
    request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-Requested-With", "upload");
    request.upload.addEventListener("progress", ({ loaded, total }) => {
      bar.value = (100 * loaded) / total;
      const now = performance.now();
      if (now - said < 500 && loaded < total) return;
      said = now;
      const rate = loaded / Math.max(0.2, (now - began) / 1000);
      line.textContent = loaded < total
        ? form.dataset.saySending.replace("{done}", size(loaded)).replace("{all}", size(total)).replace("{rate}", size(rate)).replace("{left}", Math.ceil((total - loaded) / rate))
        : form.dataset.sayChecking;
    });
    request.addEventListener("load", () => {
      let body = {};
      try { body = JSON.parse(request.responseText); } catch { /* a page: the status says enough */ }
      if (request.status >= 200 && request.status < 300) {
        queue.shift();
        stored = true;
        finish("done", form.dataset.sayDone);
        next();
        return;
      }
      const reason = body.reason || Object.values(body.errors || {}).flat()[0];
      if (request.status === 422 && reason) refuse(reason);
      else finish("failed", reason || form.dataset.sayFailed);
    });
    request.addEventListener("error", () => finish("failed", form.dataset.sayFailed));
    request.addEventListener("abort", () => finish("failed", form.dataset.sayFailed));
    request.send(data);
  };

  const take = (files) => { queue = [...files]; stored = false; send(); };
  input.addEventListener("change", () => input.files.length && take(input.files));
  form.addEventListener("submit", (event) => { event.preventDefault(); if (input.files.length) take(input.files); });
  retry.addEventListener("click", send);
  stop.addEventListener("click", () => request?.abort());
  for (const name of ["dragenter", "dragover"]) drop.addEventListener(name, (event) => { event.preventDefault(); drop.classList.add("is-over"); });
  for (const name of ["dragleave", "drop"]) drop.addEventListener(name, () => drop.classList.remove("is-over"));
  drop.addEventListener("drop", (event) => { event.preventDefault(); if (event.dataTransfer.files.length) take(input.multiple ? event.dataTransfer.files : [event.dataTransfer.files[0]]); });
};

const start = () => document.querySelectorAll("form[data-upload]:not([data-upload-on])").forEach((form) => { form.dataset.uploadOn = ""; uploading(form); });
start();
document.addEventListener("htmx:load", start);
