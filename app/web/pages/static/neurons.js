// Inside the perceptron: each hidden neuron's weights, activation and contribution.

import { LiveReader, predict } from "./client.js";
import { paintPixels, signed, withSign } from "./grid.js";
import { percent } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";
const ROW = 40; // units of the drawing of the edges, a neuron
const WIDE = 100;

export class NeuronsView {
  #root;
  #model;
  #reader;
  #rows = [];

  constructor(root, model) {
    this.#root = root;
    this.#model = model;
    this.#reader = new LiveReader({
      read: async (picture, signal) => {
        if (this.#rows.length === 0) await this.#load();
        return predict(picture, signal, `?model=${model}&explain=neurons`);
      },
      onAnswer: (answer) => this.#show(answer.prediction),
    });
  }

  follow({ makePicture }) {
    this.#reader.ask(makePicture);
  }

  rest() {
    this.#reader.cancel();
    this.#root.querySelector("#neurons-sum").textContent = "";
    for (const row of this.#rows) row.show(0, 0, 0, 1);
  }

  async #load() {
    const response = await fetch(`models/${this.#model}/neurons`);
    if (!response.ok) throw new Error(response.statusText);
    const { neurons, layers } = await response.json();
    if (this.#rows.length > 0) return; // an earlier call was faster
    this.#root.querySelector("#neurons-name").textContent = layers.join("-");
    const edges = new Edges(this.#root.querySelector("#neurons-edges"), neurons);
    const list = this.#root.querySelector("#neurons-list");
    this.#rows = neurons.map((neuron, i) => new NeuronRow(list, neuron, i, edges));
  }

  #show({ probabilities, explanation }) {
    const { activations, contributions, biases, logits } = explanation.neurons;
    const digit = probabilities.indexOf(Math.max(...probabilities));
    const added = contributions.map((each) => each[digit]);
    const strongest = Math.max(...added.map(Math.abs), 1e-6);
    const most = Math.max(1, ...activations.map(Math.abs)); // a ReLU has no upper limit
    this.#rows.forEach((row, i) => row.show(activations[i], added[i] / strongest, added[i], most, digit));
    const sum = added.reduce((a, b) => a + b, 0);
    const share = Math.exp(logits[digit]) / logits.reduce((all, z) => all + Math.exp(z), 0);
    this.#root.querySelector("#neurons-sum").textContent =
      `For ${digit}: neurons ${withSign(sum)}, bias ${withSign(biases[digit])}, together ` +
      `${withSign(logits[digit])}. Weighed against the other nine sums (softmax): ${percent(share)}.`;
  }
}

class NeuronRow {
  #cells;
  #edges;
  #place;

  constructor(list, { weights }, place, edges) {
    const row = document.importNode(document.getElementById("neuron").content, true);
    this.#cells = Object.fromEntries(
      [...row.querySelectorAll("[data-cell]")].map((cell) => [cell.dataset.cell, cell]),
    );
    this.#edges = edges;
    this.#place = place;
    this.#cells.name.textContent = place + 1;
    if (weights) paintWeights(this.#cells.picture, weights);
    list.append(row);
  }

  show(activation, share, added, most, digit = null) {
    const { level, activity, plus, minus, sum } = this.#cells;
    const active = Math.abs(activation) / most;
    level.style.transform = `scaleX(${active})`;
    activity.textContent = activation.toFixed(2);
    plus.style.transform = `scaleX(${Math.max(0, share)})`;
    minus.style.transform = `scaleX(${Math.max(0, -share)})`;
    sum.textContent = withSign(added);
    this.#edges.show(this.#place, active, digit);
  }
}

// A line from every neuron to every digit: as wide as its weight, as dark as its neuron is
// active, broken where the weight is negative.
class Edges {
  #lines = [];
  #names = [];

  constructor(svg, neurons) {
    const height = neurons.length * ROW;
    const most = Math.max(...neurons.flatMap(({ to }) => to.map(Math.abs)), 1e-6);
    const yOf = (digit) => ((digit + 0.5) * height) / 10;
    svg.setAttribute("viewBox", `0 0 ${WIDE} ${height}`);
    this.#lines = neurons.map(({ to }, i) =>
      to.map((weight, digit) =>
        add(svg, "path", {
          d: `M0 ${(i + 0.5) * ROW}C${WIDE / 2} ${(i + 0.5) * ROW} ${WIDE / 2} ${yOf(digit)} ${WIDE} ${yOf(digit)}`,
          "stroke-width": (4 * Math.abs(weight)) / most,
          class: weight < 0 ? "minus" : "plus",
        }),
      ),
    );
    this.#names = [...svg.nextElementSibling.children];
  }

  show(neuron, active, chosen) {
    this.#lines[neuron].forEach((line, digit) => {
      const isChosen = digit === chosen;
      line.style.opacity = active * (isChosen ? 1 : 0.12) + 0.03;
    });
    this.#names.forEach((name, digit) => name.toggleAttribute("data-chosen", digit === chosen));
  }
}

function add(svg, kind, attributes) {
  const shape = document.createElementNS(SVG, kind);
  for (const [name, value] of Object.entries(attributes)) shape.setAttribute(name, value);
  return svg.appendChild(shape);
}

function paintWeights(canvas, base64) {
  const bytes = Int8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  paintPixels(canvas, [...bytes], (weight) => signed(Math.sign(weight) * Math.abs(weight / 127) ** 0.7));
}
