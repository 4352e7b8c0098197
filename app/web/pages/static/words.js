// What is written on the page, and how.

export const SURE = 0.9; // below this, the second guess is worth a word

// Skips text that is there already: setting it would repeat the layout and screen readers' speech.
export function write(cell, text) {
  if (cell.textContent !== text) cell.textContent = text;
}

// Never 100%: no network is that sure.
export function percent(share) {
  if (share >= 0.9995) return ">99.9%";
  return share < 0.0005 ? "0%" : `${(share * 100).toFixed(1)}%`;
}

// As a screen reader should say it.
export function aloud(text) {
  return text.replace(">", "more than ").replace("%", " percent");
}
