/** What is said of an entry that could not be read. */
import type { EntryRead } from "./jobs.ts";

const GONE: ReadonlySet<string> = new Set(["ENOENT", "ENOTDIR", "ESTALE"]);

/** A SourceProblem, or what a SourceFailed says. */
export type Refusal = { readonly code: string; readonly problem: string };

/** Gone since the scan is no problem; everything else is. */
export function unread({ code, problem: reason }: Refusal): EntryRead {
  return {
    stat: undefined,
    content: undefined,
    attributes: undefined,
    isTorn: false,
    problem: GONE.has(code) ? { kind: "vanished" } : { kind: "unreadable", reason },
    hasOutgrown: false,
  };
}
