// What is drawn: on the screen, crisp at any density, and as the picture that is sent.

import { toPng } from "./client.js";
import { SIDE } from "./drawing.js";
import { fit, paint, toCanvas } from "./paint.js";

const DETAILED = 4 * SIDE; // pixels a side of a square as large as the picture, if it has a photograph

const sheet = document.createElement("canvas"); // one for all photographs: a new one each costs frames

export class Paper {
  #canvas;
  #context;
  #marks = [];
  #width;

  // width is the paper's, in units.
  constructor(canvas, width = SIDE) {
    this.#canvas = canvas;
    this.#width = width;
    this.#context = canvas.getContext("2d");
    new ResizeObserver(() => this.#fit()).observe(canvas);
    this.#fit();
  }

  show(marks) {
    this.#marks = marks;
    this.#context.clearRect(0, 0, this.#width, SIDE);
    paint(this.#context, marks, this.#width);
  }

  #fit() {
    const pixels = Math.max(1, Math.round(this.#canvas.clientWidth * devicePixelRatio));
    this.#canvas.width = pixels;
    this.#canvas.height = Math.max(1, Math.round((pixels * SIDE) / this.#width));
    this.#context.scale(pixels / this.#width, pixels / this.#width);
    this.show(this.#marks);
  }
}

// A picture that nothing was drawn on is sent as its file: the service needs its margins, paper and
// detail. Only photographs are painted on this thread, as they would have to be copied to the other.
export function toPicture(marks, width = SIDE) {
  if (isFile(marks)) return marks[0].file;
  if (hasBitmap(marks)) return toPng(toCanvas(marks, detailed(width), sheet, width));
  return { width, strokes: marks.map((mark) => ({ ...mark, points: [...mark.points] })) }; // as they are now
}

// Where the picture that is sent lies on the paper: its corner, and units of its pixels.
export function placeOf(marks, width) {
  if (isFile(marks)) return fit(marks[0].bitmap, width);
  return { left: 0, top: 0, scale: hasBitmap(marks) ? SIDE / detailed(width) : 1 };
}

const isFile = (marks) => marks.length === 1 && marks[0].file;
const hasBitmap = (marks) => marks.some((mark) => mark.bitmap);
const detailed = (width) => Math.round(DETAILED * Math.sqrt(SIDE / width));
