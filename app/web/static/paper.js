// Marks become pixels: on the screen, crisp at any density, and in the picture that is sent.

import { SIDE } from "./drawing.js";

const INK = "#141a2b";

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

// A picture that nothing was drawn upon goes out as the file it is: its margins, its paper
// and its full detail are the service's to judge.
export function toPicture(marks) {
  return marks.length === 1 && marks[0].file ? marks[0].file : toPng(marks);
}

function toPng(marks) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIDE;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.fillStyle = "#fff";
  context.fillRect(0, 0, SIDE, SIDE);
  paint(context, marks);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}

function paint(context, marks) {
  for (const mark of marks) {
    if (mark.bitmap) paintPicture(context, mark.bitmap);
    else paintStroke(context, mark);
  }
}

function paintPicture(context, bitmap) {
  const scale = Math.min(SIDE / bitmap.width, SIDE / bitmap.height);
  const [width, height] = [bitmap.width * scale, bitmap.height * scale];
  context.drawImage(bitmap, (SIDE - width) / 2, (SIDE - height) / 2, width, height);
}

// Curves from middle to middle of the points, bent towards each point, round off what a
// hand meant to be round.
function paintStroke(context, { width, points }) {
  context.strokeStyle = INK;
  context.lineWidth = width;
  context.lineCap = context.lineJoin = "round";
  context.beginPath();
  context.moveTo(...points[0]);
  for (let i = 1; i < points.length - 1; i++) {
    const [x, y] = points[i];
    const [nextX, nextY] = points[i + 1];
    context.quadraticCurveTo(x, y, (x + nextX) / 2, (y + nextY) / 2);
  }
  const [lastX, lastY] = points.at(-1);
  context.lineTo(lastX + 0.01, lastY); // a line without length would leave no dot
  context.stroke();
}
