// The page's client of the API.

import { showBanner } from "./answer.js";

const PACE_MS = 40; // between two requests: answers look live, and frames are on time
const CALM_MS = 160; // between them on a machine where that makes frames late
const LATE_MS = 25; // between two frames
const SLOW_MS = 2500; // after this the page says that it waits
const LONGEST_PAUSE_MS = 8000;

const AWAY = {
  message: "The service does not answer. Your drawing is kept, and sent again.",
  mayPass: true, // the same picture may be answered later
  pauseMs: null,
};
const SLOW = "The service is slow at the moment. Your drawing is kept.";

const worker = new Worker("worker.js", { type: "module" });
const calls = new Map(); // that the worker has not answered yet, by their number
let count = 0;

worker.onmessage = ({ data: { id, result, trouble } }) => {
  const { resolve, reject } = calls.get(id);
  calls.delete(id);
  if (trouble) reject(trouble);
  else resolve(result);
};

function call(task, args, signal, moved = []) {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const id = ++count;
    calls.set(id, { resolve, reject });
    signal?.addEventListener("abort", () => worker.postMessage({ id }));
    worker.postMessage({ id, task, args }, moved);
  });
}

// Asks for one picture, a file or {strokes, width}; the answer is {prediction, model, timing}. query is as
// in "?model=…".
export const predict = (picture, signal, query = "") => call("predict", [picture, query], signal);

// Asks for the number in a picture; the answer is {reading, model, timing}.
export const read = (picture, signal) => call("read", [picture], signal);

// Asks for many pictures in one request; the answers are in their order.
export const predictMany = (pictures, signal) => call("predictMany", [pictures], signal);

// Makes the file of a picture, or of a promise of one.
export async function toFile(picture) {
  const made = await picture;
  return made.strokes ? call("paint", [made]) : made;
}

// Makes a PNG of what is on the canvas now.
export async function toPng(canvas) {
  const bitmap = await createImageBitmap(canvas);
  return call("encode", [bitmap], null, [bitmap]);
}

// Asks for the newest drawing, one request at a time, and repeats it after trouble.
export class LiveReader {
  #read; // (what was made, signal) -> promise of the answer
  #onAnswer;
  #onTrouble;
  #wanted = null; // makes the newest picture not yet sent
  #request = null; // of the picture in flight
  #paceMs = PACE_MS;
  #pace = null; // a timer, while the last request is too new for the next
  #pause = null; // a timer, while nothing is sent after trouble
  #failures = 0;
  #trouble = "";

  // onTrouble is told "" once it is over.
  constructor({ read = predict, onAnswer, onTrouble = showBanner }) {
    this.#read = read;
    this.#onAnswer = onAnswer;
    this.#onTrouble = onTrouble;
  }

  ask(makePicture) {
    this.#wanted = makePicture;
    if (this.#pause) this.#onTrouble(this.#trouble);
    this.#next();
  }

  // Forgets what was asked, so that no answer to it arrives any more.
  cancel() {
    this.#wanted = null;
    this.#request?.abort();
    this.#request = null;
    if (this.#trouble) this.#onTrouble("");
  }

  async #next() {
    if (this.#request || this.#pace || this.#pause || !this.#wanted) return;
    this.#pace = setTimeout(() => {
      this.#pace = null;
      this.#next();
    }, this.#paceMs);
    const makePicture = this.#wanted;
    const request = (this.#request = new AbortController());
    this.#wanted = null;
    const slow = setTimeout(() => this.#tell(SLOW), SLOW_MS);
    try {
      const answer = await this.#read(await makePicture(), request.signal);
      if (request === this.#request) this.#succeed(answer);
    } catch (error) {
      if (request === this.#request) this.#fail(error, makePicture);
    } finally {
      clearTimeout(slow);
      if (request === this.#request) this.#request = null;
      this.#next();
    }
  }

  #succeed(answer) {
    this.#failures = 0;
    this.#tell("");
    this.#onAnswer(answer);
    requestAnimationFrame((shown) => requestAnimationFrame((next) => this.#adapt(next - shown)));
  }

  #adapt(frameMs) {
    this.#paceMs = frameMs > LATE_MS ? CALM_MS : Math.max(PACE_MS, 0.99 * this.#paceMs);
  }

  #tell(trouble) {
    this.#trouble = trouble;
    this.#onTrouble(trouble);
  }

  #fail(trouble, makePicture) {
    const { message, mayPass, pauseMs } = "mayPass" in trouble ? trouble : AWAY;
    this.#tell(message);
    if (!mayPass) return;
    this.#wanted ??= makePicture;
    this.#pause = setTimeout(
      () => {
        this.#pause = null;
        this.#next();
      },
      pauseMs ?? Math.min(LONGEST_PAUSE_MS, 500 * 2 ** this.#failures++),
    );
  }
}
