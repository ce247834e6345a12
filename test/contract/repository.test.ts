/** The laws of Repository, on each implementation. */
import { EncryptedRepository } from "../../src/engine/encrypted-repository.ts";
import { MemoryRepository } from "../support/local-repository.ts";
import { RepositoryDisk } from "../support/repository-disk.ts";
import { TEST_KEYS } from "../support/test-keys.ts";
import { describeRepository } from "./repository.ts";

describeRepository("LocalRepository in memory", async () => new MemoryRepository());

describeRepository("LocalRepository in a folder", async () => {
  const disk = new RepositoryDisk();
  const repository = await disk.open();
  return {
    repository,
    async [Symbol.asyncDispose]() {
      await repository[Symbol.asyncDispose]();
      disk[Symbol.dispose]();
    },
  };
});

describeRepository("EncryptedRepository on one in memory", async () => {
  const { repository } = new MemoryRepository();
  const encrypted = new EncryptedRepository(repository, TEST_KEYS, "on");
  return {
    repository: encrypted,
    [Symbol.asyncDispose]: () => encrypted[Symbol.asyncDispose](),
  };
});
