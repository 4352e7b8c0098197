// What the service answered, shown and spoken.

const SURE = 0.9; // below this, the second guess is worth a word
const READ_MS = 200; // between two updates of the numbers: faster, nobody could read them
const STILL_MS = 500; // screen readers hear an answer once the drawing is at rest

const WORDS = ["Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine"];

const EMPTY = { figure: "", headline: "", note: "", spoken: "" };
const UNREAD = { ...EMPTY, headline: "Not read yet", note: "The answer comes with the service." };

export class AnswerView {
  #root;
  #rows; // of the ten bars, with what changes in them
  #parts; // cells of the timing
  #speech = null;
  #waiting = null; // an answer whose numbers come next
  #pace = null; // a timer, while those shown are new

  constructor(root) {
    this.#root = root;
    this.#rows = [...root.querySelectorAll(".bars li")].map((row) => ({
      row,
      fill: row.querySelector(".fill").style,
      share: row.querySelector(".share"),
    }));
    this.#parts = [...root.querySelectorAll("[data-part]")];
  }

  show(answer) {
    const { digit, probabilities } = answer.prediction;
    this.#showBars(probabilities, digit);
    this.#waiting = answer;
    const { headline } = describe(answer.prediction);
    if (!this.#pace || headline !== this.#find("#headline").textContent) this.#tell();
  }

  showEmpty() {
    this.#clear(EMPTY);
  }

  showUnread() {
    this.#clear(UNREAD);
  }

  #clear(words) {
    this.#say(words);
    this.#showBars(null, null);
    this.#waiting = null;
    for (const { share } of this.#rows) write(share, "");
  }

  #say({ spoken, ...words }) {
    for (const [id, text] of Object.entries(words)) write(this.#find(`#${id}`), text);
    clearTimeout(this.#speech);
    this.#speech = setTimeout(() => (this.#find("#spoken").textContent = spoken), STILL_MS);
  }

  #showBars(probabilities, digit) {
    this.#rows.forEach(({ row, fill }, i) => {
      const value = probabilities?.[i] ?? 0;
      row.toggleAttribute("data-chosen", i === digit);
      fill.transform = `translateX(${((value - 1) * 100).toFixed(1)}%)`;
    });
  }

  // At once with other words, else after those that were shown last could be read.
  #tell() {
    const answer = this.#waiting;
    clearTimeout(this.#pace);
    this.#waiting = null;
    this.#pace = answer && setTimeout(() => this.#tell(), READ_MS);
    if (!answer) return;
    const { prediction, timing } = answer;
    this.#say(describe(prediction));
    this.#rows.forEach(({ share }, i) => write(share, percent(prediction.probabilities[i])));
    this.#showTiming(timing);
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

// Skips text that is there already: setting it would repeat the layout and screen readers' speech.
export function write(cell, text) {
  if (cell.textContent !== text) cell.textContent = text;
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

export function describe({ digit, confidence, probabilities, rejected }) {
  const [first, second] = ranked(probabilities);
  if (rejected === "blank") return noDigit("Nothing is written there.");
  if (rejected) return noDigit(`Not like one digit; nearest is ${first}.`);
  const sure = `${percent(confidence)} sure`;
  const spoken = `Read as ${digit}, ${sure.replace(">", "more than ").replace("%", " percent")}`;
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

// Never 100%: no network is that sure.
export function percent(share) {
  if (share >= 0.9995) return ">99.9%";
  return share < 0.0005 ? "0%" : `${(share * 100).toFixed(1)}%`;
}
