// What the service answered, shown and spoken.

import { Bars } from "./bars.js";
import { Digits } from "./digits.js";
import { aloud, percent, SURE, write } from "./words.js";

const READ_MS = 200; // between two updates of the numbers: faster, nobody could read them
const STILL_MS = 500; // screen readers hear an answer once the drawing is at rest

const WORDS = ["Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine"];

const EMPTY = { figure: "", headline: "", note: "", spoken: "" };
const UNREAD = { ...EMPTY, headline: "Not read yet", note: "The answer comes with the service." };

export class AnswerView {
  #root;
  #bars;
  #digits; // of a number, in place of the figure
  #parts; // cells of the timing
  #speech = null;
  #waiting = null; // an answer whose numbers come next
  #pace = null; // a timer, while those shown are new

  constructor(root) {
    this.#root = root;
    this.#bars = new Bars(root);
    this.#digits = new Digits(this.#find("#figure"), (digit) => this.#showBarsOf(digit));
    this.#parts = [...root.querySelectorAll("[data-part]")];
  }

  show(answer) {
    const { digit, probabilities } = answer.prediction;
    if (!answer.reading) this.#bars.draw(probabilities, digit);
    this.#waiting = answer;
    const { headline } = words(answer);
    if (!this.#pace || headline !== this.#find("#headline").textContent) this.#tell();
  }

  showEmpty() {
    this.#clear(EMPTY);
  }

  showUnread() {
    this.#clear(UNREAD);
  }

  #clear(empty) {
    this.#say(empty);
    this.#bars.draw(null, null);
    this.#bars.write(null);
    this.#waiting = null;
  }

  #say({ spoken, figure, ...rest }, digits = null) {
    this.#showFigure(figure, digits);
    for (const [id, text] of Object.entries(rest)) write(this.#find(`#${id}`), text);
    clearTimeout(this.#speech);
    this.#speech = setTimeout(() => (this.#find("#spoken").textContent = spoken), STILL_MS);
  }

  // One sign, or the digits of a number, each of which can be chosen.
  #showFigure(figure, digits) {
    const cell = this.#find("#figure");
    cell.parentElement.toggleAttribute("data-number", digits !== null);
    cell.style.setProperty("--count", figure.length);
    if (digits) {
      cell.removeAttribute("aria-hidden");
      if (cell.childElementCount === 0) cell.textContent = "";
      this.#digits.show(digits);
    } else {
      cell.ariaHidden = true;
      write(cell, figure);
    }
  }

  #showBarsOf({ digit, probabilities }) {
    this.#bars.draw(probabilities, digit);
    this.#bars.write(probabilities);
  }

  // At once with other words, else after those that were shown last could be read.
  #tell() {
    const answer = this.#waiting;
    clearTimeout(this.#pace);
    this.#waiting = null;
    this.#pace = answer && setTimeout(() => this.#tell(), READ_MS);
    if (!answer) return;
    this.#say(words(answer), answer.reading?.digits);
    if (!answer.reading) this.#bars.write(answer.prediction.probabilities);
    this.#showTiming(answer.timing);
  }

  #showTiming(timing) {
    for (const cell of this.#parts) {
      const { part, unit = "" } = cell.dataset;
      write(cell, part in timing ? timing[part].toFixed(1) + unit : "–");
    }
  }

  #find(selector) {
    return this.#root.querySelector(selector);
  }
}

const banner = { trouble: "", notice: "" };

// Trouble with the service; "" once it is over.
export function showBanner(message) {
  fillBanner({ trouble: message });
}

// Of a file or a link: shown until the user does something else.
export function showNotice(message) {
  fillBanner({ notice: message });
}

function fillBanner(part) {
  const { notice, trouble } = Object.assign(banner, part);
  write(document.getElementById("banner"), `${notice} ${trouble}`.trim());
}

function words({ prediction, reading }) {
  if (!reading) return describe(prediction);
  const { headline, note, spoken } = describeNumber(reading);
  const { text, digits } = reading;
  if (headline !== text) return { figure: text, headline, note, spoken };
  return { figure: text, headline: `${WORDS[digits.length] ?? digits.length} digits`, note, spoken };
}

// A reading of /read in words: the note is sure, and the next guess where that is worth a word.
export function describeNumber({ text, confidence, rejected, alternatives }) {
  const [next] = alternatives;
  if (rejected) {
    const nearest = next ? `Not like a number; nearest is ${next.text}.` : "There is no digit in it.";
    const note = rejected === "blank" ? "Nothing is written there." : nearest;
    return { headline: "No number here", note, sure: note, spoken: `No number here. ${note}` };
  }
  const sure = `${percent(confidence)} sure`;
  const spoken = `Read as ${text}, ${aloud(sure)}`;
  if (confidence >= SURE || !next) return { headline: text, note: sure, sure, spoken };
  return {
    headline: `Perhaps ${text}`,
    sure,
    note: `${sure}, or else ${next.text}: ${percent(next.confidence)}`,
    spoken: `${spoken}; second guess ${next.text}`,
  };
}

export function describe({ digit, confidence, probabilities, rejected }) {
  const [first, second] = ranked(probabilities);
  if (rejected === "blank") return noDigit("Nothing is written there.");
  if (rejected) return noDigit(`Not like one digit; nearest is ${first}.`);
  const sure = `${percent(confidence)} sure`;
  const spoken = `Read as ${digit}, ${aloud(sure)}`;
  const figure = String(digit);
  if (confidence >= SURE) return { figure, headline: WORDS[digit], note: sure, spoken };
  return {
    figure,
    headline: `Perhaps ${WORDS[digit].toLowerCase()}`,
    note: `${sure}, or else ${second}: ${percent(probabilities[second])}`,
    spoken: `${spoken}; second guess ${second}`,
  };
}

function noDigit(reason) {
  return { figure: "?", headline: "No digit here", note: reason, spoken: `No digit here. ${reason}` };
}

function ranked(probabilities) {
  return [...probabilities.keys()].sort((a, b) => probabilities[b] - probabilities[a]);
}
