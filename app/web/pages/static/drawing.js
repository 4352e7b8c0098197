// The drawing: its marks, undo and redo. No pixels here.
//
// A mark is a stroke {width, points: [[x, y, pressure?], …], erases?} or a picture {bitmap, file?},
// in units of paper that is SIDE high, whatever size it has on the screen.

export const SIDE = 280; // of the square paper
export const WIDE = 3 * SIDE; // of the paper for numbers, which is SIDE high too

export class Drawing {
  #states = [[]]; // every state so far: undo also brings back what was cleared
  #place = 0;

  get marks() {
    return this.#states[this.#place];
  }

  get isEmpty() {
    return this.marks.length === 0;
  }

  get canUndo() {
    return this.#place > 0;
  }

  get canRedo() {
    return this.#place < this.#states.length - 1;
  }

  add(mark) {
    this.#push([...this.marks, mark]);
  }

  replace(...marks) {
    this.#push(marks);
  }

  clear() {
    if (!this.isEmpty) this.#push([]);
  }

  undo() {
    if (this.canUndo) this.#place--;
  }

  redo() {
    if (this.canRedo) this.#place++;
  }

  #push(marks) {
    this.#states.splice(++this.#place, Infinity, marks);
  }
}
