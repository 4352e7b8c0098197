// Connects the page: paper -> drawing -> service -> answer -> views.

import { AnswerView, showBanner, showNotice } from "./answer.js";
import { LiveReader, predict } from "./client.js";
import { Drawing } from "./drawing.js";
import { NumberPaper } from "./number.js";
import { toPicture } from "./paper.js";
import { recognise } from "./recognise.js";
import { DIGITS, playSample } from "./samples.js";
import { decode, encode } from "./share.js";
import { Sheet } from "./sheet.js";
import { copy } from "./use.js";
import { Views } from "./views.js";
import { write } from "./words.js";

const REST_MS = 400; // the address follows once the drawing is at rest

const element = (id) => document.getElementById(id);

const number = element("number"); // only where the service has a reader
const answer = new AnswerView(element("answer"));
const reader = new LiveReader({
  read: number ? recognise : predict,
  onAnswer: showAnswer,
  onTrouble: showTrouble,
});
const views = new Views(element("views"), updateAddress);
const sheet = new Sheet("", {
  root: document.querySelector("main"),
  samples: DIGITS,
  begin: endSample,
  asked: ask,
  painted: showPaper,
});
let shown = null; // {marks, isNow, makePicture} of the picture that was asked about last
let stopSample = null; // while the sample is on the paper
let resting = null;

function showAnswer(given) {
  const { name, version } = given.model;
  write(element("model"), `${name}, version ${version}`);
  answer.show(given);
  views.follow({ ...shown, answer: given });
}

function showTrouble(message) {
  if (message) {
    answer.showUnread();
    views.rest();
  }
  showBanner(message);
}

function showPaper() {
  if (sheet.drawing.isEmpty) showEmpty();
  clearTimeout(resting);
  resting = setTimeout(updateAddress, REST_MS);
}

// The picture is the same for the answer and for all that explains it.
function ask(marks) {
  reader.ask(() => {
    const picture = toPicture(marks);
    const length = marks.at(-1).points?.length; // strokes grow in place
    const isNow = () => marks === sheet.drawing.marks && marks.at(-1).points?.length === length;
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

function endSample() {
  if (!stopSample) return;
  stopSample();
  stopSample = null;
  element("paper").removeAttribute("data-sample");
  reader.cancel();
  sheet.drawing = new Drawing();
}

function updateAddress() {
  const strokes = stopSample || sheet.drawing.isEmpty ? "" : encode(sheet.drawing.marks);
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
  if (marks) sheet.replace(...marks);
  return marks !== null;
}

function startSample() {
  element("paper").setAttribute("data-sample", "");
  stopSample = playSample((stroke) => {
    sheet.drawing = new Drawing();
    sheet.drawing.add(stroke);
    sheet.changed();
  });
}

async function share() {
  clearTimeout(resting);
  updateAddress();
  const isLost = !stopSample && !sheet.drawing.isEmpty && !location.hash.includes("s=");
  if (isLost) showNotice("The drawing is not in the link: pictures and very long drawings do not fit.");
  await copy(location.href, element("share"));
}

element("share").addEventListener("click", share);
addEventListener("hashchange", openAddress);
if (number) new NumberPaper(number);
if (!openAddress()) startSample();
