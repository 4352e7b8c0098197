// Which ink the answer rests on: the service erases every place of the drawing in turn.

import { LiveReader, predict } from "./client.js";
import { SIDE } from "./drawing.js";
import { GRID, paintPixels, signed } from "./grid.js";
import { paint } from "./paint.js";

const QUERY = "?include=input&explain=occlusion";
const PLACES = [
  ["at the top left", "at the top", "at the top right"],
  ["on the left", "in the middle", "on the right"],
  ["at the bottom left", "at the bottom", "at the bottom right"],
];

export class WhyView {
  #root;
  #reader;
  #asked = []; // the marks that the next answer is about

  constructor(root) {
    this.#root = root;
    this.#reader = new LiveReader({
      read: async ({ picture, marks }, signal) => ({
        marks,
        ...(await predict(picture, signal, QUERY)),
      }),
      onAnswer: (answer) => this.#show(answer),
    });
  }

  follow({ makePicture, marks }) {
    this.#reader.ask(async () => ({ picture: await makePicture(), marks: [...marks] }));
  }

  rest() {
    this.#reader.cancel();
    this.#clear();
    this.#say("");
  }

  #show({ marks, prediction: { placement, explanation } }) {
    const { occlusion } = explanation;
    const context = this.#clear();
    if (!occlusion || !placement) return this.#say("Nothing is written there.");
    const strongest = Math.max(...occlusion.drop.flat().map(Math.abs), 1e-6);
    const heat = new OffscreenCanvas(GRID, GRID);
    paintPixels(heat, occlusion.drop.flat(), (drop) => signed(drop / strongest));
    if (marks.some((mark) => mark.bitmap)) context.drawImage(heat, 0, 0, SIDE, SIDE);
    else this.#paintOver(context, marks, heat, placement);
    return this.#say(tell(occlusion));
  }

  // Grey ink takes colour where it counts; the map is scaled back to where the digit was drawn.
  #paintOver(context, marks, heat, { box, found }) {
    const scale = Math.max(found[2], found[3]) / Math.max(box[2], box[3]);
    const left = found[0] + found[2] / 2 - (box[0] + box[2] / 2) * scale;
    const top = found[1] + found[3] / 2 - (box[1] + box[3] / 2) * scale;
    paint(context, marks);
    context.globalCompositeOperation = "source-in";
    context.fillStyle = "#c3c8d2";
    context.fillRect(0, 0, SIDE, SIDE);
    context.globalCompositeOperation = "source-atop";
    context.drawImage(heat, left, top, GRID * scale, GRID * scale);
    context.globalCompositeOperation = "source-over";
  }

  #clear() {
    const canvas = this.#root.querySelector("canvas");
    const scale = Math.min(2, devicePixelRatio);
    canvas.width = canvas.height = SIDE * scale;
    const context = canvas.getContext("2d");
    context.scale(scale, scale);
    return context;
  }

  #say(text) {
    this.#root.querySelector("#why-words").textContent = text;
  }
}

function tell({ digit, drop }) {
  const places = drop.flatMap((row, y) => row.map((value, x) => ({ value, x, y })));
  const most = places.reduce((a, b) => (b.value > a.value ? b : a));
  const third = (side) => Math.min(2, Math.floor((side * 3) / GRID));
  const where = PLACES[third(most.y)][third(most.x)];
  if (most.value < 0.1) return `No single place decides that it is read as ${digit}.`;
  const times = Math.exp(most.value);
  const factor = times > 1000 ? "more than 1000" : +times.toPrecision(2);
  return `The ink ${where} matters most: without it, the odds of ${digit} are ${factor} times lower.`;
}
