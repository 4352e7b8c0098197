// One digit or several: /predict says what digit the drawing shows, and where it doubts that it is
// just one, /read says whether it is a number.

import { predict, read } from "./client.js";

// Measured in November 2026, with digits 5. Of 1,200 pairs of digits, /predict took 98 for one; its
// digitness was below this for 97. Of 2,600 single digits it was for 123, so that the others are
// answered as soon as without a reader. Parts that lie side by side tell only 43 of the 98.
const DOUBT = 0.99;
const LIKELY = 0.5; // confidence that a number needs: more likely correct than not
const PATIENCE_MS = 400; // for a number, where there is the answer of one digit

// The answer is that of predict, or for a number that of read with both timings.
export async function recognise(picture, signal) {
  const one = await predict(picture, signal);
  const { digit, digitness, rejected } = one.prediction;
  if (rejected === "blank" || (!rejected && !(digitness < DOUBT))) return one;
  const several = digit === null ? ask(picture, signal) : askBriefly(picture, signal);
  const { reading, model, timing } = (await several) ?? {};
  if (!(reading?.digits.length > 1 && reading.confidence >= LIKELY)) return one;
  return { ...one, reading, model, timing: sum(one.timing, timing) };
}

// Null where the service has no reader any more, or refuses.
async function ask(picture, signal) {
  try {
    return await read(picture, signal);
  } catch (trouble) {
    if (trouble.mayPass === false) return null;
    throw trouble;
  }
}

async function askBriefly(picture, signal) {
  const signals = [signal, AbortSignal.timeout(PATIENCE_MS)];
  return read(picture, AbortSignal.any(signals)).catch(() => null);
}

function sum(first, second) {
  const parts = Object.entries(second).map(([part, ms]) => [part, ms + (first[part] ?? 0)]);
  return Object.fromEntries(parts);
}
