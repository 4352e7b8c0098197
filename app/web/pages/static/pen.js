// Mouse, pen, finger and keys become strokes.

import { SIDE } from "./drawing.js";

const LEAST_STEP = 1; // in units: shorter movements are noise of the hand
const ERASER_END = 32; // of PointerEvent.buttons: the pen is held upside down
const KEY_STEP = 7;
const FINE_KEY_STEP = 2;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

// Calls begin(stroke) where a stroke starts and extend() whenever it has grown. The stroke's
// points are added in place, while holds(stroke): undoing it lifts the pen. A second finger is ignored
// while the first one draws.
export function listenToPen(canvas, { brush, begin, extend, holds }) {
  let pointer = null;
  let stroke = null;
  let frame = null; // where the canvas lies on the page: asked once a stroke, as it costs a layout

  canvas.addEventListener("pointerdown", (event) => {
    const isEraser = Boolean(event.buttons & ERASER_END);
    if (pointer !== null || (event.button !== 0 && !isEraser)) return;
    pointer = event.pointerId;
    canvas.setPointerCapture(pointer);
    frame = measure(canvas);
    stroke = { ...brush(), points: [place(frame, event)] };
    if (isEraser) stroke.erases = true;
    begin(stroke);
  });

  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerId !== pointer || !holds(stroke)) return;
    for (const each of coalesced(event)) follow(stroke.points, place(frame, each));
    extend();
  });

  for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
    canvas.addEventListener(end, (event) => {
      if (event.pointerId === pointer) pointer = null;
    });
  }
}

// Arrow keys move a pen over the focused canvas, the space bar puts it down and lifts it.
export function listenToKeyPen(canvas, { brush, begin, extend, holds, nib, say }) {
  const at = [SIDE / 2, SIDE / 5];
  const unit = () => canvas.clientHeight / SIDE; // on the screen
  let stroke = null;

  const show = () => {
    if (!holds(stroke)) stroke = null;
    nib.style.transform = `translate(${at[0] * unit()}px, ${at[1] * unit()}px)`;
    nib.toggleAttribute("data-down", stroke !== null);
    say(stroke ? "Pen down" : "Pen up");
  };
  const put = () => {
    stroke = stroke ? null : { ...brush(), points: [[...at]] };
    if (stroke) begin(stroke);
  };
  const move = ([x, y], step) => {
    at[0] = Math.min(canvas.clientWidth / unit(), Math.max(0, at[0] + x * step));
    at[1] = Math.min(SIDE, Math.max(0, at[1] + y * step));
    if (stroke) follow(stroke.points, [...at]);
    if (stroke) extend();
  };

  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === " " && !event.repeat) put();
    else if (event.key in ARROWS) move(ARROWS[event.key], event.shiftKey ? FINE_KEY_STEP : KEY_STEP);
    else if (event.key !== " ") return;
    event.preventDefault();
    show();
  });
  for (const end of ["blur", "pointerdown"]) canvas.addEventListener(end, () => (stroke = null));
  for (const change of ["focus", "blur", "keyup"]) canvas.addEventListener(change, show);
}

// Every position since the last event, where the browser tells; some answer with none.
function coalesced(event) {
  const events = event.getCoalescedEvents?.() ?? [];
  return events.length > 0 ? events : [event];
}

function measure(canvas) {
  const { left, top, height } = canvas.getBoundingClientRect();
  return { left: left + scrollX, top: top + scrollY, scale: SIDE / height };
}

// A mouse and most fingers do not tell pressure: only a pen's is taken.
function place({ left, top, scale }, event) {
  const point = [(event.pageX - left) * scale, (event.pageY - top) * scale];
  return event.pointerType === "pen" && event.pressure > 0 ? [...point, event.pressure] : point;
}

function follow(points, point) {
  const [lastX, lastY] = points.at(-1);
  if (Math.hypot(point[0] - lastX, point[1] - lastY) < LEAST_STEP) return;
  if (points[0].length > 2 && point.length < 3) point.push(points.at(-1)[2]); // lifted just now
  points.push(point);
}
