/**
 * A tree that lives: files and folders come, change, move and go, as in somebody's home. The same
 * seed makes the same history.
 */
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { noise, prose } from "./make-tree.ts";
import { Random } from "./random.ts";
import { setModified } from "./system-calls.ts";

const KIB = 1024;
const MIB = 1024 * KIB;
const BYTES_MAX = [40, 3 * KIB, 30 * KIB, 100 * KIB, 100 * KIB, 1200 * KIB];
const LARGE = "large";
const LARGE_BYTES = 9 * MIB;

export class ChangingTree {
  readonly #folder: string;
  readonly #random: Random;
  #names = 0;

  /** `folder` is there and empty. Begins with `files` small files and a large one. */
  constructor(folder: string, seed: number, files: number) {
    this.#folder = folder;
    this.#random = new Random(seed);
    for (let index = 0; index < files / 8; index += 1) this.#makeFolder();
    for (let index = 0; index < files; index += 1) this.#makeFile();
    writeFileSync(join(folder, LARGE), noise(LARGE_BYTES, this.#random.below(1000)));
  }

  /** So many things happen. */
  change(count: number): void {
    for (let index = 0; index < count; index += 1) this.#random.oneOf(this.#happenings)();
  }

  readonly #happenings: readonly (() => void)[] = [
    () => this.#makeFile(),
    () => this.#makeFile(),
    () => this.#makeFolder(),
    () => symlinkSync(`to ${this.#random.below(5)}`, this.#newPath()),
    () => this.#withFile((file) => appendFileSync(file, prose(this.#size(), this.#names))),
    () =>
      this.#withFile((file) => truncateSync(file, this.#random.below(lstatSync(file).size + 1))),
    () => this.#withFile((file) => this.#edit(file)),
    () => this.#withFile((file) => this.#edit(file)),
    () => this.#withFile((file) => this.#edit(file)),
    () => this.#edit(join(this.#folder, LARGE)),
    () => this.#withFile((file) => rmSync(file)),
    () => this.#withFile((file) => renameSync(file, this.#newPath())),
    () => this.#withFile((file) => copyFileSync(file, this.#newPath())),
    () => this.#withFile((file) => linkSync(file, this.#newPath())),
    () => this.#withFile((file) => chmodSync(file, this.#random.oneOf([0o600, 0o644, 0o755]))),
    () =>
      this.#withFile((file) =>
        setModified(file, BigInt(this.#random.below(2 ** 31)) * 999_999_937n),
      ),
    () => this.#moveFolder(),
    () => this.#removeFolder(),
  ];

  #makeFolder(): void {
    mkdirSync(this.#newPath());
  }

  #makeFile(): void {
    const seed = this.#random.below(50); // few, so that some are alike
    const make = this.#random.oneOf([noise, prose]);
    writeFileSync(this.#newPath(), make(this.#size(), seed));
  }

  #edit(file: string): void {
    const before = readFileSync(file);
    const start = this.#random.below(before.length + 1);
    const end = Math.min(before.length, start + this.#random.below(500));
    const inserted = noise(this.#random.below(500), this.#random.below(1000));
    writeFileSync(file, Buffer.concat([before.subarray(0, start), inserted, before.subarray(end)]));
  }

  #moveFolder(): void {
    const folders = this.#folders();
    const [from, to] = [this.#random.oneOf(folders), this.#random.oneOf(folders)];
    if (from === this.#folder || `${to}/`.startsWith(`${from}/`)) return;
    this.#names += 1;
    renameSync(from, join(to, `moved ${this.#names}`));
  }

  #removeFolder(): void {
    const folder = this.#random.oneOf(this.#folders());
    const isSmall = readdirSync(folder).length < 4;
    if (folder !== this.#folder && isSmall) rmSync(folder, { recursive: true });
  }

  #withFile(work: (file: string) => void): void {
    const files = this.#entries().filter((path) => lstatSync(path).isFile());
    const small = files.filter((path) => path !== join(this.#folder, LARGE));
    if (small.length > 0) work(this.#random.oneOf(small));
  }

  #newPath(): string {
    this.#names += 1;
    return join(this.#random.oneOf(this.#folders()), `entry ${this.#names}`);
  }

  #folders(): string[] {
    const inside = this.#entries().filter((path) => lstatSync(path).isDirectory());
    return [this.#folder, ...inside];
  }

  /** In an order that does not depend on the file system. */
  #entries(): string[] {
    const names = readdirSync(this.#folder, { recursive: true, encoding: "utf8" });
    return names.toSorted().map((name) => join(this.#folder, name));
  }

  #size(): number {
    return this.#random.below(this.#random.oneOf(BYTES_MAX));
  }
}
