// A web worker: makes pictures, sends them and reads the answers outside the thread that draws.
// Served beside "predict", not from static/.

import { SIDE } from "./static/drawing.js";
import { toCanvas } from "./static/paint.js";

const TIMEOUT_MS = 15000; // after this the page asks again

const sheet = new OffscreenCanvas(SIDE, SIDE);
const tasks = { paint, encode, predict, predictMany, read };
const running = new Map(); // AbortControllers, by the number of the call

onmessage = async ({ data: { id, task, args } }) => {
  if (!task) return running.get(id)?.abort();
  const call = new AbortController();
  running.set(id, call);
  try {
    postMessage({ id, result: await tasks[task](call.signal, ...args) });
  } catch (error) {
    postMessage({ id, trouble: "mayPass" in error ? error : {} });
  }
  return running.delete(id);
};

function paint(signal, { strokes, width }) {
  return toCanvas(strokes, SIDE, sheet, width).convertToBlob();
}

function encode(signal, bitmap) {
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  canvas.getContext("2d", { willReadFrequently: true }).drawImage(bitmap, 0, 0);
  return canvas.convertToBlob();
}

async function predict(signal, picture, query) {
  const { predictions, ...rest } = await ask(signal, picture, `predict${query}`);
  return { prediction: predictions[0], ...rest };
}

async function read(signal, picture) {
  const { readings, ...rest } = await ask(signal, picture, "read");
  return { reading: readings[0], ...rest };
}

// Sends one picture to an address; the answer is what came, with its timing.
async function ask(signal, picture, address) {
  const file = picture.strokes ? await paint(signal, picture) : picture;
  const begun = performance.now();
  const response = await post(address, file, { "Content-Type": file.type }, signal);
  const answer = await response.json();
  const timing = parseTiming(response.headers.get("Server-Timing"), performance.now() - begun);
  return { ...answer, timing };
}

async function predictMany(signal, pictures) {
  const form = new FormData();
  for (const picture of pictures) form.append("image", picture, "image.png");
  return (await (await post("predict", form, {}, signal)).json()).predictions;
}

async function post(address, body, headers, signal) {
  const signals = [signal, AbortSignal.timeout(TIMEOUT_MS)];
  const response = await fetch(address, {
    method: "POST",
    headers,
    body,
    signal: AbortSignal.any(signals),
  });
  if (!response.ok) throw await toTrouble(response);
  return response;
}

async function toTrouble(response) {
  const { status, headers } = response;
  const problem = await response.json().catch(() => ({})); // a proxy's error page is no JSON
  const mayPass = status === 429 || status >= 500;
  const detail = problem.detail ?? `The service answered with error ${status}.`;
  const after = Number.parseFloat(headers.get("Retry-After"));
  return {
    message: mayPass ? `${detail} Your drawing is kept.` : detail,
    mayPass,
    pauseMs: Number.isFinite(after) ? after * 1000 : null,
  };
}

// "decode;dur=0.31, infer;dur=0.10" and the time in all become milliseconds by part; what the
// server does not account for is the network's.
function parseTiming(header, total) {
  const parts = {};
  for (const [, name, duration] of (header ?? "").matchAll(/(\w+);dur=([\d.]+)/g)) {
    parts[name] = Number(duration);
  }
  const onServer = Object.values(parts).reduce((sum, part) => sum + part, 0);
  return { ...parts, network: Math.max(0, total - onServer), total };
}
