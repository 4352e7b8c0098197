// What is on the paper and how it came there. No pixels here.
//
// A mark is a stroke {width, points: [[x, y], …]} or a picture {bitmap, file}, in units of a
// square of SIDE × SIDE, whatever size the paper has on the screen.

export const SIDE = 280;

export class Drawing {
  #states = [[]]; // every state so far, newest last: undo also brings back what was cleared

  get marks() {
    return this.#states.at(-1);
  }

  get isEmpty() {
    return this.marks.length === 0;
  }

  get canUndo() {
    return this.#states.length > 1;
  }

  add(mark) {
    this.#states.push([...this.marks, mark]);
  }

  replace(mark) {
    this.#states.push([mark]);
  }

  clear() {
    if (!this.isEmpty) this.#states.push([]);
  }

  undo() {
    if (this.canUndo) this.#states.pop();
  }
}
