// What the service answered, shown and spoken.

const SURE = 0.9; // below this, the second guess is worth a word
const STILL_MS = 500; // screen readers hear an answer once the hand has come to rest

const WORDS = ["Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine"];

const EMPTY = { figure: "", headline: "", note: "", spoken: "" };
const UNREAD = { ...EMPTY, headline: "Not read yet", note: "The answer comes with the service." };

export class AnswerView {
  #root;
  #rows;
  #speech = null;

  constructor(root) {
    this.#root = root;
    this.#rows = [...root.querySelectorAll(".bars li")];
  }

  show({ prediction, timing }) {
    this.#say(describe(prediction));
    this.#showBars(prediction.probabilities, prediction.digit);
    this.#showTiming(timing);
  }

  showEmpty() {
    this.#say(EMPTY);
    this.#showBars(null, null);
  }

  showUnread() {
    this.#say(UNREAD);
    this.#showBars(null, null);
  }

  #say({ spoken, ...words }) {
    for (const [id, text] of Object.entries(words)) this.#find(`#${id}`).textContent = text;
    clearTimeout(this.#speech);
    this.#speech = setTimeout(() => (this.#find("#spoken").textContent = spoken), STILL_MS);
  }

  #showBars(probabilities, digit) {
    this.#rows.forEach((row, i) => {
      const share = probabilities?.[i] ?? 0;
      row.toggleAttribute("data-chosen", i === digit);
      row.querySelector(".fill").style.transform = `translateX(${(share - 1) * 100}%)`;
      row.querySelector(".share").textContent = probabilities ? percent(share) : "";
    });
  }

  #showTiming(timing) {
    for (const cell of this.#root.querySelectorAll("[data-part]")) {
      const { part, unit = "" } = cell.dataset;
      cell.textContent = part in timing ? timing[part].toFixed(1) + unit : "–";
    }
  }

  #find(selector) {
    return this.#root.querySelector(selector);
  }
}

export function describe({ digit, confidence, probabilities, rejected }) {
  const [first, second] = ranked(probabilities);
  if (rejected === "blank") return noDigit("Nothing is written there.");
  if (rejected) return noDigit(`Not like one digit; nearest is ${first}.`);
  const spoken = `Read as ${digit}, ${Math.min(99, Math.round(confidence * 100))} percent`;
  const sure = `${percent(confidence)} sure`;
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
