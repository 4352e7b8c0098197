// Paints marks, on the page and in its worker.

import { SIDE } from "./drawing.js";

const INK = "#141a2b";

// The marks on white paper of so many pixels' height; width is the paper's, in units.
export function toCanvas(marks, height = SIDE, canvas = document.createElement("canvas"), width = SIDE) {
  canvas.height = height;
  canvas.width = (height / SIDE) * width;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.scale(height / SIDE, height / SIDE);
  paint(context, marks, width);
  context.globalCompositeOperation = "destination-over"; // under what is there
  context.fillStyle = "#fff";
  context.fillRect(0, 0, width, SIDE);
  context.globalCompositeOperation = "source-over";
  return canvas;
}

export function paint(context, marks, width = SIDE) {
  for (const mark of marks) {
    if (mark.bitmap) paintPicture(context, mark.bitmap, width);
    else paintStroke(context, mark);
  }
}

function paintPicture(context, bitmap, paperWidth) {
  const { left, top, scale } = fit(bitmap, paperWidth);
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, left, top, bitmap.width * scale, bitmap.height * scale);
}

// Where a picture lies on the paper: as large as it fits, in the middle.
export function fit({ width, height }, paperWidth) {
  const scale = Math.min(paperWidth / width, SIDE / height);
  return { left: (paperWidth - width * scale) / 2, top: (SIDE - height * scale) / 2, scale };
}

// Curves from middle to middle of the points, bent towards each point, round off what a
// hand meant to be round. Where a pen tells its pressure, each of them has its own width.
function paintStroke(context, { width, points, erases }) {
  context.globalCompositeOperation = erases ? "destination-out" : "source-over";
  context.strokeStyle = INK;
  context.lineWidth = width;
  context.lineCap = context.lineJoin = "round";
  const [x, y, pressure] = points[0];
  let from = [x, y];
  context.beginPath();
  context.moveTo(x, y);
  for (let i = 1; i < points.length - 1; i++) {
    const middle = [(points[i][0] + points[i + 1][0]) / 2, (points[i][1] + points[i + 1][1]) / 2];
    if (pressure !== undefined) from = press(context, width, from, points[i]);
    context.quadraticCurveTo(points[i][0], points[i][1], ...middle);
    from = middle;
  }
  const last = points.at(-1);
  if (pressure !== undefined) press(context, width, from, last);
  context.lineTo(last[0] + 0.01, last[1]); // a line without length would leave no dot
  context.stroke();
  context.globalCompositeOperation = "source-over";
}

// Ends the piece before, and begins one as wide as the pen is pressed.
function press(context, width, from, [, , pressure]) {
  context.stroke();
  context.beginPath();
  context.lineWidth = width * (0.35 + 1.3 * pressure); // as set by hand at a usual half
  context.moveTo(...from);
  return from;
}
