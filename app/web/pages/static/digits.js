// The digits of a number as buttons: pointing at one, or reaching it with the keys, chooses it.

import { percent, SURE, write } from "./words.js";

export class Digits {
  #root;
  #chosen;
  #digits = []; // of a reading: [{digit, confidence, …}, …]
  #picked = null; // the place that the user chose; else the least sure digit is shown

  // Calls chosen(digit, place, name) when another digit is chosen, or the same one has changed.
  constructor(root, chosen) {
    this.#root = root;
    this.#chosen = chosen;
  }

  show(digits) {
    if (digits.length !== this.#digits.length) this.#picked = null;
    this.#digits = digits;
    const { children } = this.#root;
    while (children.length > digits.length) this.#root.lastChild.remove();
    while (children.length < digits.length) this.#root.append(this.#button(children.length));
    digits.forEach(({ digit, confidence }, i) => {
      write(children[i], String(digit));
      children[i].ariaLabel = this.#name(i);
      children[i].toggleAttribute("data-unsure", confidence < SURE);
    });
    if (digits.length > 0) this.#choose(this.#picked ?? leastSure(digits));
  }

  // Does nothing where there is no digit.
  pick(place) {
    if (!(place in this.#digits)) return;
    this.#picked = place;
    this.#choose(place);
  }

  #choose(place) {
    [...this.#root.children].forEach((button, i) => (button.ariaPressed = i === place));
    this.#chosen(this.#digits[place], place, this.#name(place));
  }

  #button(place) {
    const button = document.createElement("button");
    for (const kind of ["pointerenter", "focus", "click"]) {
      button.addEventListener(kind, () => this.pick(place));
    }
    return button;
  }

  #name(place) {
    const { digit, confidence } = this.#digits[place];
    return `Digit ${place + 1} of ${this.#digits.length}: ${digit}, ${percent(confidence)} sure`;
  }
}

function leastSure(digits) {
  const confidences = digits.map(({ confidence }) => confidence);
  return confidences.indexOf(Math.min(...confidences));
}
