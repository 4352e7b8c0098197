// The digits of a number as buttons: pointing at one, or reaching it with the keys, chooses it.

import { percent, SURE, write } from "./words.js";

export class Digits {
  #root;
  #chosen;
  #digits = [];
  #picked = null; // the place that the user chose; else the least sure digit is shown

  // Calls chosen(digit, place) whenever another digit is chosen, or the same one has changed.
  constructor(root, chosen) {
    this.#root = root;
    this.#chosen = chosen;
  }

  // digits are those of a reading: [{digit, confidence, probabilities, box}, …]
  show(digits) {
    if (digits.length !== this.#digits.length) this.#picked = null;
    this.#digits = digits;
    const { children } = this.#root;
    while (children.length > digits.length) this.#root.lastElementChild.remove();
    while (children.length < digits.length) this.#root.append(this.#button(children.length));
    digits.forEach(({ digit, confidence }, i) => {
      write(children[i], String(digit));
      children[i].ariaLabel = `${name(i, digits)}, ${percent(confidence)} sure`;
      children[i].toggleAttribute("data-unsure", confidence < SURE);
    });
    if (digits.length > 0) this.#choose(this.#picked ?? leastSure(digits));
  }

  pick(place) {
    if (!(place in this.#digits)) return;
    this.#picked = place;
    this.#choose(place);
  }

  #choose(place) {
    [...this.#root.children].forEach((button, i) => (button.ariaPressed = i === place));
    this.#chosen(this.#digits[place], place);
  }

  #button(place) {
    const button = document.createElement("button");
    for (const kind of ["pointerenter", "focus", "click"]) {
      button.addEventListener(kind, () => this.pick(place));
    }
    return button;
  }
}

// "Digit 2 of 4: 7"
export function name(place, digits) {
  return `Digit ${place + 1} of ${digits.length}: ${digits[place].digit}`;
}

function leastSure(digits) {
  return digits.reduce((least, { confidence }, i) => (confidence < digits[least].confidence ? i : least), 0);
}
