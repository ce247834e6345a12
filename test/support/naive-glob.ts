/** Globs and patterns by the plainest means, for short input: what the fast ones are held to. */

/** The slow truth about `*`, `?`, `[abc]`, `[!abc]` and literals; `glob` is well formed. */
export function naiveGlobMatches(glob: string, text: string): boolean {
  return matchesFrom(Array.from(glob), Array.from(text));
}

function matchesFrom(glob: readonly string[], text: readonly string[]): boolean {
  const [first, ...rest] = glob;
  if (first === undefined) return text.length === 0;
  if (first === "*")
    return text.some((_, index) => matchesFrom(rest, text.slice(index))) || matchesFrom(rest, []);
  const [character, ...others] = text;
  if (character === undefined) return false;
  if (first === "?") return matchesFrom(rest, others);
  if (first !== "[") return first === character && matchesFrom(rest, others);
  const end = glob.indexOf("]", glob[1] === "!" ? 3 : 2);
  const isNegated = glob[1] === "!";
  const members = glob.slice(isNegated ? 2 : 1, end);
  return members.includes(character) !== isNegated && matchesFrom(glob.slice(end + 1), others);
}

/** Whether names `path` lead along `steps`, where "**" is any number of directories. */
export function naivePathMatches(steps: readonly string[], path: readonly string[]): boolean {
  const [first, ...rest] = steps;
  if (first === undefined) return path.length === 0;
  if (first === "**") {
    // At the end it stands for everything below, but not for the directory itself.
    if (rest.length === 0) return path.length > 0;
    return path.some((_, index) => naivePathMatches(rest, path.slice(index)));
  }
  const [name, ...others] = path;
  return name !== undefined && naiveGlobMatches(first, name) && naivePathMatches(rest, others);
}
