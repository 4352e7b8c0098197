// Corruptions of a drawing, like those by hands, pens and scanners.

const AROUND = Array.from({ length: 16 }, (_, i) => [Math.cos((i * Math.PI) / 8), Math.sin((i * Math.PI) / 8)]);

// Returns a new canvas: source, dark on white, corrupted by {turn, shift, weight, blur, erase,
// noise}. Lengths are in 280ths of its side.
export function corrupt(source, { turn, shift, weight, blur, erase, noise }) {
  const unit = source.width / 280;
  let canvas = source;
  if (turn || shift) canvas = moved(canvas, (turn * Math.PI) / 180, shift * unit);
  if (weight) canvas = weighed(canvas, weight * unit);
  if (blur) canvas = blurred(canvas, blur * unit);
  if (erase) canvas = erased(canvas, erase * unit);
  return noise ? noisy(canvas, noise / 100) : canvas;
}

function moved(source, radians, shift) {
  const half = source.width / 2;
  return paper(source, (context) => {
    context.translate(half + shift, half);
    context.rotate(radians);
    context.drawImage(source, -half, -half);
  });
}

// The darkest pixel around makes strokes thick, the lightest makes them thin.
function weighed(source, weight) {
  return paper(source, (context) => {
    context.drawImage(source, 0, 0);
    context.globalCompositeOperation = weight > 0 ? "darken" : "lighten";
    for (const [x, y] of AROUND) context.drawImage(source, x * weight, y * weight);
  });
}

// The mean of the picture and its copies on two rings around it.
function blurred(source, radius) {
  const places = [[0, 0], ...AROUND, ...AROUND.map(([x, y]) => [x / 2, y / 2])];
  return paper(source, (context) => {
    places.forEach(([x, y], i) => {
      context.globalAlpha = 1 / (i + 1);
      context.drawImage(source, x * radius, y * radius);
    });
  });
}

// A white patch over the middle of the ink.
function erased(source, side) {
  const [x, y] = middleOfInk(source);
  return paper(source, (context) => {
    context.drawImage(source, 0, 0);
    context.fillStyle = "#fff";
    context.fillRect(x - side / 2, y - side / 2, side, side);
  });
}

// Grain as of a bad scan, the same each time, so that a slider at rest has an answer at rest.
function noisy(source, share) {
  return paper(source, (context) => {
    context.drawImage(source, 0, 0);
    const image = context.getImageData(0, 0, source.width, source.height);
    let state = 1;
    for (let i = 0; i < image.data.length; i += 4) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      const grey = image.data[i] + (state / 2 ** 32 - 0.5) * 2 * 255 * share;
      image.data[i] = image.data[i + 1] = image.data[i + 2] = grey;
    }
    context.putImageData(image, 0, 0);
  });
}

function middleOfInk(canvas) {
  const { width, height } = canvas;
  const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
  let [x, y, total] = [0, 0, 1e-6];
  for (let i = 0; i < width * height; i++) {
    const ink = 255 - data[4 * i];
    x += ink * (i % width);
    y += ink * Math.floor(i / width);
    total += ink;
  }
  return [x / total, y / total];
}

function paper(source, draw) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [source.width, source.height];
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  draw(context);
  return canvas;
}
