// The request as code: for a terminal, for Python, for JavaScript.

import { toFile } from "./client.js";

const SHOWN_BYTES = 60_000; // a larger picture is a file name in the code

export class UseView {
  #root;
  #file = null; // a promise of what the snippets send

  constructor(root) {
    this.#root = root;
    root.querySelector("#use-save").addEventListener("click", async () => {
      const file = await this.#file;
      if (file) save(file, nameOf(file));
    });
    for (const button of root.querySelectorAll("[data-copy]")) {
      const code = root.querySelector(`#${button.dataset.copy}`);
      button.addEventListener("click", () => copy(code.textContent, button));
    }
  }

  async follow({ makePicture, answer }) {
    const file = (this.#file = toFile(makePicture()));
    const picture = await file;
    const base64 = picture.size <= SHOWN_BYTES ? await toBase64(picture) : null;
    const asked = answer.reading ? "read" : "predict"; // a number, or one digit
    if (file === this.#file) this.#write(asked, base64, nameOf(picture));
  }

  rest() {
    this.#file = null;
    this.#write("predict", null);
  }

  #write(asked, base64, name) {
    const url = new URL(asked, location.href).href;
    const answers = asked === "read" ? "readings" : "predictions";
    for (const [id, code] of Object.entries(snippets(url, answers, base64, name))) {
      this.#root.querySelector(`#${id}`).textContent = code;
    }
  }
}

// The extension goes by the format, as an upload may be no PNG.
function nameOf({ type }) {
  return `digit.${type.slice(6)}`;
}

function snippets(url, answers, base64, name = "digit.png") {
  const inPython = base64 ? `base64.b64decode("${base64}")` : `open("${name}", "rb").read()`;
  const inJavaScript = base64
    ? `Uint8Array.from(atob("${base64}"), (letter) => letter.charCodeAt(0))`
    : `await (await import("node:fs/promises")).readFile("${name}")`;
  return {
    "use-curl": base64
      ? `echo ${base64} | base64 -d | curl --data-binary @- ${url}`
      : `curl --data-binary @${name} ${url}`,
    "use-python": [
      "import base64, json, urllib.request",
      "",
      `picture = ${inPython}`,
      `with urllib.request.urlopen("${url}", data=picture) as response:`,
      `    print(json.load(response)["${answers}"][0])`,
    ].join("\n"),
    "use-javascript": [
      `const picture = ${inJavaScript};`,
      `const response = await fetch("${url}", { method: "POST", body: picture });`,
      `console.log((await response.json()).${answers}[0]);`,
    ].join("\n"),
  };
}

export function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

// Says on the button that it is done; works without a secure connection as well.
export async function copy(text, button) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    copyBySelection(text);
  }
  const words = button.querySelector("span");
  const before = words.dataset.words ?? (words.dataset.words = words.textContent);
  words.textContent = "Copied";
  setTimeout(() => (words.textContent = before), 1500);
}

function copyBySelection(text) {
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

async function toBase64(blob) {
  const url = await new Promise((resolve) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.readAsDataURL(blob);
  });
  return url.split(",")[1];
}
