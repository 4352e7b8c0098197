// The service, as the page talks to it.

const SLOW_MS = 2500; // after this the page says that it waits
const TIMEOUT_MS = 15000; // after this it asks again
const LONGEST_PAUSE_MS = 8000;

const AWAY = "The service does not answer. Your drawing is kept, and sent again.";
const SLOW = "The service is slow at the moment. Your drawing is kept.";

class ServiceError extends Error {
  constructor(message, { mayPass, pauseMs = null }) {
    super(message);
    this.mayPass = mayPass; // whether the same picture may be answered later
    this.pauseMs = pauseMs;
  }
}

// Keeps an answer up with the drawing: one request in flight, the newest drawing next, and after
// trouble the same again by itself.
export class LiveReader {
  #read; // (what was made, signal) -> promise of the answer
  #onAnswer;
  #onTrouble;
  #wanted = null; // makes the newest picture not yet sent
  #request = null; // of the picture in flight
  #pause = null; // a timer, while the service is left alone
  #failures = 0;
  #trouble = "";

  constructor({ read = predict, onAnswer, onTrouble = () => {} }) {
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
  }

  async #next() {
    if (this.#request || this.#pause || !this.#wanted) return;
    const makePicture = this.#wanted;
    const request = (this.#request = new AbortController());
    this.#wanted = null;
    const slow = setTimeout(() => this.#onTrouble(SLOW), SLOW_MS);
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
    this.#onAnswer(answer);
  }

  #fail(error, makePicture) {
    const { message, mayPass, pauseMs } =
      error instanceof ServiceError ? error : { message: AWAY, mayPass: true, pauseMs: null };
    this.#trouble = message;
    this.#onTrouble(message);
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

// Asks for one picture; the answer is {prediction, model, timing}. query is as in "?model=…".
export async function predict(picture, signal, query = "") {
  const begun = performance.now();
  const response = await post(picture, { "Content-Type": picture.type }, signal, query);
  const { predictions, model } = await response.json();
  const timing = parseTiming(response.headers.get("Server-Timing"), performance.now() - begun);
  return { prediction: predictions[0], model, timing };
}

// Asks for many pictures in one request; the answers are in their order.
export async function predictMany(pictures, signal) {
  const form = new FormData();
  for (const picture of pictures) form.append("image", picture, "image.png");
  return (await (await post(form, {}, signal, "")).json()).predictions;
}

async function post(body, headers, signal, query) {
  const signals = [signal, AbortSignal.timeout(TIMEOUT_MS)];
  const response = await fetch(`predict${query}`, {
    method: "POST",
    headers,
    body,
    signal: AbortSignal.any(signals),
  });
  if (!response.ok) throw await toError(response);
  return response;
}

async function toError(response) {
  const { status, headers } = response;
  const problem = await response.json().catch(() => ({})); // a proxy's error page is no JSON
  const mayPass = status === 429 || status >= 500;
  const detail = problem.detail ?? `The service answered with error ${status}.`;
  const after = Number.parseFloat(headers.get("Retry-After"));
  return new ServiceError(mayPass ? `${detail} Your drawing is kept.` : detail, {
    mayPass,
    pauseMs: Number.isFinite(after) ? after * 1000 : null,
  });
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
