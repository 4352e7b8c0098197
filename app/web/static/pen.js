// Mouse, pen and finger become strokes.

import { SIDE } from "./drawing.js";

const LEAST_STEP = 1; // of SIDE: shorter movements are noise of the hand

// Calls begin(stroke) where a stroke starts and extend() whenever it has grown. The stroke's
// points are added in place. A second finger is ignored while the first one draws.
export function listenToPen(canvas, { width, begin, extend }) {
  let pointer = null;
  let stroke = null;

  canvas.addEventListener("pointerdown", (event) => {
    if (pointer !== null || event.button !== 0) return;
    pointer = event.pointerId;
    canvas.setPointerCapture(pointer);
    stroke = { width: width(), points: [place(canvas, event)] };
    begin(stroke);
  });

  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerId !== pointer) return;
    for (const each of coalesced(event)) follow(stroke.points, place(canvas, each));
    extend();
  });

  for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
    canvas.addEventListener(end, (event) => {
      if (event.pointerId === pointer) pointer = null;
    });
  }
}

// Every position since the last event, where the browser tells; some answer with none.
function coalesced(event) {
  const events = event.getCoalescedEvents?.() ?? [];
  return events.length > 0 ? events : [event];
}

function place(canvas, event) {
  const box = canvas.getBoundingClientRect();
  const scale = SIDE / box.width;
  return [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
}

function follow(points, [x, y]) {
  const [lastX, lastY] = points.at(-1);
  if (Math.hypot(x - lastX, y - lastY) >= LEAST_STEP) points.push([x, y]);
}
