// One digit or several: where /predict doubts that it is one, /read says whether it is a number.

import { predict, read } from "./client.js";

// Chosen by benchmarks/square.
const DOUBT = 0.99; // digitness below this is doubt
const LIKELY = 0.5; // confidence that a number needs
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
