// Puts the page together: hand -> drawing -> paper, and drawing -> service -> answer.

import { AnswerView } from "./answer.js";
import { LiveReader } from "./client.js";
import { Drawing } from "./drawing.js";
import { Paper, toPicture } from "./paper.js";
import { listenToPen } from "./pen.js";
import { listenForPictures } from "./pictures.js";
import { playSample } from "./sample.js";

const element = (id) => document.getElementById(id);

const paper = new Paper(element("canvas"));
const answer = new AnswerView(element("answer"));
const reader = new LiveReader({ onAnswer: showAnswer, onTrouble: showTrouble });
let drawing = new Drawing();
let stopSample = null; // while the sample is on the paper
let frame = null;

function showAnswer({ prediction, model, timing }) {
  showBanner("");
  element("model").textContent = `${model.name}, version ${model.version}`;
  answer.show({ prediction, timing });
}

function showTrouble(message) {
  showBanner(message);
  answer.showUnread();
}

// The same words are not set twice: a screen reader would say them again.
function showBanner(message) {
  const banner = element("banner");
  if (banner.textContent !== message) banner.textContent = message;
}

// Paints and asks once a frame, however many movements it brought.
function changed() {
  frame ??= requestAnimationFrame(() => {
    frame = null;
    render();
  });
}

function render() {
  const { marks, isEmpty, canUndo } = drawing;
  paper.show(marks);
  element("hint").hidden = !isEmpty && !stopSample;
  element("undo").setAttribute("aria-disabled", String(!canUndo));
  element("clear").setAttribute("aria-disabled", String(isEmpty));
  if (isEmpty) showEmpty();
  else reader.ask(() => toPicture(marks));
}

function showEmpty() {
  reader.cancel();
  showBanner("");
  answer.showEmpty();
}

// Does something to the drawing by hand; the sample goes first.
function change(act) {
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

function undo() {
  change((it) => it.undo());
}

function clear() {
  change((it) => it.clear());
}

function listenToKeys() {
  document.addEventListener("keydown", (event) => {
    const isUndo = event.key.toLowerCase() === "z" && (event.ctrlKey || event.metaKey);
    if (isUndo && !event.shiftKey) undo();
    else if (event.key === "Delete") clear();
    else return;
    event.preventDefault();
  });
}

function startSample() {
  element("paper").setAttribute("data-sample", "");
  stopSample = playSample((stroke) => {
    drawing = new Drawing();
    drawing.add(stroke);
    changed();
  });
}

element("undo").addEventListener("click", undo);
element("clear").addEventListener("click", clear);
element("address").textContent = new URL("predict", location.href).href;
listenToKeys();
listenToPen(element("canvas"), {
  width: () => element("brush").valueAsNumber,
  begin: (stroke) => change((it) => it.add(stroke)),
  extend: changed,
});
listenForPictures({
  button: element("open"),
  input: element("file"),
  target: element("paper"),
  take: (picture) => change((it) => it.replace(picture)),
  fail: showBanner,
});
startSample();
