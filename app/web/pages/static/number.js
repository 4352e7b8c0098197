// The wide paper: a number, drawn or brought, its digits above their ink, and the bars of each.

import { describeNumber, showBanner } from "./answer.js";
import { Bars } from "./bars.js";
import { LiveReader, read } from "./client.js";
import { Digits } from "./digits.js";
import { SIDE, WIDE } from "./drawing.js";
import { placeOf, toPicture } from "./paper.js";
import { NUMBERS } from "./samples.js";
import { Sheet } from "./sheet.js";
import { percent, write } from "./words.js";

const BRUSH = 14;
const LEAST_PX = 34; // a digit above the paper is as wide as this, where there is space
const LEAST_LIKELY = 0.001; // of the next guesses that are shown
const STILL_MS = 500; // screen readers hear an answer once the drawing is at rest
const EMPTY = { headline: "", sure: "", spoken: "" };
const UNREAD = { ...EMPTY, headline: "Not read yet", sure: "The answer comes with the service." };

export class NumberPaper {
  #sheet;
  #reader;
  #bars;
  #digits;
  #boxes = []; // [left, top, width, height] of each digit, in units of the paper
  #place = null; // where the picture that was asked about lies on the paper
  #speech = null;

  constructor(root) {
    fill(root);
    this.#sheet = new Sheet("number-", {
      root,
      width: WIDE,
      samples: NUMBERS,
      asked: (marks) => this.#ask(marks),
      painted: () => this.#sheet.drawing.isEmpty && this.#rest(),
    });
    this.#reader = new LiveReader({
      read,
      onAnswer: ({ reading }) => this.#show(reading),
      onTrouble: (message) => this.#trouble(message),
    });
    this.#bars = new Bars(root);
    this.#digits = new Digits(this.#find("digits"), (...chosen) => this.#choose(...chosen));
    this.#find("brush").value = BRUSH;
    write(this.#find("hint"), "Draw a number here");
    this.#find("paper").addEventListener("pointermove", (event) => this.#point(event));
  }

  #ask(marks) {
    this.#reader.ask(() => {
      this.#place = placeOf(marks, WIDE);
      return toPicture(marks, WIDE);
    });
  }

  #rest() {
    this.#reader.cancel();
    this.#tell(EMPTY);
  }

  #trouble(message) {
    if (message) this.#tell(UNREAD);
    showBanner(message);
  }

  #show(reading) {
    const isLikely = ({ confidence }) => !reading.rejected && confidence >= LEAST_LIKELY;
    this.#tell(describeNumber(reading), reading.digits, reading.alternatives.filter(isLikely));
  }

  #tell({ headline, sure, spoken }, digits = [], guesses = []) {
    this.#lay(digits);
    write(this.#find("headline"), headline);
    write(this.#find("note"), sure);
    const named = guesses.map(({ text, confidence }) => `or ${text}: ${percent(confidence)}`);
    this.#find("guesses").replaceChildren(...named.map((words) => make("li", words)));
    clearTimeout(this.#speech);
    this.#speech = setTimeout(() => write(this.#find("spoken"), spoken), STILL_MS);
  }

  // Lays boxes over the ink, and each digit above its box.
  #lay(digits) {
    this.#boxes = digits.map(({ box }) => onPaper(box, this.#place));
    this.#find("boxes").replaceChildren(...this.#boxes.map(frame));
    this.#digits.show(digits);
    if (digits.length === 0) return this.#choose();
    const least = (LEAST_PX * WIDE) / this.#find("paper").clientWidth;
    const width = Math.min(least, WIDE / digits.length);
    const middles = spread(this.#boxes, width);
    const buttons = [...this.#find("digits").children];
    return buttons.forEach(({ style }, i) => setPlace(style, { left: middles[i], width }));
  }

  #choose(digit, place, name = "") {
    const boxes = [...this.#find("boxes").children];
    boxes.forEach((box, i) => box.toggleAttribute("data-chosen", i === place));
    this.#bars.draw(digit?.probabilities, digit?.digit);
    this.#bars.write(digit?.probabilities);
    write(this.#find("digit"), name);
  }

  // A mouse over the ink of a digit chooses it, unless it draws.
  #point({ pointerType, buttons, offsetX, offsetY, target }) {
    if (pointerType !== "mouse" || buttons) return;
    const unit = target.clientHeight / SIDE;
    const [x, y] = [offsetX / unit, offsetY / unit];
    const holds = ([left, top, width, height]) => x >= left && x <= left + width && y >= top && y <= top + height;
    this.#digits.pick(this.#boxes.findIndex(holds));
  }

  #find(part) {
    return this.#sheet.find(part);
  }
}

// Fills the slots with copies of what the square paper has, by other names, so that it is sent once.
function fill(root) {
  for (const slot of root.querySelectorAll("slot")) {
    const { outerHTML } = document.querySelector(slot.name);
    const named = outerHTML.replace(/(id|describedby)="/g, '$1="number-');
    slot.outerHTML = named.replaceAll("a digit", "a number");
  }
  const boxes = make("div");
  [boxes.id, boxes.className, boxes.ariaHidden] = ["number-boxes", "boxes", true];
  document.getElementById("number-paper").append(boxes);
}

function make(kind, words = "") {
  const element = document.createElement(kind);
  element.textContent = words;
  return element;
}

function onPaper([left, top, width, height], { scale, ...corner }) {
  return [corner.left + left * scale, corner.top + top * scale, width * scale, height * scale];
}

function frame([left, top, width, height]) {
  const box = make("span");
  setPlace(box.style, { left, width });
  setPlace(box.style, { top, height }, SIDE);
  return box;
}

function setPlace(style, sides, whole = WIDE) {
  for (const [side, units] of Object.entries(sides)) style[side] = `${(100 * units) / whole}%`;
}

// The middles of boxes, moved apart to step: from left to right, then back from the right end.
function spread(boxes, step) {
  const middles = boxes.map(([left, , width]) => left + width / 2);
  middles.forEach((middle, i) => (middles[i] = Math.max(middle, i ? middles[i - 1] + step : step / 2)));
  for (let i = middles.length - 1, most = WIDE - step / 2; i >= 0; most = middles[i--] - step) {
    middles[i] = Math.min(middles[i], most);
  }
  return middles;
}
