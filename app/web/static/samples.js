// Drawings to start from: one that writes itself, so that the page is never empty and shows
// what to do, and a row to choose from, some of them hard.

import { paint } from "./paper.js";
import { SIDE } from "./drawing.js";

const DURATION_MS = 900;
const WIDTH = 20;
const THREE = [
  [90, 86], [95, 78], [99, 70], [106, 64], [115, 59], [127, 56], [138, 54], [149, 55],
  [161, 57], [170, 62], [177, 69], [182, 79], [184, 88], [183, 97], [179, 106], [172, 114],
  [158, 120], [142, 125], [134, 130], [142, 134], [159, 137], [174, 142], [183, 151], [190, 162],
  [194, 174], [194, 186], [190, 198], [184, 208], [174, 217], [161, 224], [148, 228], [135, 229],
  [122, 226], [110, 222], [100, 215], [92, 207], [84, 198],
];

const SAMPLES = [
  ["Sample: a five", 20, [[176, 52], [110, 54], [106, 58], [100, 118], [104, 122], [150, 116],
    [188, 146], [190, 190], [160, 228], [112, 226], [88, 206]]],
  ["Sample: a small two in the corner", 7, [[212, 208], [216, 196], [230, 192], [242, 200],
    [240, 216], [222, 236], [211, 248], [215, 249], [246, 248]]],
  ["Sample: a crossed seven", 16, [[84, 62], [188, 58], [196, 62], [190, 80], [156, 146], [128, 234]],
    [[106, 152], [150, 144], [190, 140]]],
  ["Sample: a one with a flag and a foot", 14, [[96, 104], [134, 76], [152, 52], [156, 54],
    [154, 120], [152, 226], [152, 230]], [[104, 232], [150, 230], [206, 228]]],
  ["Sample: a slanted nine", 12, [[204, 78], [178, 56], [140, 72], [118, 112], [132, 138],
    [168, 122], [200, 82], [204, 80], [180, 150], [138, 238]]],
  ["Sample: a four, or a nine?", 18, [[116, 66], [104, 112], [106, 138], [130, 148], [172, 138],
    [180, 134]], [[182, 62], [180, 124], [170, 234]]],
  ["Sample: a zero with a stroke through it", 14, [[146, 48], [102, 70], [84, 140], [104, 214],
    [144, 232], [186, 208], [202, 138], [180, 64], [142, 48]], [[190, 66], [96, 216]]],
  ["Sample: no digit", 12, [[80, 220], [81, 129], [140, 70], [199, 131], [200, 220], [81, 221]],
    [[125, 220], [126, 170], [155, 171], [155, 220]]],
].map(([label, width, ...strokes]) => ({
  label,
  marks: strokes.map((points) => ({ width, points })),
}));

// Calls show(stroke) as the stroke grows; returns a function that stops it.
export function playSample(show) {
  const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const begun = performance.now();
  let frame = null;

  const step = (now) => {
    const share = isCalm ? 1 : Math.min(1, Math.max(0, now - begun) / DURATION_MS);
    const count = Math.max(1, Math.round(share * THREE.length));
    show({ width: WIDTH, points: THREE.slice(0, count) });
    if (share < 1) frame = requestAnimationFrame(step);
  };
  frame = requestAnimationFrame(step);
  return () => cancelAnimationFrame(frame);
}

// Fills a row with a button for each sample, which calls take(marks). Images, as the browser
// would hand every canvas to the screen anew with each frame.
export function offerSamples(row, take) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 88;
  const context = canvas.getContext("2d");
  context.scale(88 / SIDE, 88 / SIDE);
  for (const { label, marks } of SAMPLES) {
    const button = document.createElement("button");
    const picture = new Image();
    button.type = "button";
    button.title = picture.alt = label;
    context.clearRect(0, 0, SIDE, SIDE);
    paint(context, marks);
    picture.src = canvas.toDataURL();
    button.append(picture);
    button.addEventListener("click", () => take(marks));
    row.append(button);
  }
}
