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
    const steps = { ArrowLeft: -1, ArrowRight: 1, Home: -tabs.length, End: tabs.length };
    if (!(event.key in steps)) return;
    const place = tabs.indexOf(event.target) + steps[event.key];
    const isEnd = event.key === "Home" || event.key === "End";
    const next = isEnd ? Math.min(tabs.length - 1, Math.max(0, place)) : (place + tabs.length) % tabs.length;
    event.preventDefault();
    open(tabs[next].value);
    tabs[next].focus();
  };

  for (const tab of tabs) {
    tab.addEventListener("click", () => open(tab.value));
    tab.addEventListener("keydown", toNeighbour);
  }
  return open;
}
