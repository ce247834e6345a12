import { describe, expect, test } from "bun:test";
import type { ContentId } from "../../../src/core/ids.ts";
import type { BackupSession } from "../../../src/core/repository.ts";
import { ContentClaims } from "../../../src/engine/content-claims.ts";

const A = "a" as string as ContentId;
const B = "b" as string as ContentId;

/** A session that has none of what it is asked for. */
function claims(): ContentClaims {
  const missing: BackupSession["missing"] = async (contents) => contents.map(() => true);
  return new ContentClaims({ missing } as Partial<BackupSession> as BackupSession);
}

test("a content that two have read is stored by the first, and the other waits", async () => {
  const all = claims();
  const first = await all.claim([A, B, A]);
  const second = await all.claim([B]);
  expect(first.wanted).toEqual([A, B]);
  expect(second.wanted).toEqual([]);
  let isStored = false;
  const waiting = second.others.then(() => expect(isStored).toBe(true));
  await first.store(async () => {
    await Bun.sleep(1);
    isStored = true;
  });
  await waiting;
});

test("who waits for a content meets what its storing has failed of", async () => {
  const all = claims();
  const first = await all.claim([A]);
  const second = await all.claim([A]);
  const failing = first.store(() => Promise.reject(new Error("the disk is full")));
  await expect(failing).rejects.toThrow("the disk is full");
  await expect(second.others).rejects.toThrow("the disk is full");
});

test("who fails before it waits for others leaves no failure unhandled", async () => {
  const all = claims();
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => void unhandled.push(reason);
  process.on("unhandledRejection", note);
  const first = await all.claim([A]);
  const second = await all.claim([A, B]);
  const failed = [first, second].map(({ store }) =>
    store(() => Promise.reject(new Error("stopped"))).catch(() => "failed"),
  );
  expect(await Promise.all(failed)).toEqual(["failed", "failed"]);
  await Bun.sleep(5);
  process.off("unhandledRejection", note);
  expect(unhandled).toEqual([]);
});

describe("contents that workers claim themselves", () => {
  /** What is stored so far. */
  function claimsOn(stored: Set<ContentId>): ContentClaims {
    const missing: BackupSession["missing"] = async (contents) =>
      contents.map((content) => !stored.has(content));
    return new ContentClaims({ missing } as Partial<BackupSession> as BackupSession);
  }

  test("are waited for by others that have them, however their storing ends", async () => {
    const stored = new Set<ContentId>();
    const all = claimsOn(stored);
    const first = Promise.withResolvers<void>();
    const storing = all.storing(async () => {
      await first.promise;
      stored.add(A);
    });
    const failing = all.storing(async () => {
      await first.promise;
      throw new Error("the disk is full");
    });
    const waiting = all.areStored([A]);
    const inVain = all.areStored([A, B]);
    first.resolve();
    await storing;
    await expect(failing).rejects.toThrow("the disk is full");
    expect(await waiting).toBe(true);
    expect(await inVain).toBe(false);
  });

  test("are not waited for when all that is wanted is there", async () => {
    const all = claimsOn(new Set([A]));
    const storing = all.storing(() => new Promise(() => undefined));
    expect(await all.areStored([A])).toBe(true);
    expect(await all.areStored([])).toBe(true);
    expect(Bun.peek.status(storing)).toBe("pending");
  });
});
