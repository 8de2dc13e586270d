(() => {
  "use strict";
  const root = document.documentElement;
  const button = document.querySelector(".theme");
  const system = matchMedia("(prefers-color-scheme: dark)");
  // Storage may be closed to a file or a frame; the page then forgets the choice.
  const remember = (name) => {
    try {
      localStorage.setItem("stancekit-theme", name);
    } catch {}
  };
  const recall = () => {
    try {
      return localStorage.getItem("stancekit-theme");
    } catch {
      return null;
    }
  };
  const shown = () => root.dataset.theme || (system.matches ? "dark" : "light");
  const label = () => {
    const other = shown() === "dark" ? "light" : "dark";
    button.textContent = other === "dark" ? "Dark" : "Light";
    button.setAttribute("aria-label", `${button.textContent} theme`);
  };
  const known = recall();
  if (known === "dark" || known === "light") root.dataset.theme = known;
  button.hidden = false;
  button.addEventListener("click", () => {
    root.dataset.theme = shown() === "dark" ? "light" : "dark";
    remember(root.dataset.theme);
    label();
  });
  system.addEventListener("change", label);
  label();
})();
