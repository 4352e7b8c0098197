// What is drawn: on the screen, crisp at any density, and as the picture that is sent.

import { toPng } from "./client.js";
import { SIDE } from "./drawing.js";
import { paint, toCanvas } from "./paint.js";

const DETAILED = 4 * SIDE; // pixels a side where a photograph is among the marks

const sheet = document.createElement("canvas"); // one for all photographs: a new one each costs frames

export class Paper {
  #canvas;
  #context;
  #marks = [];

  constructor(canvas) {
    this.#canvas = canvas;
    this.#context = canvas.getContext("2d");
    new ResizeObserver(() => this.#fit()).observe(canvas);
    this.#fit();
  }

  show(marks) {
    this.#marks = marks;
    this.#context.clearRect(0, 0, SIDE, SIDE);
    paint(this.#context, marks);
  }

  #fit() {
    const side = Math.max(1, Math.round(this.#canvas.clientWidth * devicePixelRatio));
    this.#canvas.width = this.#canvas.height = side;
    this.#context.scale(side / SIDE, side / SIDE);
    this.show(this.#marks);
  }
}

// A picture that nothing was drawn on is sent as its file: the service needs its margins, paper and
// detail. Only photographs are painted on this thread, as they would have to be copied to the other.
export function toPicture(marks) {
  if (marks.length === 1 && marks[0].file) return marks[0].file;
  if (marks.some((mark) => mark.bitmap)) return toPng(toCanvas(marks, DETAILED, sheet));
  return marks.map((mark) => ({ ...mark, points: [...mark.points] })); // as they are now
}
