(() => {
  "use strict";
  const page = document.querySelector(".sk.page");
  const main = page.querySelector("main");
  const side = page.querySelector(".side");
  const card = page.querySelector(".card");
  const form = page.querySelector(".filter");
  const list = page.querySelector(".list");
  const message = list.querySelector("[role=status]");
  const items = [...page.querySelectorAll(".item")];
  const cells = [...page.querySelectorAll("button.cell")];
  const narrow = matchMedia("(max-width: 62rem)");
  const words = (element, name) => (element.dataset[name] || "").split(" ").filter(Boolean);
  const pieces = new Map();
  for (const piece of page.querySelectorAll(".text .seg")) {
    for (const id of words(piece, "s")) {
      if (!pieces.has(id)) pieces.set(id, []);
      pieces.get(id).push(piece);
    }
  }
  form.hidden = false;
  for (const hint of page.querySelectorAll(".live")) hint.hidden = false;

  // The list folds, so that on a phone the article is not far below.
  const heading = list.querySelector("h2");
  const folded = document.getElementById(heading.dataset.fold);
  const fold = document.createElement("button");
  fold.type = "button";
  fold.className = "fold";
  fold.append(...heading.childNodes);
  fold.setAttribute("aria-controls", folded.id);
  heading.append(fold);
  const unfold = (open) => {
    folded.hidden = !open;
    fold.setAttribute("aria-expanded", String(open));
  };
  fold.addEventListener("click", () => unfold(folded.hidden));
  unfold(!narrow.matches);

  // null shows everything; otherwise only these statements keep their marks.
  const show = (ids, text) => {
    page.querySelectorAll(".on, .here").forEach((one) => one.classList.remove("on", "here"));
    main.classList.toggle("filtering", ids !== null);
    for (const id of ids || []) {
      if (items[id]) items[id].classList.add("on");
      for (const piece of pieces.get(id) || []) piece.classList.add("on");
    }
    const count = ids === null ? "" : `${ids.length} of ${items.length} statements`;
    message.textContent = ids === null ? "" : `${count}${text ? `: ${text}` : ""}`;
    if (ids !== null) unfold(true);
  };
  const press = (chosen) => {
    for (const cell of cells) cell.setAttribute("aria-pressed", String(cell === chosen));
  };
  const filter = () => {
    press(null);
    const speaker = form.elements.speaker.value;
    const target = form.elements.target.value;
    if (!speaker && !target) return show(null);
    const ids = [];
    items.forEach((item, id) => {
      const heard = !speaker || words(item, "speakers").includes(speaker);
      const stands = !target || words(item, "targets").includes(target);
      if (heard && stands) ids.push(String(id));
    });
    return show(ids);
  };
  const clear = () => {
    form.elements.speaker.value = form.elements.target.value = "";
    press(null);
    show(null);
  };
  form.addEventListener("change", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  list.querySelector(".clear").addEventListener("click", () => {
    clear();
    fold.focus();
  });
  form.addEventListener("reset", (event) => {
    event.preventDefault();
    clear();
  });
  const reveal = (element, block) => {
    const box = element.getBoundingClientRect();
    if (box.top < 0 || box.bottom > innerHeight) element.scrollIntoView({ block });
  };
  for (const cell of cells) {
    cell.addEventListener("click", () => {
      const ids = words(cell, "s");
      const again = cell.getAttribute("aria-pressed") === "true";
      clear();
      if (again) return;
      press(cell);
      const [name, score, bounds] = [".hidden", "b", ".bounds"].map((part) => cell.querySelector(part).textContent.trim());
      show(ids, `${name} ${score}${bounds}`);
      if (narrow.matches) {
        reveal(list, "start");
        return;
      }
      // In the side column only; the article comes along by itself.
      const height = side.clientHeight;
      const below = (element) =>
        element.getBoundingClientRect().top - side.getBoundingClientRect().top + side.scrollTop;
      const wanted = Math.min(below(list) - 0.4 * height, below(cell) - 8);
      // At least a quarter of the column for the statements, the cell in view where both fit.
      side.scrollTo({ top: Math.max(side.scrollTop, wanted, below(list) - 0.75 * height) });
      const first = ids.length && pieces.get(ids[0]);
      if (first && first.length) reveal(first[0], "center");
    });
  }

  let timer = 0;
  let near = [];
  const hide = () => {
    clearTimeout(timer);
    card.hidden = true;
    for (const piece of near) piece.classList.remove("near");
    near = [];
  };
  const hideSoon = () => {
    clearTimeout(timer);
    // Time to move the pointer into the card.
    timer = setTimeout(hide, 180);
  };
  const percent = (share) => `${Math.round(100 * share)} %`;
  // What the list says about a statement, and the hypotheses with its speaker's name.
  const told = (id) => {
    const copy = items[id].querySelector(".meta").cloneNode(true);
    copy.removeAttribute("id");
    const known = words(items[id], "speakers")[0] !== "none";
    const name = copy.querySelector(".who b").textContent;
    for (const stance of copy.querySelectorAll("[data-t]")) {
      const bar = stance.querySelector(".bar");
      const [favor, against] = ["--f", "--g"].map((key) => Number(bar.style.getPropertyValue(key)));
      const shares = document.createElement("span");
      shares.className = "shares";
      const none = Math.max(0, 1 - favor - against);
      shares.textContent = `favor ${percent(favor)} · none ${percent(none)} · against ${percent(against)}`;
      bar.before(shares);
      const asked = page.querySelector(`.asked .hypotheses[data-t="${stance.dataset.t}"]`);
      if (!asked) continue;
      const sentences = asked.cloneNode(true);
      if (known) {
        for (const speaker of sentences.querySelectorAll(".sp")) speaker.textContent = name;
      }
      bar.before(sentences);
    }
    return copy;
  };
  let place = () => {};
  const open = (piece, x) => {
    const ids = words(piece, "s");
    if (!ids.length) return;
    hide();
    card.replaceChildren(...ids.map(told));
    for (const id of ids) near.push(...(pieces.get(id) || []));
    for (const other of near) other.classList.add("near");
    card.hidden = false;
    card.scrollTop = 0;
    card.style.visibility = "";
    place = () => {
      const rects = piece.getClientRects();
      const line = rects[0];
      const last = rects[rects.length - 1];
      const left = Math.min(x === undefined ? line.left : x - 40, innerWidth - card.offsetWidth - 12);
      const below = last.bottom + 8;
      const above = line.top - card.offsetHeight - 8;
      const fits = below + card.offsetHeight < innerHeight;
      card.style.left = `${Math.max(12, left)}px`;
      card.style.top = `${fits || above < 8 ? Math.min(below, Math.max(8, innerHeight - card.offsetHeight - 8)) : above}px`;
    };
    place();
  };
  // From the text to the statement in the list.
  const visit = (id) => {
    hide();
    if (main.classList.contains("filtering") && !items[id].classList.contains("on")) clear();
    unfold(true);
    page.querySelectorAll(".here").forEach((one) => one.classList.remove("here"));
    items[id].classList.add("here");
    items[id].focus({ preventScroll: true });
    items[id].scrollIntoView({ block: "nearest" });
  };
  const text = page.querySelector(".text");
  let touched = false;
  text.addEventListener("pointerdown", (event) => {
    touched = event.pointerType === "touch";
  });
  text.addEventListener("pointerover", (event) => {
    const piece = event.target.closest(".seg");
    if (!piece || event.pointerType === "touch") return;
    clearTimeout(timer);
    open(piece, event.clientX);
  });
  text.addEventListener("pointerout", hideSoon);
  text.addEventListener("focusin", (event) => {
    const piece = event.target.closest(".seg");
    if (!piece) return;
    open(piece);
    // A card at the bottom of a phone must not hide what it is about.
    if (piece.getBoundingClientRect().bottom > card.getBoundingClientRect().top && narrow.matches)
      piece.scrollIntoView({ block: "start" });
  });
  text.addEventListener("focusout", hideSoon);
  text.addEventListener("click", (event) => {
    const piece = event.target.closest(".seg");
    if (!piece || !words(piece, "s").length) return;
    event.preventDefault();
    // A tap shows the card; a click of the mouse or Enter, the card being open, goes on.
    if (event.detail && touched) open(piece);
    else if (getSelection().isCollapsed) visit(piece.id ? piece.id.match(/\d+$/)[0] : words(piece, "s").at(-1));
  });
  list.addEventListener("click", (event) => {
    if (!event.target.matches(".back")) return;
    const piece = document.getElementById(event.target.hash.slice(1));
    if (!piece) return;
    event.preventDefault();
    piece.focus({ preventScroll: true });
    piece.scrollIntoView({ block: "center" });
  });
  card.addEventListener("pointerenter", () => clearTimeout(timer));
  card.addEventListener("pointerleave", hideSoon);
  addEventListener("scroll", () => {
    if (card.hidden || card.matches(":hover")) return;
    // The page scrolls to what the keyboard reaches: the card goes with it.
    const piece = document.activeElement;
    if (!piece.matches(".seg.near")) return hide();
    const box = piece.getBoundingClientRect();
    card.style.visibility = box.bottom > 0 && box.top < innerHeight ? "" : "hidden";
    return place();
  }, { passive: true });
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    if (card.hidden) clear();
    else hide();
  });
  document.addEventListener("pointerdown", (event) => {
    if (!event.target.closest(".card, .text .seg")) hide();
  });
})();
