// Pictures from a file, from the camera of a phone, from the clipboard, or dropped on the page.

const READ = /^image\/(png|jpeg|webp|bmp|gif|tiff)$/; // by the service; browsers open others too

// Calls take(mark) with {bitmap, file}, or fail(message) where the browser cannot show the file.
// The file is left out where the service would refuse it: {bytes, pixels} are the most it takes.
export function listenForPictures({ inputs, target, most, take, fail }) {
  const isTaken = ({ type, size }, { width, height }) =>
    READ.test(type) && size <= most.bytes && width * height <= most.pixels;
  const open = async (file) => {
    if (!file) return;
    try {
      const bitmap = await createImageBitmap(file);
      take(isTaken(file, bitmap) ? { bitmap, file } : { bitmap });
    } catch {
      fail(`${file.name || "This"} cannot be opened: it is damaged, or not PNG, JPEG, WebP, GIF or BMP.`);
    }
  };

  for (const [button, input] of inputs) {
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
