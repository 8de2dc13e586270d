(() => {
  "use strict";
  const form = document.querySelector(".filter");
  if (!form) return;
  const table = document.querySelector(".matrix");
  const message = form.querySelector("output");
  const rows = [...table.tBodies[0].rows];
  const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const names = rows.map((row) => folded(row.cells[0].textContent));
  const persons = [...document.querySelectorAll("details.person")];
  form.hidden = false;
  const filter = () => {
    const wanted = folded(form.elements.speaker.value.trim());
    const target = form.elements.target.value;
    let count = 0;
    rows.forEach((row, number) => {
      const column = target === "" ? null : row.cells[Number(target) + 1];
      const stands = column === null || !column.classList.contains("empty");
      const visible = names[number].includes(wanted) && stands;
      row.hidden = !visible;
      persons[number].hidden = !visible;
      count += visible ? 1 : 0;
    });
    for (const row of table.rows) {
      [...row.cells].forEach((cell, number) => {
        cell.hidden = number > 0 && target !== "" && number !== Number(target) + 1;
      });
    }
    message.textContent = wanted || target !== "" ? `${count} of ${rows.length} speakers` : "";
  };
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(filter));
  const unfold = () => {
    const person = document.getElementById(location.hash.slice(1));
    if (person && person.matches("details.person")) person.open = true;
  };
  addEventListener("hashchange", unfold);
  table.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    // The same address a second time makes no hashchange.
    if (link && link.hash === location.hash) unfold();
  });
  unfold();
  addEventListener("beforeprint", () => {
    for (const person of persons) person.open = true;
  });
})();
