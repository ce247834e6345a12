/** The laws of Repository, on each implementation. */
import { MemoryRepository } from "../support/local-repository.ts";
import { RepositoryDisk } from "../support/repository-disk.ts";
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
