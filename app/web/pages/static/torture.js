// Robustness: sliders corrupt the drawing; shows the answer, and where the decision changes.

import { showBanner } from "./answer.js";
import { LiveReader, predictMany, toPng } from "./client.js";
import { corrupt } from "./corrupt.js";
import { SIDE } from "./drawing.js";
import { toCanvas } from "./paint.js";
import { brief } from "./seen.js";

const STEPS = 13; // of a sweep along a slider
const SWEEP_SIDE = 140; // pixels: enough to be read, and sent in half the time
const REST_MS = 300; // no sweep while a slider moves

export class TortureView {
  #canvas;
  #answer;
  #sliders;
  #reader;
  #sweeper;
  #resting = null;
  #marks = [];

  constructor(root) {
    this.#canvas = root.querySelector("canvas");
    this.#answer = root.querySelector("#torture-answer");
    this.#sliders = [...root.querySelectorAll("[data-torture]")].map((each) => new Slider(each));
    this.#reader = new LiveReader({
      onAnswer: ({ prediction }) => (this.#answer.textContent = `Answer: ${brief(prediction)}`),
      onTrouble: (message) => {
        showBanner(message);
        if (message) this.#answer.textContent = "Not read yet";
      },
    });
    this.#sweeper = new LiveReader({
      read: async (sliders, signal) => [sliders, await predictMany(await this.#along(sliders[0]), signal)],
      onAnswer: ([[slider, ...rest], predictions]) => {
        slider.show(predictions);
        if (rest.length > 0) this.#sweeper.ask(() => rest);
      },
    });
    root.addEventListener("input", () => this.#changed());
    root.querySelector("#torture-reset").addEventListener("click", () => {
      for (const slider of this.#sliders) slider.reset();
      this.#changed();
    });
  }

  follow({ marks }) {
    this.#marks = marks;
    this.#changed();
  }

  rest() {
    this.#marks = [];
    this.#stop();
    this.#canvas.getContext("2d").clearRect(0, 0, SIDE, SIDE);
    this.#answer.textContent = "";
    for (const slider of this.#sliders) slider.forget();
  }

  #changed() {
    if (this.#marks.length === 0) return;
    this.#stop();
    const corrupted = corrupt(toCanvas(this.#marks), this.#values());
    this.#canvas.getContext("2d").drawImage(corrupted, 0, 0);
    this.#reader.ask(() => toPng(corrupted));
    this.#resting = setTimeout(() => this.#sweeper.ask(() => this.#sliders), REST_MS);
  }

  #stop() {
    this.#reader.cancel();
    this.#sweeper.cancel();
    clearTimeout(this.#resting);
  }

  // The pictures of a sweep along one slider, where the others stay as they are.
  #along({ name, steps }) {
    const small = toCanvas(this.#marks, SWEEP_SIDE);
    return Promise.all(steps.map((value) => toPng(corrupt(small, { ...this.#values(), [name]: value }))));
  }

  #values() {
    return Object.fromEntries(this.#sliders.map(({ name, value }) => [name, value]));
  }
}

class Slider {
  #input;
  #output;
  #cells;
  #words;

  constructor(root) {
    this.name = root.dataset.torture;
    this.#input = root.querySelector("input");
    this.#output = root.querySelector("output");
    this.#words = root.querySelector(".range");
    const strip = root.querySelector(".strip");
    this.#cells = this.steps.map(() => strip.appendChild(document.createElement("span")));
    this.#input.addEventListener("input", () => this.#tell());
    this.#tell(); // it may have been moved before this was loaded
  }

  get value() {
    return this.#input.valueAsNumber;
  }

  get steps() {
    const [low, high] = [Number(this.#input.min), Number(this.#input.max)];
    return Array.from({ length: STEPS }, (_, i) => low + ((high - low) * i) / (STEPS - 1));
  }

  reset() {
    this.#input.value = this.#input.defaultValue;
    this.#tell();
  }

  forget() {
    for (const cell of this.#cells) cell.textContent = "";
    this.#words.textContent = "";
  }

  // The answer as it is at rest, and on how much of the slider it stays.
  show(predictions) {
    const answers = predictions.map(({ digit }) => digit ?? "?");
    const rest = Number(this.#input.defaultValue);
    const steps = this.steps;
    const middle = steps.reduce((best, step, i) => (Math.abs(step - rest) < Math.abs(steps[best] - rest) ? i : best), 0);
    let [first, last] = [middle, middle];
    while (first > 0 && answers[first - 1] === answers[middle]) first--;
    while (last < STEPS - 1 && answers[last + 1] === answers[middle]) last++;
    this.#cells.forEach((cell, i) => {
      cell.textContent = answers[i];
      cell.toggleAttribute("data-other", answers[i] !== answers[middle]);
    });
    this.#words.textContent = tell(answers[middle], this.#format(steps[first]), this.#format(steps[last]), first === 0, last === STEPS - 1);
  }

  #tell() {
    this.#output.textContent = this.#format(this.value);
  }

  #format(value) {
    return `${String(Math.round(value)).replace("-", "−")}${this.#input.dataset.unit}`;
  }
}

function tell(answer, from, to, fromEnd, toEnd) {
  const what = answer === "?" ? "No digit" : `A ${answer}`;
  if (fromEnd && toEnd) return `${what} over the whole range`;
  if (fromEnd) return `${what} up to ${to}`;
  return toEnd ? `${what} from ${from}` : `${what} from ${from} to ${to}`;
}
