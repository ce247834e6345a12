import { mkdirSync } from "node:fs";
import { DirectoryPacks } from "../../src/store/directory-packs.ts";
import { MemoryPacks } from "../../src/store/memory-packs.ts";
import { TempDir } from "../support/temp-dir.ts";
import { describePackStore, type OpenedStore } from "./pack-store.ts";

describePackStore("MemoryPacks", () => {
  const store = new MemoryPacks();
  const reopen = (): MemoryPacks => {
    store.losePower();
    return store;
  };
  return { store, reopen, [Symbol.asyncDispose]: async () => {} };
});

describePackStore("DirectoryPacks", (): OpenedStore => {
  const owned = new DisposableStack();
  const folder = owned.use(new TempDir()).join("packs");
  mkdirSync(folder);
  const open = (): DirectoryPacks => owned.use(new DirectoryPacks(folder));
  return { store: open(), reopen: open, [Symbol.asyncDispose]: async () => owned.dispose() };
});
