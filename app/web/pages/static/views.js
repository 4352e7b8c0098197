// What is below the answer: one view at a time, and only the open one asks the service.

import { LiveReader } from "./client.js";
import { CorrectView } from "./correct.js";
import { ModelsView } from "./models.js";
import { SeenView } from "./seen.js";
import { makeTabs } from "./tabs.js";
import { UseView } from "./use.js";
import { WhyView } from "./why.js";

const PACE_MS = 240; // between two answers that a view follows: drawing comes first

// The largest views, which few open, are loaded then: load() gives the class.
const later = (load) =>
  class {
    #view = null;
    #present = null;
    #loader;

    constructor(...args) {
      this.#loader = new LiveReader({
        read: load,
        onAnswer: (View) => {
          this.#view = new View(...args);
          this.#view.follow(this.#present);
        },
      });
    }

    follow(present) {
      this.#present = present;
      if (this.#view) this.#view.follow(present);
      else this.#loader.ask(() => null);
    }

    rest() {
      this.#loader.cancel();
      this.#view?.rest();
    }
  };

const KINDS = {
  seen: SeenView,
  why: WhyView,
  neurons: later(async () => (await import("./neurons.js")).NeuronsView),
  models: ModelsView,
  torture: later(async () => (await import("./torture.js")).TortureView),
  correct: CorrectView,
  use: UseView,
};

const OF_NUMBERS = ["correct", "use"]; // the others explain the network for one digit

export class Views {
  chosen = ""; // the name in the address, once the user chose a view
  open; // (name) opens a view
  #views = {};
  #openName = "seen";
  #present = null; // what the open view follows
  #timer = null;
  #note = document.getElementById("of-number"); // in the open view, in place of the rest

  constructor(root, opened) {
    for (const panel of root.querySelectorAll("[role=tabpanel]")) {
      const name = panel.id.replace("view-", "");
      this.#views[name] = new KINDS[name](panel, panel.dataset.of);
    }
    this.open = makeTabs(root.querySelector("[role=tablist]"), (name) => {
      this.#views[this.#openName].rest();
      this.#openName = this.chosen = name;
      root.querySelector(`#view-${name}`).prepend(this.#note);
      this.#update();
      opened();
    });
  }

  follow(present) {
    this.#present = present;
    this.#timer ??= setTimeout(() => this.#update(), PACE_MS);
  }

  rest() {
    this.#present = null;
    this.#update();
  }

  #update() {
    clearTimeout(this.#timer);
    this.#timer = null;
    const view = this.#views[this.#openName];
    const isForeign = this.#present?.answer.reading && !OF_NUMBERS.includes(this.#openName);
    this.#note.hidden = !isForeign;
    if (this.#present && !isForeign) view.follow(this.#present);
    else view.rest();
  }
}
