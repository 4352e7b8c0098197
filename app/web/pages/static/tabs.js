// Tabs as screen readers know them: arrow keys move along, and one panel is open at a time.

// Calls opened(name) when a tab is chosen, by hand or by the open(name) that it returns.
export function makeTabs(list, opened) {
  const tabs = [...list.querySelectorAll("[role=tab]")];

  const open = (name) => {
    if (!tabs.some((tab) => tab.value === name)) return;
    for (const tab of tabs) {
      const isOpen = tab.value === name;
      tab.setAttribute("aria-selected", String(isOpen));
      tab.tabIndex = isOpen ? 0 : -1;
      document.getElementById(tab.getAttribute("aria-controls")).hidden = !isOpen;
    }
    opened(name);
  };

  const toNeighbour = (event) => {
    const place = tabs.indexOf(event.target);
    const places = { ArrowLeft: place - 1, ArrowRight: place + 1, Home: 0, End: -1 };
    if (!(event.key in places)) return;
    const next = tabs.at(places[event.key] % tabs.length); // -1 is the last
    event.preventDefault();
    open(next.value);
    next.focus();
  };

  for (const tab of tabs) {
    tab.addEventListener("click", () => open(tab.value));
    tab.addEventListener("keydown", toNeighbour);
  }
  return open;
}
