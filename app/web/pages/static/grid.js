// 28×28 values as small pictures, which the style sheet enlarges pixel by pixel.

export const GRID = 28;

// Paints rows of grey values, 0 for paper and 255 for full ink, white on black as in MNIST.
export function paintGrey(canvas, rows) {
  paintPixels(canvas, rows.flat(), (value) => [value, value, value, 255]);
}

// Paints each of the values by the colour [r, g, b, a] that colour(value) gives it, on a canvas of
// GRID × GRID.
export function paintPixels(canvas, values, colour) {
  const context = canvas.getContext("2d");
  const image = context.createImageData(GRID, GRID);
  const { data } = image;
  values.forEach((value, i) => data.set(colour(value), 4 * i));
  context.putImageData(image, 0, 0);
}

// Evidence for an answer is blue, against it orange: safe for colour blindness.
export function signed(share) {
  const [r, g, b] = share > 0 ? [37, 82, 184] : [208, 92, 12];
  return [r, g, b, 255 * Math.min(1, Math.abs(share))];
}

// With plus, or with a real minus sign.
export function withSign(value) {
  const size = Math.abs(value).toFixed(2);
  if (size === "0.00") return size;
  return (value < 0 ? "−" : "+") + size;
}
