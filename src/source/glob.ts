/**
 * Globs on one name: `*` any characters, `?` one, `[a-z]` `[!a-z]` `[[:digit:]]` one of (not of)
 * these, `\` takes the next character as it is. docs/patterns.md.
 *
 * They become regular expressions on names as core/lossless-text.ts gives them, so `?` is one
 * character or one stray byte.
 * Every star but the last of a glob is matched by an atomic group (a lookahead and a reference to
 * what it found), since the earliest match of a part is always as good as a later one: matching
 * needs time in proportion to name times glob, whatever they are.
 */
/** The parts between stars, each a regular expression of a fixed number of characters. */
export type Glob = { readonly parts: readonly string[] };

/** `message` completes "the pattern X …". */
export class GlobSyntaxError extends Error {}

const POSIX_CLASSES: Readonly<Record<string, string>> = {
  alnum: "\\p{L}\\p{N}",
  alpha: "\\p{L}",
  blank: " \\t",
  cntrl: "\\u0000-\\u001f\\u007f",
  digit: "0-9",
  graph: "\\u0021-\\u007e",
  lower: "\\p{Ll}",
  print: "\\u0020-\\u007e",
  punct: "\\u0021-\\u002f\\u003a-\\u0040\\u005b-\\u0060\\u007b-\\u007e",
  space: "\\s",
  upper: "\\p{Lu}",
  xdigit: "0-9A-Fa-f",
};

/** Throws GlobSyntaxError. `text` is the losslessText of a pattern and has no slash. */
export function parseGlob(text: string): Glob {
  const characters = [...text];
  const parts: string[] = [""];
  for (let index = 0; index < characters.length; index += 1) {
    const character = characters[index] as string;
    if (character === "*") {
      // Two stars mean no more than one.
      if (parts.length === 1 || parts.at(-1) !== "") parts.push("");
      continue;
    }
    const piece = parsePiece(characters, index);
    parts[parts.length - 1] += piece.expression;
    index = piece.last;
  }
  return { parts };
}

/** Matches exactly `text`. */
export function literalGlob(text: string): Glob {
  return { parts: [[...text].map(escapeCharacter).join("")] };
}

/** Matches a whole name, as losslessText gives it, when any of `globs` does. */
export function compileGlobs(globs: readonly Glob[]): RegExp {
  let groups = 0;
  const nextGroup = () => (groups += 1);
  const expressions = globs.map((glob) => expressionOf(glob, nextGroup));
  return new RegExp(`^(?:${expressions.join("|")})$`, "su");
}

function expressionOf({ parts }: Glob, nextGroup: () => number): string {
  const [first = "", ...rest] = parts;
  const endsInStar = rest.at(-1) === "";
  const searched = endsInStar ? rest.slice(0, -1) : rest;
  const steps = searched.map((part, index) => {
    if (index < searched.length - 1) return `(?=(.*?${part}))\\${nextGroup()}`;
    return endsInStar ? `.*?${part}` : `.*${part}`;
  });
  return first + steps.join("") + (endsInStar ? ".*" : "");
}

type Piece = { readonly expression: string; readonly last: number };

function parsePiece(characters: readonly string[], index: number): Piece {
  const character = characters[index] as string;
  if (character === "?") return { expression: ".", last: index };
  if (character === "[") return parseBracket(characters, index);
  if (character !== "\\") return { expression: escapeCharacter(character), last: index };
  const next = characters[index + 1];
  if (next === undefined) throw new GlobSyntaxError("ends in a backslash");
  return { expression: escapeCharacter(next), last: index + 1 };
}

function parseBracket(characters: readonly string[], start: number): Piece {
  const first = characters[start + 1];
  const isNegated = first === "!" || first === "^";
  const begin = start + (isNegated ? 2 : 1);
  const end = endOfBracket(characters, begin);
  const members = membersOf(characters, begin, end);
  return { expression: `[${isNegated ? "^" : ""}${members}]`, last: end };
}

/** Where the closing bracket is. One that comes first stands for itself. */
function endOfBracket(characters: readonly string[], begin: number): number {
  for (let index = begin; index < characters.length; index += 1) {
    if (characters[index] === "\\") index += 1;
    else if (posixClassAt(characters, index) !== undefined) index = endOfClass(characters, index);
    else if (characters[index] === "]" && index > begin) return index;
  }
  throw new GlobSyntaxError('has a "[" without its "]"');
}

function membersOf(characters: readonly string[], begin: number, end: number): string {
  let members = "";
  for (let index = begin; index < end; index += 1) {
    const name = posixClassAt(characters, index);
    if (name !== undefined) {
      members += classExpression(name);
      index = endOfClass(characters, index);
      continue;
    }
    const low = memberAt(characters, index);
    index = low.last;
    if (characters[index + 1] !== "-" || index + 2 >= end) {
      members += escapeCharacter(low.character);
      continue;
    }
    const high = memberAt(characters, index + 2);
    index = high.last;
    members += rangeExpression(low.character, high.character);
  }
  return members;
}

function memberAt(characters: readonly string[], index: number): { character: string; last: number } {
  const last = characters[index] === "\\" ? index + 1 : index;
  return { character: characters[last] as string, last };
}

function rangeExpression(low: string, high: string): string {
  if ((low.codePointAt(0) as number) > (high.codePointAt(0) as number))
    throw new GlobSyntaxError(`has the range "${low}-${high}", which is backwards`);
  return `${escapeCharacter(low)}-${escapeCharacter(high)}`;
}

function posixClassAt(characters: readonly string[], index: number): string | undefined {
  if (characters[index] !== "[" || characters[index + 1] !== ":") return undefined;
  const match = /^\[:([a-z]+):\]/.exec(characters.slice(index, index + 16).join(""));
  return match?.[1];
}

function endOfClass(characters: readonly string[], index: number): number {
  return characters.indexOf(":", index + 2) + 1;
}

function classExpression(name: string): string {
  const expression = POSIX_CLASSES[name];
  if (expression === undefined) throw new GlobSyntaxError(`has the unknown class "[:${name}:]"`);
  return expression;
}

function escapeCharacter(character: string): string {
  if (/[\p{L}\p{N}_]/u.test(character)) return character;
  return `\\u{${(character.codePointAt(0) as number).toString(16)}}`;
}
