
(() => {
  "use strict";
  const page = document.querySelector(".sk.page");
  const main = page.querySelector("main");
  const card = page.querySelector(".card");
  const form = page.querySelector(".filter");
  const message = form.querySelector("output");
  const items = [...page.querySelectorAll(".item")];
  const cells = [...page.querySelectorAll("button.cell")];
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

  // null shows everything; otherwise only these statements keep their marks.
  const show = (ids, text) => {
    page.querySelectorAll(".on").forEach((element) => element.classList.remove("on"));
    main.classList.toggle("filtering", ids !== null);
    for (const id of ids || []) {
      if (items[id]) items[id].classList.add("on");
      for (const piece of pieces.get(id) || []) piece.classList.add("on");
    }
    message.textContent = ids === null ? "" : text || `${ids.length} of ${items.length} statements`;
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
  form.addEventListener("reset", (event) => {
    event.preventDefault();
    clear();
  });
  for (const cell of cells) {
    cell.addEventListener("click", () => {
      const ids = words(cell, "s");
      const again = cell.getAttribute("aria-pressed") === "true";
      clear();
      if (again) return;
      press(cell);
      show(ids);
      const first = ids.length && pieces.get(ids[0]);
      if (first && first.length) first[0].scrollIntoView({ block: "center" });
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
  let place = () => {};
  const open = (piece, x) => {
    const ids = words(piece, "s");
    if (!ids.length) return;
    hide();
    card.replaceChildren();
    for (const id of ids) {
      const copy = items[id].querySelector(".meta").cloneNode(true);
      copy.removeAttribute("id");
      card.append(copy);
      near.push(...(pieces.get(id) || []));
    }
    for (const other of near) other.classList.add("near");
    card.hidden = false;
    card.style.visibility = "";
    place = () => {
      const rects = piece.getClientRects();
      const line = rects[0];
      const last = rects[rects.length - 1];
      const left = Math.min(x === undefined ? line.left : x - 40, innerWidth - card.offsetWidth - 12);
      const below = last.bottom + 8;
      const above = line.top - card.offsetHeight - 8;
      card.style.left = `${Math.max(12, left)}px`;
      card.style.top = `${below + card.offsetHeight < innerHeight || above < 8 ? below : above}px`;
    };
    place();
  };
  const text = page.querySelector(".text");
  text.addEventListener("pointerover", (event) => {
    const piece = event.target.closest(".seg");
    if (!piece || event.pointerType === "touch") return;
    clearTimeout(timer);
    open(piece, event.clientX);
  });
  text.addEventListener("pointerout", hideSoon);
  text.addEventListener("focusin", (event) => {
    const piece = event.target.closest(".seg");
    if (piece) open(piece);
  });
  text.addEventListener("focusout", hideSoon);
  text.addEventListener("click", (event) => {
    const piece = event.target.closest(".seg");
    if (!piece) return;
    event.preventDefault();
    open(piece);
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
