import { expect, test } from "bun:test";
import { JobOrder, type JobUse } from "../../../src/engine/job-order.ts";

/** Asks for turns, and tells in which order they were given. */
class Jobs {
  readonly started: string[] = [];
  readonly #turns = new Map<string, Disposable>();
  readonly #order: JobOrder;

  constructor(order: JobOrder) {
    this.#order = order;
  }

  async ask(name: string, use: JobUse, sizeBytes = 1): Promise<void> {
    const given = this.#order.turn(use, sizeBytes).then((turn) => {
      this.started.push(name);
      this.#turns.set(name, turn);
    });
    await Promise.race([given, Bun.sleep(0)]);
  }

  async end(name: string): Promise<void> {
    this.#turns.get(name)?.[Symbol.dispose]();
    await Bun.sleep(0);
  }
}

test("no more jobs run than there may be", async () => {
  const jobs = new Jobs(new JobOrder({ jobsMax: 2, largeMax: 1 }));
  for (const name of ["a", "b", "c"]) await jobs.ask(name, "small");
  expect(jobs.started).toEqual(["a", "b"]);
  await jobs.end("a");
  expect(jobs.started).toEqual(["a", "b", "c"]);
});

test("small jobs go in the order in which they were asked for", async () => {
  const jobs = new Jobs(new JobOrder({ jobsMax: 1, largeMax: 1 }));
  for (const name of ["a", "b", "c"]) await jobs.ask(name, "small", name.charCodeAt(0));
  await jobs.end("a");
  await jobs.end("b");
  expect(jobs.started).toEqual(["a", "b", "c"]);
});

test("while the walk goes on, large jobs leave turns to small ones that are to come", async () => {
  const jobs = new Jobs(new JobOrder({ jobsMax: 4, largeMax: 1 }));
  for (const name of ["large 1", "large 2"]) await jobs.ask(name, "large");
  expect(jobs.started).toEqual(["large 1"]);
  for (const name of ["a", "b", "c", "d"]) await jobs.ask(name, "small");
  expect(jobs.started).toEqual(["large 1", "a", "b", "c"]);
});

test("one large job is always beside the small ones", async () => {
  const jobs = new Jobs(new JobOrder({ jobsMax: 2, largeMax: 1 }));
  for (const name of ["large 1", "large 2"]) await jobs.ask(name, "large");
  for (const name of ["a", "b"]) await jobs.ask(name, "small");
  await jobs.end("large 1");
  expect(jobs.started).toEqual(["large 1", "a", "large 2"]);
});

test("when the walk stands, large jobs have what small ones leave", async () => {
  const order = new JobOrder({ jobsMax: 3, largeMax: 1 });
  const jobs = new Jobs(order);
  for (const name of ["large 1", "large 2", "large 3"]) await jobs.ask(name, "large");
  await jobs.ask("a", "small");
  order.walk("stands");
  await Bun.sleep(0);
  expect(jobs.started).toEqual(["large 1", "a", "large 2"]);
  order.walk("goes-on");
  await jobs.end("large 1");
  expect(jobs.started).toEqual(["large 1", "a", "large 2"]);
  await jobs.end("large 2");
  expect(jobs.started).toEqual(["large 1", "a", "large 2", "large 3"]);
});

test("of the large jobs that wait the largest goes first", async () => {
  const order = new JobOrder({ jobsMax: 1, largeMax: 1 });
  const jobs = new Jobs(order);
  for (const sizeBytes of [5, 3, 9, 7, 9]) {
    await jobs.ask(`${sizeBytes}`, "large", sizeBytes);
  }
  for (const name of ["5", "9", "9", "7"]) await jobs.end(name);
  expect(jobs.started).toEqual(["5", "9", "9", "7", "3"]);
});
