// The score page: the total counted as one types, the keyboard, and the bid's PDF files drawn beside the sheet, the page kept.

const form = document.querySelector("form[data-score]");
if (form) {
  const scale = Number(form.dataset.scale);
  const out = form.querySelector("[data-total]");
  const count = () => {
    let total = 0;
    for (const line of form.querySelectorAll("[data-weight]")) {
      const score = Number(line.querySelector("input").value);
      if (Number.isFinite(score) && score >= 0 && score <= scale) total += (Number(line.dataset.weight) * score) / scale;
    }
    out.textContent = total.toFixed(2);
  };
  form.addEventListener("input", count);
  count();

  const shortcuts = document.getElementById("shortcuts");
  form.querySelector("[data-shortcuts]").addEventListener("click", () => shortcuts.showModal());
  const lines = [...form.querySelectorAll("[data-weight]")];
  let sheetField = lines[0]?.querySelector("input");
  form.addEventListener("focusin", ({ target }) => { if (target.closest("[data-weight]")) sheetField = target; });
  const criterion = (step) => {
    const here = lines.findIndex((line) => line.contains(document.activeElement));
    const next = lines[here < 0 ? (step > 0 ? 0 : lines.length - 1) : Math.min(lines.length - 1, Math.max(0, here + step))];
    next?.querySelector("input").focus();
  };
  const across = () => {
    const paper = document.getElementById("document");
    (paper.contains(document.activeElement) ? sheetField : paper).focus();
  };
  const moves = { KeyJ: () => criterion(1), KeyK: () => criterion(-1), KeyO: across };
  document.addEventListener("keydown", (event) => {
    if (!event.altKey || event.ctrlKey || event.metaKey || shortcuts.open || !moves[event.code]) return;
    event.preventDefault();
    moves[event.code]();
  });
}

// pdf.js is loaded when there is a file to draw; a page is drawn when it comes near, and let go when it is far away.
const view = async (box) => {
  const { lib, worker, cmaps, fonts, pdf, pdfKey } = box.dataset;
  const say = box.querySelector("[data-viewer-say]");
  const pages = box.querySelector("[data-pages]");
  const key = `page:${document.body.dataset.user || ""}:${pdfKey}`;
  let kept = 1;
  try { kept = Number(localStorage.getItem(key)); } catch { /* from the first page on */ }
  try {
    const pdfjs = await import(lib);
    pdfjs.GlobalWorkerOptions.workerSrc = worker;
    const file = await pdfjs.getDocument({ url: pdf, cMapUrl: cmaps, cMapPacked: true, standardFontDataUrl: fonts, isEvalSupported: false, disableAutoFetch: true }).promise;
    const first = await file.getPage(1);
    const shape = first.getViewport({ scale: 1 });
    const tell = (n) => { say.textContent = `· ${box.dataset.sayPage.replace("{n}", n).replace("{all}", file.numPages)}`; };
    tell(1);

    const drawn = new Set();
    const draw = async (canvas) => {
      const n = Number(canvas.dataset.page);
      if (drawn.has(n)) return;
      drawn.add(n);
      const page = await file.getPage(n);
      const width = pages.clientWidth || 600;
      const viewport = page.getViewport({ scale: (width / page.getViewport({ scale: 1 }).width) * Math.min(2, devicePixelRatio || 1) });
      canvas.width = viewport.width;
      canvas.height = viewport.height;
      canvas.style.aspectRatio = `${viewport.width} / ${viewport.height}`;
      await page.render({ canvasContext: canvas.getContext("2d"), canvas, viewport }).promise;
      const text = await page.getTextContent();
      canvas.textContent = text.items.map((item) => item.str).join(" ");
    };
    const near = new IntersectionObserver((entries) => entries.forEach((entry) => {
      if (entry.isIntersecting) draw(entry.target);
    }), { rootMargin: "1200px" });
    const seen = new IntersectionObserver((entries) => entries.forEach((entry) => {
      if (!entry.isIntersecting) return;
      tell(entry.target.dataset.page);
      try { localStorage.setItem(key, entry.target.dataset.page); } catch { /* the page is not kept, nothing else */ }
    }), { threshold: 0.5 });
    for (let n = 1; n <= file.numPages; n += 1) {
      const canvas = document.createElement("canvas");
      canvas.dataset.page = n;
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", box.dataset.sayPage.replace("{n}", n).replace("{all}", file.numPages));
      canvas.style.aspectRatio = `${shape.width} / ${shape.height}`;
      pages.append(canvas);
      near.observe(canvas);
      seen.observe(canvas);
    }
    const pane = box.closest(".score-document");
    if (kept > 1 && pane) pane.scrollTop = pages.children[kept - 1]?.offsetTop ?? 0;
  } catch {
    say.textContent = `· ${box.dataset.sayFailed}`;
  }
};
document.querySelectorAll("[data-pdf]").forEach(view);
