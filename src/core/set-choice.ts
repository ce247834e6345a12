/** Which backup set is meant, before anybody has looked which there are. */

/**
 * named: by name, number, tag, "Current" (the newest complete one), or the beginning of a name or
 * tag that only one set has. at: the newest complete set that was started at that time or before.
 * last: for each path the newest set that has it.
 */
export type SetChoice =
  | { readonly kind: "named"; readonly text: string }
  | { readonly kind: "at"; readonly timeMs: number; readonly said: string }
  | { readonly kind: "last" };

/** One that means a single set. */
export type OneSetChoice = Exclude<SetChoice, { readonly kind: "last" }>;
