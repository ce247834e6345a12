/**
 * Tells workers to stop in the middle of a job: a worker that computes hears no message, but it can
 * look at memory that it shares with the main thread.
 */
import { Interrupted } from "../core/errors.ts";

/** Shared by all threads of a run. */
export type StopFlag = Int32Array<SharedArrayBuffer>;

export function stopFlag(): StopFlag {
  return new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
}

/** Raises the flag when `signal` is aborted; until the end of the scope that disposes this. */
export function raiseOnAbort(flag: StopFlag, signal: AbortSignal): Disposable {
  const raise = (): void => void Atomics.store(flag, 0, 1);
  if (signal.aborted) raise();
  signal.addEventListener("abort", raise);
  return { [Symbol.dispose]: () => signal.removeEventListener("abort", raise) };
}

/** Throws Interrupted when the flag is up. */
export function expectNotStopped(flag: StopFlag, what: string): void {
  if (Atomics.load(flag, 0) !== 0) throw new Interrupted(what);
}
