// Wrong answers put right: kept in this browser, and taken away as a zip of pictures and labels.

import { toCanvas } from "./paint.js";
import { save } from "./use.js";

const KEY = "digits.corrections";
const MOST = 500; // pictures: well within the 5 MB that a browser keeps

export class CorrectView {
  #root;
  #list;
  #kept = load();
  #now = null; // the drawing and the answer on the page

  constructor(root) {
    this.#root = root;
    this.#list = root.querySelector("#correct-list");
    for (const button of root.querySelectorAll("[data-label]")) {
      button.addEventListener("click", () => this.#keep(button.dataset.label));
    }
    root.querySelector("#correct-save").addEventListener("click", () => this.#save());
    root.querySelector("#correct-forget").addEventListener("click", () => this.#change([]));
    this.#render();
    this.#mark();
  }

  follow({ marks, answer }) {
    this.#now = { marks, read: String(answer.prediction.digit ?? "none") };
    this.#mark();
  }

  rest() {
    this.#now = null;
    this.#mark();
  }

  #keep(label) {
    if (!this.#now) return;
    const picture = toCanvas(this.#now.marks).toDataURL("image/png");
    const kept = { picture, label, read: this.#now.read };
    this.#change([...this.#kept.filter((each) => each.picture !== picture), kept]);
  }

  #change(kept) {
    try {
      localStorage.setItem(KEY, JSON.stringify(kept.slice(-MOST)));
    } catch {
      this.#say("This browser keeps nothing more. Download what is there, then forget it.");
      return;
    }
    this.#kept = kept.slice(-MOST);
    this.#render();
  }

  async #save() {
    const { zip } = await import("./zip.js"); // by those few alone who take something away
    const rows = this.#kept.map((each, i) => [`${String(i).padStart(4, "0")}_${each.label}.png`, each]);
    const table = ["file,label,read", ...rows.map(([name, { label, read }]) => `${name},${label},${read}`)];
    const files = rows.map(([name, { picture }]) => [name, toBytes(picture)]);
    files.push(["labels.csv", new TextEncoder().encode(`${table.join("\n")}\n`)]);
    save(zip(files), "digits.zip");
  }

  #mark() {
    for (const button of this.#root.querySelectorAll("[data-label]")) {
      button.setAttribute("aria-disabled", !this.#now);
      button.toggleAttribute("data-chosen", this.#now?.read === button.dataset.label);
    }
  }

  #render() {
    const count = this.#kept.length;
    this.#root.querySelector("#correct-kept").hidden = count === 0;
    this.#say(count === 0 ? "" : `${count} kept in this browser, nothing sent`);
    this.#list.replaceChildren(...this.#kept.map((each) => this.#item(each)));
  }

  #item(each) {
    const item = document.importNode(document.getElementById("correction").content, true);
    const [picture, words, button] = ["img", "span", "button"].map((name) => item.querySelector(name));
    const wrong = each.read === "none" ? "nothing" : each.read;
    picture.src = each.picture;
    picture.alt = each.label === "none" ? "Drawing that is no digit" : `Drawing of a ${each.label}`;
    words.textContent = `${each.label === "none" ? "No digit" : each.label}, read as ${wrong}`;
    button.addEventListener("click", () => this.#change(this.#kept.filter((other) => other !== each)));
    return item;
  }

  #say(text) {
    this.#root.querySelector("#correct-count").textContent = text;
  }
}

function toBytes(dataUrl) {
  return Uint8Array.from(atob(dataUrl.split(",")[1]), (letter) => letter.charCodeAt(0));
}

function load() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(kept) ? kept : [];
  } catch {
    return []; // storage is closed to this page, or holds something else
  }
}
