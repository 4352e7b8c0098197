// 28×28 numbers become small pictures, which the style sheet enlarges pixel by pixel. Images, as the
// browser would hand every canvas to the screen anew with each frame.

export const GRID = 28;

const grid = document.createElement("canvas"); // one for all
grid.width = grid.height = GRID;

// Shows rows of grey values, 0 for paper and 255 for full ink, white on black as in MNIST.
export function showGrey(image, rows) {
  showPixels(image, rows.flat(), (value) => [value, value, value, 255]);
}

export function showPixels(image, values, colour) {
  image.src = paintPixels(values, colour).toDataURL();
}

// Paints each of the values by the colour [r, g, b, a] that colour(value) gives it, on a canvas of
// GRID × GRID that is good until the next call.
export function paintPixels(values, colour) {
  const context = grid.getContext("2d", { willReadFrequently: true });
  const pixels = context.createImageData(GRID, GRID);
  values.forEach((value, i) => pixels.data.set(colour(value), 4 * i));
  context.putImageData(pixels, 0, 0);
  return grid;
}

// What speaks for an answer is blue, what speaks against it orange: told apart by all eyes.
export function signed(share) {
  const [r, g, b] = share > 0 ? [37, 82, 184] : [208, 92, 12];
  return [r, g, b, 255 * Math.min(1, Math.abs(share))];
}

// As people write it: a real minus sign, and the plus as well.
export function withSign(value) {
  const size = Math.abs(value).toFixed(2);
  if (size === "0.00") return size;
  return (value < 0 ? "−" : "+") + size;
}
