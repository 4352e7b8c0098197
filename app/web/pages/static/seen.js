// What the network sees, beside what most demos would send it.

import { LiveReader, predict } from "./client.js";
import { paintGrey } from "./grid.js";
import { percent, write } from "./words.js";

const STILL_MS = 300; // the sentence waits for rest
const QUERY = "?include=input&explain=squeezed";

export class SeenView {
  #root;
  #reader;
  #still = null;

  constructor(root) {
    this.#root = root;
    this.#reader = new LiveReader({
      read: (picture, signal) => predict(picture, signal, QUERY),
      onAnswer: (answer) => this.#show(answer.prediction),
    });
  }

  follow({ makePicture }) {
    this.#reader.ask(makePicture);
  }

  rest() {
    this.#reader.cancel();
    this.#fill("ours", [], "–");
    this.#fill("plain", [], "–");
    this.#showFrame(null);
    this.#say("", 0);
  }

  #show(prediction) {
    const { input, placement, explanation } = prediction;
    this.#fill("ours", input, brief(prediction));
    this.#fill("plain", explanation.squeezed.input, brief(explanation.squeezed));
    this.#showFrame(placement);
    this.#say(where(placement), STILL_MS);
  }

  #fill(which, input, words) {
    paintGrey(this.#find(`#seen-${which}`), input);
    write(this.#find(`#seen-${which}-answer`), words);
  }

  #say(words, afterMs) {
    clearTimeout(this.#still);
    this.#still = setTimeout(() => write(this.#find("#seen-where"), words), afterMs);
  }

  #showFrame(placement) {
    this.#find("#seen-frame").toggleAttribute("hidden", !placement);
    if (!placement) return;
    const [left, top, width, height] = placement.box;
    const [x, y] = placement.centre;
    const box = `M${left} ${top}h${width}v${height}h${-width}z`;
    this.#find("path").setAttribute("d", `${box}M${x - 1.5} ${y}h3M${x} ${y - 1.5}v3`);
  }

  #find(selector) {
    return this.#root.querySelector(selector);
  }
}

function where(placement) {
  if (!placement) return "No ink was found.";
  const [, , width, height] = placement.box;
  const centre = placement.centre.map((side) => side.toFixed(1)).join(", ");
  return `The ink touches ${width} by ${height} pixels, with its centre of mass at ${centre}.`;
}

// "7, 99.2%" or "no digit".
export function brief(prediction) {
  if (prediction.digit === null) return "no digit";
  return `${prediction.digit}, ${percent(Math.max(...prediction.probabilities))}`;
}
