/**
 * The shortest way from one list of lines to another, as far as it is worth its time: Myers' O(ND)
 * algorithm from both ends at once ("An O(ND) Difference Algorithm and Its Variations", 1986, §4b),
 * after lines that only one side has are set aside. Where the sides are so different that the
 * shortest way would take quadratic time, a good one is taken. Pure.
 */

/** Lines `[oldStart, oldEnd)` became `[newStart, newEnd)`; one of the two may be empty. */
export type Edit = {
  readonly oldStart: number;
  readonly oldEnd: number;
  readonly newStart: number;
  readonly newEnd: number;
};

/** Steps after which a split that is only good is taken. */
const COST_MIN = 256;
const NOWHERE = -1;
const FAR = 0x7fffffff;

/** In order, not touching each other. */
export function lineEdits(old: readonly string[], now: readonly string[]): readonly Edit[] {
  const numbers = new Map<string, number>();
  const numberOf = (line: string): number => {
    const known = numbers.get(line);
    if (known !== undefined) return known;
    numbers.set(line, numbers.size);
    return numbers.size - 1;
  };
  const oldLines = Int32Array.from(old, numberOf);
  const newLines = Int32Array.from(now, numberOf);
  const oldChanged = new Uint8Array(old.length);
  const newChanged = new Uint8Array(now.length);
  const left = setAside(oldLines, newLines, { changed: oldChanged, numbers: numbers.size });
  const right = setAside(newLines, oldLines, { changed: newChanged, numbers: numbers.size });
  new Walk(left, right).compare({ left: 0, leftEnd: left.count, right: 0, rightEnd: right.count });
  return editsOf(oldChanged, newChanged);
}

/** The lines of a side that the other has too, and where to mark those that changed. */
type Lines = {
  readonly numbers: Int32Array;
  readonly places: Int32Array;
  readonly count: number;
  readonly changed: Uint8Array;
};

/** Part of both sides. */
type Box = {
  readonly left: number;
  readonly leftEnd: number;
  readonly right: number;
  readonly rightEnd: number;
};

/** Marks what only this side has as changed, and leaves it out. */
function setAside(
  lines: Int32Array,
  others: Int32Array,
  { changed, numbers }: { readonly changed: Uint8Array; readonly numbers: number },
): Lines {
  const isShared = new Uint8Array(numbers);
  for (const number of others) isShared[number] = 1;
  const kept = new Int32Array(lines.length);
  const places = new Int32Array(lines.length);
  let count = 0;
  for (const [place, number] of lines.entries()) {
    if (isShared[number] === 0) changed[place] = 1;
    else {
      kept[count] = number;
      places[count] = place;
      count += 1;
    }
  }
  return { numbers: kept, places, count, changed };
}

/** Diagonals are numbered left minus right. */
class Walk {
  readonly #left: Lines;
  readonly #right: Lines;
  readonly #offset: number;
  /** Of each diagonal the farthest place on the left that was reached, from the start. */
  readonly #forward: Int32Array;
  /** And the nearest, from the end. */
  readonly #backward: Int32Array;
  readonly #costMax: number;

  constructor(left: Lines, right: Lines) {
    this.#left = left;
    this.#right = right;
    this.#offset = right.count + 1;
    const diagonals = left.count + right.count + 3;
    this.#forward = new Int32Array(diagonals);
    this.#backward = new Int32Array(diagonals);
    this.#costMax = Math.max(COST_MIN, Math.ceil(Math.sqrt(diagonals)));
  }

  compare(whole: Box): void {
    const boxes = [whole];
    for (let box = boxes.pop(); box !== undefined; box = boxes.pop()) {
      const { left, leftEnd, right, rightEnd } = this.#trimmed(box);
      if (left === leftEnd || right === rightEnd) {
        mark(this.#left, left, leftEnd);
        mark(this.#right, right, rightEnd);
        continue;
      }
      const [x, y] = this.#split({ left, leftEnd, right, rightEnd });
      boxes.push(
        { left: x, leftEnd, right: y, rightEnd },
        { left, leftEnd: x, right, rightEnd: y },
      );
    }
  }

  /** Without what is the same at both ends. */
  #trimmed({ left, leftEnd, right, rightEnd }: Box): Box {
    let [start, other, end, otherEnd] = [left, right, leftEnd, rightEnd];
    while (start < end && other < otherEnd && this.#isSame(start, other)) {
      start += 1;
      other += 1;
    }
    while (start < end && other < otherEnd && this.#isSame(end - 1, otherEnd - 1)) {
      end -= 1;
      otherEnd -= 1;
    }
    return { left: start, leftEnd: end, right: other, rightEnd: otherEnd };
  }

  /** A place on a way through the box, so that each part is smaller than it. */
  #split(box: Box): readonly [number, number] {
    const low = box.left - box.rightEnd;
    const high = box.leftEnd - box.right;
    const first = box.left - box.right;
    const last = box.leftEnd - box.rightEnd;
    const isOdd = ((first - last) & 1) !== 0;
    this.#forward[first + this.#offset] = box.left;
    this.#backward[last + this.#offset] = box.leftEnd;
    const ahead = { from: first, to: first };
    const behind = { from: last, to: last };
    for (let cost = 1; ; cost += 1) {
      widen(ahead, { low, high }, (diagonal) => {
        this.#forward[diagonal + this.#offset] = NOWHERE;
      });
      const met = this.#stepForward(box, ahead, isOdd ? behind : undefined);
      if (met !== undefined) return met;
      widen(behind, { low, high }, (diagonal) => {
        this.#backward[diagonal + this.#offset] = FAR;
      });
      const found = this.#stepBackward(box, behind, isOdd ? undefined : ahead);
      if (found !== undefined) return found;
      if (cost >= this.#costMax) return this.#goodSplit(box, ahead, behind);
    }
  }

  /** One edit farther on every second diagonal; where that meets `other`, coming from the end. */
  #stepForward(
    box: Box,
    range: Range,
    other: Range | undefined,
  ): readonly [number, number] | undefined {
    const { leftEnd, rightEnd } = box;
    for (let diagonal = range.to; diagonal >= range.from; diagonal -= 2) {
      const at = diagonal + this.#offset;
      const down = this.#forward[at + 1] as number;
      let x = Math.max((this.#forward[at - 1] as number) + 1, down);
      while (x < leftEnd && x - diagonal < rightEnd && this.#isSame(x, x - diagonal)) x += 1;
      this.#forward[at] = x;
      const isMet = other !== undefined && other.from <= diagonal && diagonal <= other.to;
      if (isMet && (this.#backward[at] as number) <= x) return [x, x - diagonal];
    }
    return undefined;
  }

  #stepBackward(
    box: Box,
    range: Range,
    other: Range | undefined,
  ): readonly [number, number] | undefined {
    const { left, right } = box;
    for (let diagonal = range.to; diagonal >= range.from; diagonal -= 2) {
      const at = diagonal + this.#offset;
      const up = this.#backward[at - 1] as number;
      let x = Math.min((this.#backward[at + 1] as number) - 1, up);
      while (left < x && right < x - diagonal && this.#isSame(x - 1, x - diagonal - 1)) x -= 1;
      this.#backward[at] = x;
      const isMet = other !== undefined && other.from <= diagonal && diagonal <= other.to;
      if (isMet && x <= (this.#forward[at] as number)) return [x, x - diagonal];
    }
    return undefined;
  }

  /** The place farthest from where it was started from, of all that were reached. */
  #goodSplit(box: Box, ahead: Range, behind: Range): readonly [number, number] {
    const { left, leftEnd, right, rightEnd } = box;
    let best: readonly [number, number] = [left, right];
    let bestGain = NOWHERE;
    for (let diagonal = ahead.to; diagonal >= ahead.from; diagonal -= 2) {
      const reached = Math.min(this.#forward[diagonal + this.#offset] as number, leftEnd);
      const x = Math.min(reached, rightEnd + diagonal);
      const gain = x - left + (x - diagonal - right);
      if (x >= left && x - diagonal >= right && gain > bestGain) {
        best = [x, x - diagonal];
        bestGain = gain;
      }
    }
    for (let diagonal = behind.to; diagonal >= behind.from; diagonal -= 2) {
      const reached = Math.max(this.#backward[diagonal + this.#offset] as number, left);
      const x = Math.max(reached, right + diagonal);
      const gain = leftEnd - x + (rightEnd - (x - diagonal));
      if (x <= leftEnd && x - diagonal <= rightEnd && gain > bestGain) {
        best = [x, x - diagonal];
        bestGain = gain;
      }
    }
    return best;
  }

  #isSame(x: number, y: number): boolean {
    return this.#left.numbers[x] === this.#right.numbers[y];
  }
}

type Range = { from: number; to: number };

/** By a diagonal on each side, or back by one where the box ends; `reset` is given those beyond. */
function widen(
  range: Range,
  { low, high }: { readonly low: number; readonly high: number },
  reset: (diagonal: number) => void,
): void {
  if (range.from > low) {
    range.from -= 1;
    reset(range.from - 1);
  } else range.from += 1;
  if (range.to < high) {
    range.to += 1;
    reset(range.to + 1);
  } else range.to -= 1;
}

function mark({ places, changed }: Lines, start: number, end: number): void {
  for (let index = start; index < end; index += 1) changed[places[index] as number] = 1;
}

/** What is not marked is the same on both sides, in order. */
function editsOf(oldChanged: Uint8Array, newChanged: Uint8Array): readonly Edit[] {
  const edits: Edit[] = [];
  let old = 0;
  let now = 0;
  while (old < oldChanged.length || now < newChanged.length) {
    const [oldStart, newStart] = [old, now];
    while (oldChanged[old] === 1) old += 1;
    while (newChanged[now] === 1) now += 1;
    if (old > oldStart || now > newStart)
      edits.push({ oldStart, oldEnd: old, newStart, newEnd: now });
    else {
      old += 1;
      now += 1;
    }
  }
  return edits;
}
