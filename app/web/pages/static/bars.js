// The ten bars: a probability for each digit.

import { percent, write } from "./words.js";

export class Bars {
  #rows;

  constructor(root) {
    this.#rows = [...root.querySelectorAll(".bars li")].map((row) => ({
      row,
      fill: row.querySelector(".fill").style,
      share: row.querySelector(".share"),
    }));
  }

  // The bars alone, which move with every answer.
  draw(probabilities, digit) {
    this.#rows.forEach(({ row, fill }, i) => {
      const value = probabilities?.[i] ?? 0;
      row.toggleAttribute("data-chosen", i === digit);
      fill.transform = `translateX(${((value - 1) * 100).toFixed(1)}%)`;
    });
  }

  // The numbers beside them.
  write(probabilities) {
    this.#rows.forEach(({ share }, i) => write(share, probabilities ? percent(probabilities[i]) : ""));
  }
}
