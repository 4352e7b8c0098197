// A three that writes itself, so that the page is never empty and shows what to do.

const DURATION_MS = 900;
const WIDTH = 20;
const POINTS = [
  [90, 86], [95, 78], [99, 70], [106, 64], [115, 59], [127, 56], [138, 54], [149, 55],
  [161, 57], [170, 62], [177, 69], [182, 79], [184, 88], [183, 97], [179, 106], [172, 114],
  [158, 120], [142, 125], [134, 130], [142, 134], [159, 137], [174, 142], [183, 151], [190, 162],
  [194, 174], [194, 186], [190, 198], [184, 208], [174, 217], [161, 224], [148, 228], [135, 229],
  [122, 226], [110, 222], [100, 215], [92, 207], [84, 198],
];

// Calls show(stroke) as the stroke grows; returns a function that stops it.
export function playSample(show) {
  const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const begun = performance.now();
  let frame = null;

  const step = (now) => {
    const share = isCalm ? 1 : Math.min(1, Math.max(0, now - begun) / DURATION_MS);
    const count = Math.max(1, Math.round(share * POINTS.length));
    show({ width: WIDTH, points: POINTS.slice(0, count) });
    if (share < 1) frame = requestAnimationFrame(step);
  };
  frame = requestAnimationFrame(step);
  return () => cancelAnimationFrame(frame);
}
