// The wide paper: a number, drawn or brought, its digits above their ink, and the bars of each.

import { describeNumber, showBanner } from "./answer.js";
import { Bars } from "./bars.js";
import { LiveReader, read } from "./client.js";
import { Digits, name } from "./digits.js";
import { SIDE, WIDE } from "./drawing.js";
import { placeOf, toPicture } from "./paper.js";
import { NUMBERS } from "./samples.js";
import { Sheet } from "./sheet.js";
import { percent, write } from "./words.js";

const LEAST_PX = 34; // between two digits above the paper: a finger's, where there is space
const LEAST_LIKELY = 0.001; // of the next guesses that are shown
const STILL_MS = 500; // screen readers hear an answer once the drawing is at rest
const EMPTY = { headline: "", sure: "", spoken: "" };
const UNREAD = { ...EMPTY, headline: "Not read yet", sure: "The answer comes with the service." };

export class NumberPaper {
  #sheet;
  #reader;
  #bars;
  #digits;
  #shown = []; // digits, with their boxes in units of the paper
  #place = null; // where the picture that was asked about lies on the paper
  #speech = null;

  constructor(root) {
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
    this.#digits = new Digits(this.#find("digits"), (digit, place) => this.#choose(digit, place));
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
    this.#clear(EMPTY);
  }

  #trouble(message) {
    if (message) this.#clear(UNREAD);
    showBanner(message);
  }

  #clear(words) {
    this.#lay([]);
    this.#guess([]);
    this.#say(words);
  }

  #show(reading) {
    this.#lay(reading.digits);
    this.#guess(reading.rejected ? [] : reading.alternatives);
    this.#say(describeNumber(reading));
  }

  // Lays the boxes over the ink, and each digit above its box.
  #lay(digits) {
    this.#shown = digits.map((each) => ({ ...each, box: onPaper(each.box, this.#place) }));
    const boxes = this.#find("boxes");
    boxes.replaceChildren(...this.#shown.map(({ box }) => frame(box)));
    this.#digits.show(this.#shown);
    const step = Math.min((LEAST_PX * WIDE) / this.#find("paper").clientWidth, WIDE / (digits.length || 1));
    const middles = spread(this.#shown.map(({ box }) => box[0] + box[2] / 2), step);
    [...this.#find("digits").children].forEach(({ style }, i) => {
      style.left = share(middles[i], WIDE);
      style.width = share(step, WIDE);
    });
    if (digits.length === 0) this.#choose(null);
  }

  #choose(digit, place) {
    [...this.#find("boxes").children].forEach((box, i) => box.toggleAttribute("data-chosen", i === place));
    this.#bars.draw(digit?.probabilities, digit?.digit);
    this.#bars.write(digit?.probabilities);
    const words = digit ? `${name(place, this.#shown)}, ${percent(digit.confidence)} sure` : "";
    write(this.#find("digit"), words);
  }

  // A mouse over the ink of a digit chooses it, unless it draws.
  #point({ pointerType, buttons, offsetX, offsetY, target }) {
    if (pointerType !== "mouse" || buttons) return;
    const unit = target.clientHeight / SIDE;
    const [x, y] = [offsetX / unit, offsetY / unit];
    this.#digits.pick(this.#shown.findIndex(({ box }) => holds(box, x, y)));
  }

  #guess(alternatives) {
    const likely = alternatives.filter(({ confidence }) => confidence >= LEAST_LIKELY);
    const items = likely.map(({ text, confidence }) => {
      const item = document.createElement("li");
      item.textContent = `or ${text}: ${percent(confidence)}`;
      return item;
    });
    this.#find("guesses").replaceChildren(...items);
  }

  #say({ headline, sure, spoken }) {
    write(this.#find("headline"), headline);
    write(this.#find("note"), sure);
    clearTimeout(this.#speech);
    this.#speech = setTimeout(() => write(this.#find("spoken"), spoken), STILL_MS);
  }

  #find(part) {
    return this.#sheet.find(part);
  }
}

function onPaper([left, top, width, height], place) {
  const { scale } = place;
  return [place.left + left * scale, place.top + top * scale, width * scale, height * scale];
}

function frame([left, top, width, height]) {
  const box = document.createElement("span");
  const sides = { left: share(left, WIDE), width: share(width, WIDE), top: share(top, SIDE), height: share(height, SIDE) };
  Object.assign(box.style, sides);
  return box;
}

const share = (units, whole) => `${(100 * units) / whole}%`;

function holds([left, top, width, height], x, y) {
  return x >= left && x <= left + width && y >= top && y <= top + height;
}

// Moves what would lie over each other apart, from left to right, then back from the right end.
function spread(middles, step) {
  const moved = [...middles];
  for (let i = 0; i < moved.length; i++) moved[i] = Math.max(moved[i], i ? moved[i - 1] + step : step / 2);
  for (let i = moved.length - 1, end = WIDE + step / 2; i >= 0; end = moved[i--]) {
    moved[i] = Math.min(moved[i], end - step);
  }
  return moved;
}
