// Pictures from a file, from the camera of a phone, from the clipboard, or dropped on the page.

// Calls take(mark) with {bitmap, file}, or fail(message) where the browser cannot show the file.
export function listenForPictures({ doors, target, take, fail }) {
  const open = async (file) => {
    if (!file) return;
    try {
      take({ bitmap: await createImageBitmap(file), file });
    } catch {
      fail(`${file.name || "This"} is not a picture that the browser can open.`);
    }
  };

  for (const [button, input] of doors) {
    button.addEventListener("click", () => input.click());
    input.addEventListener("change", () => {
      open(input.files[0]);
      input.value = ""; // so that the same file can be chosen again
    });
  }
  document.addEventListener("paste", (event) => open(event.clipboardData.files[0]));
  acceptDrops(target, open);
}

function acceptDrops(target, open) {
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    target.toggleAttribute("data-drop", true);
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) target.toggleAttribute("data-drop", false);
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    target.toggleAttribute("data-drop", false);
    open(event.dataTransfer.files[0]);
  });
}
