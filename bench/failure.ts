/**
 * What stops a benchmark with a message for the person who started it; anything else is a bug and
 * shows its stack.
 */
export class BenchFailure extends Error {
  override readonly name = "BenchFailure";
}
