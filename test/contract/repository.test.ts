/** The laws of Repository, on each implementation. */
import { MemoryRepository } from "../support/local-repository.ts";
import { RepositoryDisk } from "../support/repository-disk.ts";
import { describeHistory } from "./repository-history.ts";
import { type Opened, describeRepository } from "./repository.ts";

async function inMemory(): Promise<Opened> {
  return new MemoryRepository();
}

async function inFolder(): Promise<Opened> {
  const disk = new RepositoryDisk();
  const repository = await disk.open();
  return {
    repository,
    async [Symbol.asyncDispose]() {
      await repository[Symbol.asyncDispose]();
      disk[Symbol.dispose]();
    },
  };
}

for (const [title, open] of [
  ["LocalRepository in memory", inMemory],
  ["LocalRepository in a folder", inFolder],
] as const) {
  describeRepository(title, open);
  describeHistory(title, open);
}
