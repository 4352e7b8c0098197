// A paper with its tools: pen, keys, pictures and samples change its drawing.

import { showNotice } from "./answer.js";
import { Drawing, SIDE } from "./drawing.js";
import { Paper } from "./paper.js";
import { listenToKeyPen, listenToPen } from "./pen.js";
import { listenForFiles, offerPictures } from "./pictures.js";
import { offerSamples } from "./samples.js";
import { write } from "./words.js";

const sheets = [];
let used = null; // last: what keys and pasted pictures go to

export class Sheet {
  drawing = new Drawing();
  open; // (file) puts a picture on the paper
  #prefix; // of the identifiers of its elements
  #paper;
  #options;
  #frame = null;

  // Within root its keys work. Before each change it calls begin(), after it asked(marks) at once
  // unless the paper is empty, and painted() with the next frame.
  constructor(prefix, { root, width = SIDE, samples, begin = () => {}, asked, painted }) {
    this.root = root;
    this.#prefix = prefix;
    this.#paper = new Paper(this.find("canvas"), width);
    this.#options = { begin, asked, painted };
    this.#listenToTools();
    this.#listenToHand();
    this.open = this.#offerPictures();
    offerSamples(this.find("samples"), samples, width, (marks) => this.replace(...marks));
    sheets.push(this);
    used ??= this;
  }

  find(name) {
    return document.getElementById(this.#prefix + name);
  }

  change(act) {
    showNotice("");
    this.#options.begin();
    act(this.drawing);
    this.changed();
  }

  replace(...marks) {
    this.change((it) => it.replace(...marks));
  }

  // action is "undo", "redo", "clear" or "erase".
  act(action) {
    if (action !== "erase") return this.change((it) => it[action]());
    this.find("erase").ariaPressed = !this.#isErasing;
    return this.find("paper").toggleAttribute("data-erasing", this.#isErasing);
  }

  // Asks at once, as a frame may be 16 ms away, and paints once a frame.
  changed() {
    if (!this.drawing.isEmpty) this.#options.asked(this.drawing.marks);
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = null;
      this.#render();
    });
  }

  #render() {
    const { marks, isEmpty, canUndo, canRedo } = this.drawing;
    this.#paper.show(marks);
    this.find("hint").hidden = !isEmpty && !this.find("paper").hasAttribute("data-sample");
    const off = { undo: !canUndo, redo: !canRedo, clear: isEmpty };
    for (const [name, isOff] of Object.entries(off)) {
      const button = this.find(name);
      if (button.ariaDisabled !== String(isOff)) button.ariaDisabled = isOff;
    }
    this.#options.painted();
  }

  get #isErasing() {
    return this.find("erase").ariaPressed === "true";
  }

  #brush() {
    const width = this.find("brush").valueAsNumber;
    return this.#isErasing ? { width: 1.6 * width, erases: true } : { width };
  }

  #listenToTools() {
    for (const name of ["undo", "redo", "clear", "erase"]) {
      this.find(name).addEventListener("click", () => this.act(name));
    }
    this.find("canvas").addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key.toLowerCase() === "e") this.act("erase");
      if (event.key === "[") this.find("brush").stepDown();
      if (event.key === "]") this.find("brush").stepUp();
    });
  }

  #listenToHand() {
    const hand = {
      brush: () => this.#brush(),
      begin: (stroke) => this.change((it) => it.add(stroke)),
      holds: (stroke) => this.drawing.marks.includes(stroke),
      extend: () => this.changed(),
    };
    const say = (words) => write(this.find("pen"), words);
    listenToPen(this.find("canvas"), hand);
    listenToKeyPen(this.find("canvas"), { ...hand, nib: this.find("nib"), say });
  }

  #offerPictures() {
    return offerPictures({
      inputs: [
        [this.find("open"), this.find("file")],
        [this.find("photograph"), this.find("camera")],
      ],
      most: this.find("file").dataset,
      take: (picture) => this.replace(picture),
      fail: showNotice,
    });
  }
}

// The innermost whose root holds the element, else the one used last.
const at = (element) => sheets.findLast(({ root }) => root.contains(element)) ?? used;

for (const kind of ["pointerdown", "focusin"]) {
  document.addEventListener(kind, ({ target }) => (used = at(target)));
}

document.addEventListener("keydown", (event) => {
  const action = toAction(event);
  if (!action) return;
  event.preventDefault();
  used.act(action);
});

listenForFiles((element) => {
  const sheet = at(element);
  return { paper: sheet.find("paper"), open: sheet.open };
});

function toAction({ key, ctrlKey, metaKey, shiftKey }) {
  if (key === "Delete") return "clear";
  if (!ctrlKey && !metaKey) return null;
  if (key.toLowerCase() === "z") return shiftKey ? "redo" : "undo";
  return key.toLowerCase() === "y" ? "redo" : null;
}
