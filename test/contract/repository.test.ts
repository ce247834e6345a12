/** The laws of Repository, on each implementation. */
import { EncryptedRepository } from "../../src/engine/encrypted-repository.ts";
import { MemoryRepository } from "../support/local-repository.ts";
import { RepositoryDisk } from "../support/repository-disk.ts";
import { TEST_KEYS } from "../support/test-keys.ts";
import { describeHistory } from "./repository-history.ts";
import { describeSets } from "./repository-sets.ts";
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

async function encrypted(): Promise<Opened> {
  const { repository } = new MemoryRepository();
  const opened = new EncryptedRepository(repository, TEST_KEYS, "on");
  return { repository: opened, [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose]() };
}

for (const [title, open] of [
  ["LocalRepository in memory", inMemory],
  ["LocalRepository in a folder", inFolder],
  ["EncryptedRepository on one in memory", encrypted],
] as const) {
  describeRepository(title, open);
  describeSets(title, open);
  describeHistory(title, open);
}
