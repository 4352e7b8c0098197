// The drawing and the view in the address, so that a link shows them again: #v=why&s=…
//
// A stroke is a text of letters, each a number of 0..63: its width, its kind, its first point,
// then a letter for each step along x and along y in units of 2; strokes are joined by ".".

import { SIDE } from "./drawing.js";

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const UNIT = 2;
const LONGEST = 1900; // letters of all strokes: a link stays under 2 kB
const FAR = 63; // announces a step of two letters, for what one cannot hold
const [INK, ERASER, PRESSED] = [0, 1, 2];

// Returns "" where a picture is among the marks: it would not fit.
export function encode(marks) {
  if (marks.some((mark) => mark.bitmap)) return "";
  for (let spacing = 4; ; spacing *= 1.3) {
    const text = marks.map((mark) => encodeStroke(mark, spacing)).join(".");
    if (text.length <= LONGEST) return text;
    if (spacing > SIDE) return "";
  }
}

// Returns null where the text is not valid.
export function decode(text) {
  if (text.length > 2 * LONGEST) return null;
  const strokes = text.split(".").map(decodeStroke);
  return strokes.every(Boolean) ? strokes : null;
}

function encodeStroke({ width, points, erases }, spacing) {
  const isPressed = points[0].length > 2;
  const kind = (erases ? ERASER : INK) + (isPressed ? PRESSED : 0);
  const numbers = [Math.min(63, Math.round(width)), kind];
  let [x, y] = [0, 0];
  for (const point of thinned(points, spacing)) {
    const [toX, toY] = [Math.round(point[0] / UNIT), Math.round(point[1] / UNIT)];
    numbers.push(...step(toX - x), ...step(toY - y));
    if (isPressed) numbers.push(Math.round((point[2] ?? 0.5) * 63));
    [x, y] = [toX, toY];
  }
  return numbers.map((number) => LETTERS[number]).join("");
}

function decodeStroke(text) {
  const numbers = [...text].map((letter) => LETTERS.indexOf(letter));
  if (numbers.length < 4 || numbers.includes(-1)) return null;
  const [width, kind] = numbers;
  const points = [];
  let place = 2;
  const next = () => {
    const first = numbers[place++];
    if (first !== FAR) return first - 31;
    return numbers[place++] * 64 + numbers[place++] - 2048;
  };
  let [x, y] = [0, 0];
  while (place < numbers.length) {
    x += next();
    y += next();
    const pressure = kind & PRESSED ? [numbers[place++] / 63] : [];
    points.push([x * UNIT, y * UNIT, ...pressure]);
  }
  const isSound = points.every((point) => point.every(Number.isFinite));
  return isSound ? { width, points, ...(kind & ERASER && { erases: true }) } : null;
}

function step(distance) {
  if (Math.abs(distance) <= 31) return [distance + 31];
  const wide = Math.min(4095, Math.max(0, distance + 2048));
  return [FAR, wide >> 6, wide & 63];
}

// Keeps a point where the stroke has gone on by spacing since the one before, and the last.
function thinned(points, spacing) {
  let kept = points[0];
  return points.filter((point, i) => {
    const isFar = Math.hypot(point[0] - kept[0], point[1] - kept[1]) >= spacing;
    if (i > 0 && !isFar && i < points.length - 1) return false;
    kept = point;
    return true;
  });
}
