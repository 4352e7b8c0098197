// Connects the page: pen -> drawing -> paper, and drawing -> service -> answer -> views.

import { AnswerView, showBanner, showNotice, write } from "./answer.js";
import { LiveReader } from "./client.js";
import { Drawing } from "./drawing.js";
import { Paper, toPicture } from "./paper.js";
import { listenToKeyPen, listenToPen } from "./pen.js";
import { listenForPictures } from "./pictures.js";
import { offerSamples, playSample } from "./samples.js";
import { decode, encode } from "./share.js";
import { copy } from "./use.js";
import { Views } from "./views.js";

const REST_MS = 400; // the address follows once the drawing is at rest

const element = (id) => document.getElementById(id);

const paper = new Paper(element("canvas"));
const answer = new AnswerView(element("answer"));
const reader = new LiveReader({ onAnswer: showAnswer, onTrouble: showTrouble });
const views = new Views(element("views"), updateAddress);
let drawing = new Drawing();
let shown = null; // {marks, isNow, makePicture} of the picture that was asked about last
let stopSample = null; // while the sample is on the paper
let frame = null;
let resting = null;

function showAnswer({ prediction, model, timing }) {
  write(element("model"), `${model.name}, version ${model.version}`);
  answer.show({ prediction, timing });
  views.follow({ ...shown, answer: { prediction } });
}

function showTrouble(message) {
  if (message) {
    answer.showUnread();
    views.rest();
  }
  showBanner(message);
}

// Asks at once, as a frame may be 16 ms away, and paints once a frame.
function changed() {
  if (!drawing.isEmpty) ask(drawing.marks);
  frame ??= requestAnimationFrame(() => {
    frame = null;
    render();
  });
}

function render() {
  const { marks, isEmpty, canUndo, canRedo } = drawing;
  paper.show(marks);
  element("hint").hidden = !isEmpty && !stopSample;
  const off = { undo: !canUndo, redo: !canRedo, clear: isEmpty };
  for (const [id, isOff] of Object.entries(off)) {
    if (element(id).ariaDisabled !== String(isOff)) element(id).ariaDisabled = isOff;
  }
  if (isEmpty) showEmpty();
  clearTimeout(resting);
  resting = setTimeout(updateAddress, REST_MS);
}

// The picture is the same for the answer and for all that explains it.
function ask(marks) {
  reader.ask(() => {
    const picture = toPicture(marks);
    const length = marks.at(-1).points?.length; // strokes grow in place
    const isNow = () => marks === drawing.marks && marks.at(-1).points?.length === length;
    shown = { marks, isNow, makePicture: () => picture };
    return picture;
  });
}

function showEmpty() {
  reader.cancel();
  showBanner("");
  answer.showEmpty();
  views.rest();
}

// Changes the drawing; the sample is removed first.
function change(act) {
  showNotice("");
  if (stopSample) {
    stopSample();
    stopSample = null;
    element("paper").removeAttribute("data-sample");
    reader.cancel();
    drawing = new Drawing();
  }
  act(drawing);
  changed();
}

const actions = {
  undo: () => change((it) => it.undo()),
  redo: () => change((it) => it.redo()),
  clear: () => change((it) => it.clear()),
  erase: () => {
    element("erase").ariaPressed = !isErasing();
    element("paper").toggleAttribute("data-erasing", isErasing());
  },
};

function isErasing() {
  return element("erase").ariaPressed === "true";
}

function brush() {
  const width = element("brush").valueAsNumber;
  return isErasing() ? { width: 1.6 * width, erases: true } : { width };
}

function listenToKeys() {
  document.addEventListener("keydown", (event) => {
    const act = actions[toAction(event)];
    if (!act) return;
    event.preventDefault();
    act();
  });
  element("canvas").addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key.toLowerCase() === "e") actions.erase();
    if (event.key === "[") element("brush").stepDown();
    if (event.key === "]") element("brush").stepUp();
  });
}

function toAction({ key, ctrlKey, metaKey, shiftKey }) {
  if (key === "Delete") return "clear";
  if (!ctrlKey && !metaKey) return null;
  if (key.toLowerCase() === "z") return shiftKey ? "redo" : "undo";
  return key.toLowerCase() === "y" ? "redo" : null;
}

function updateAddress() {
  const strokes = stopSample || drawing.isEmpty ? "" : encode(drawing.marks);
  const parts = Object.entries({ v: views.chosen, s: strokes }).filter(([, value]) => value);
  const hash = parts.map(([name, value]) => `${name}=${value}`).join("&");
  if (location.hash !== (hash && `#${hash}`)) {
    history.replaceState(null, "", hash ? `#${hash}` : location.pathname + location.search);
  }
}

// Shows what the address holds; returns false where it holds no drawing.
function openAddress() {
  const parts = new URLSearchParams(location.hash.slice(1));
  if (parts.has("v")) views.open(parts.get("v"));
  const marks = parts.has("s") ? decode(parts.get("s")) : null;
  if (marks) change((it) => it.replace(...marks));
  return marks !== null;
}

function startSample() {
  element("paper").setAttribute("data-sample", "");
  stopSample = playSample((stroke) => {
    drawing = new Drawing();
    drawing.add(stroke);
    changed();
  });
}

async function share() {
  clearTimeout(resting);
  updateAddress();
  const isLost = !stopSample && !drawing.isEmpty && !location.hash.includes("s=");
  if (isLost) showNotice("The drawing is not in the link: pictures and very long drawings do not fit.");
  await copy(location.href, element("share"));
}

for (const [id, act] of Object.entries(actions)) element(id).addEventListener("click", act);
element("share").addEventListener("click", share);
addEventListener("hashchange", openAddress);
listenToKeys();
const hand = {
  brush,
  begin: (stroke) => change((it) => it.add(stroke)),
  holds: (stroke) => drawing.marks.includes(stroke),
  extend: changed,
};
listenToPen(element("canvas"), hand);
listenToKeyPen(element("canvas"), {
  ...hand,
  nib: element("nib"),
  say: (words) => write(element("pen"), words),
});
listenForPictures({
  inputs: [
    [element("open"), element("file")],
    [element("photograph"), element("camera")],
  ],
  target: element("paper"),
  most: element("file").dataset,
  take: (picture) => change((it) => it.replace(picture)),
  fail: showNotice,
});
offerSamples(element("samples"), (marks) => change((it) => it.replace(...marks)));
if (!openAddress()) startSample();
