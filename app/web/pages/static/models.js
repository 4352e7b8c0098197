// All models that the service has, on the same drawing.

import { LiveReader, predict } from "./client.js";
import { brief } from "./seen.js";
import { percent } from "./words.js";

export class ModelsView {
  #root;
  #reader;

  constructor(root) {
    this.#root = root;
    const rows = [...root.querySelectorAll("[data-model]")];
    this.#reader = new LiveReader({
      read: (picture, signal) =>
        Promise.all(rows.map((row) => predict(picture, signal, `?model=${row.dataset.model}`))),
      onAnswer: (answers) => answers.forEach((answer, i) => show(rows[i], answer)),
    });
  }

  follow({ makePicture }) {
    this.#reader.ask(makePicture);
  }

  rest() {
    this.#reader.cancel();
    for (const cell of this.#root.querySelectorAll("[data-cell]")) cell.textContent = "";
    for (const column of this.#root.querySelectorAll(".columns span")) column.style.removeProperty("--share");
  }
}

function show(row, { prediction, timing }) {
  const { digit, probabilities } = prediction;
  const find = (name) => row.querySelector(`[data-cell=${name}]`);
  find("figure").textContent = digit ?? "?";
  find("answer").textContent = brief(prediction);
  find("time").textContent = `${(timing.infer ?? timing.total).toFixed(2)} ms`;
  row.querySelectorAll(".columns span").forEach((column, i) => {
    column.style.setProperty("--share", probabilities[i]);
    column.title = `${i}: ${percent(probabilities[i])}`;
  });
}
