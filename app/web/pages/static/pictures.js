// Pictures from a file, from the camera of a phone, from the clipboard, or dropped on the page.

const READ = /^image\/(png|jpeg|webp|bmp|gif|tiff)$/; // by the service; browsers open others too

// Calls take(mark) with {bitmap, file}, or fail(message) where the browser cannot show the file.
// The file is left out where the service would refuse it: {bytes, pixels} are the most it takes.
// Returns what opens a file from elsewhere.
export function offerPictures({ inputs, most, take, fail }) {
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
  return open;
}

// Files pasted or dropped on an element go to the {paper, open} that find(element) gives.
export function listenForFiles(find) {
  let marked = null; // the paper that a file is held over
  const mark = (paper) => {
    marked?.removeAttribute("data-drop");
    paper?.setAttribute("data-drop", "");
    marked = paper;
  };
  document.addEventListener("paste", ({ target, clipboardData }) => find(target).open(clipboardData.files[0]));
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    const { paper } = find(event.target);
    if (paper !== marked) mark(paper);
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) mark(null);
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    mark(null);
    find(event.target).open(event.dataTransfer.files[0]);
  });
}
