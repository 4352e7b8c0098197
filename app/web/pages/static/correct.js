// Corrected answers: kept in this browser, downloaded as a zip of pictures and labels.

import { toCanvas } from "./paint.js";
import { save } from "./use.js";
import { write } from "./words.js";

const KEY = "digits.corrections";
const MOST = 500; // pictures: well within the 5 MB that a browser keeps

export class CorrectView {
  #root;
  #count = "";
  #now = null; // the drawing and the answer on the page

  constructor(root) {
    this.#root = root;
    for (const button of root.querySelectorAll("[data-label]")) {
      button.addEventListener("click", () => this.#keep(button.dataset.label));
    }
    root.querySelector("#correct-save").addEventListener("click", saveAll);
    root.querySelector("#correct-forget").addEventListener("click", () => this.#change(() => []));
    addEventListener("storage", () => this.#render()); // of another tab
    this.#render();
    this.#mark();
  }

  follow({ marks, isNow, answer }) {
    this.#now = { marks, isNow, read: answer.reading?.text ?? String(answer.prediction.digit ?? "none") };
    this.#say(this.#count);
    this.#mark();
  }

  rest() {
    this.#now = null;
    this.#mark();
  }

  #keep(label) {
    if (!this.#now?.isNow()) return this.#say("Draw, and wait for the answer.");
    const { marks, read } = this.#now;
    const picture = toCanvas(marks).toDataURL("image/png");
    return this.#change((kept) => [...without(kept, picture), { picture, label, read }]);
  }

  // What other tabs have kept meanwhile stays.
  #change(change) {
    try {
      localStorage.setItem(KEY, JSON.stringify(change(load()).slice(-MOST)));
      this.#render();
    } catch {
      this.#say("This browser keeps nothing more. Download what is there, then forget it.");
    }
  }

  #mark() {
    for (const button of this.#root.querySelectorAll("[data-label]")) {
      button.setAttribute("aria-disabled", !this.#now);
      button.toggleAttribute("data-chosen", this.#now?.read === button.dataset.label);
    }
  }

  #render() {
    const kept = load();
    this.#count = kept.length ? `${kept.length} kept in this browser, nothing sent` : "";
    this.#root.querySelector("#correct-kept").hidden = !this.#count;
    this.#say(this.#count);
    this.#root.querySelector("ul").replaceChildren(...kept.map((each) => this.#item(each)));
  }

  #item(each) {
    const item = document.importNode(document.getElementById("correction").content, true);
    const [picture, words, button] = ["img", "span", "button"].map((name) => item.querySelector(name));
    const [label, read] = [each.label, each.read].map((name) => (name === "none" ? "no digit" : name));
    picture.src = each.picture;
    picture.alt = `Drawing: ${label}`;
    words.textContent = `${label}, read as ${read}`;
    button.addEventListener("click", () => this.#change((kept) => without(kept, each.picture)));
    return item;
  }

  #say(text) {
    write(this.#root.querySelector("#correct-count"), text);
  }
}

async function saveAll() {
  const { zip } = await import("./zip.js"); // loaded when needed
  const rows = load().map((each, i) => [`${String(i).padStart(4, "0")}_${each.label}.png`, each]);
  const table = ["file,label,read", ...rows.map(([name, { label, read }]) => `${name},${label},${read}`)];
  const files = rows.map(([name, { picture }]) => [name, toBytes(picture)]);
  files.push(["labels.csv", new TextEncoder().encode(`${table.join("\n")}\n`)]);
  save(zip(files), "digits.zip");
}

function without(kept, picture) {
  return kept.filter((each) => each.picture !== picture);
}

function toBytes(dataUrl) {
  return Uint8Array.from(atob(dataUrl.split(",")[1]), (letter) => letter.charCodeAt(0));
}

function load() {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "[]").filter((each) => each?.picture);
  } catch {
    return []; // storage is closed to this page, or holds something else
  }
}
