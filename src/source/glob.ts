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
/** What is between two stars: a regular expression of a fixed number of characters. */
type Part = {
  readonly expression: string;
  /** undefined: more than one text matches. */
  readonly literal: string | undefined;
};

/** The parts before, between and after the stars. */
export type Glob = { readonly parts: readonly Part[] };

/** `message` completes "the pattern X …". */
export class GlobSyntaxError extends Error {}

const NO_PART: Part = { expression: "", literal: "" };
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
  const characters = Array.from(text);
  const parts: Part[] = [NO_PART];
  for (let index = 0; index < characters.length; index += 1) {
    const last = parts.at(-1) ?? NO_PART;
    if (characters[index] === "*") {
      // Two stars mean no more than one.
      if (parts.length === 1 || last.expression !== "") parts.push(NO_PART);
      continue;
    }
    const piece = parsePiece(characters, index);
    parts[parts.length - 1] = joined(last, piece);
    index = piece.last;
  }
  return { parts };
}

/** Matches exactly `text`. */
export function literalGlob(text: string): Glob {
  const expression = Array.from(text, escapeCharacter).join("");
  return { parts: [{ expression, literal: text }] };
}

/**
 * Matches a whole name, as losslessText gives it, when any of its globs does. Most globs are a
 * name, an ending or a beginning: those are looked up, and only the others are an expression.
 */
export class GlobSet {
  readonly #names = new Set<string>();
  /** By their last character's code. */
  readonly #endings = new Map<number, string[]>();
  /** By their first character's code. */
  readonly #beginnings = new Map<number, string[]>();
  readonly #expression: RegExp | undefined;

  constructor(globs: readonly Glob[]) {
    const others = globs.filter((glob) => !this.#addLiteral(glob));
    this.#expression = others.length === 0 ? undefined : expressionOfAll(others);
  }

  test(text: string): boolean {
    if (this.#names.has(text)) return true;
    const endings = this.#endings.get(text.charCodeAt(text.length - 1));
    if (endings?.some((ending) => text.endsWith(ending)) === true) return true;
    const beginnings = this.#beginnings.get(text.charCodeAt(0));
    if (beginnings?.some((beginning) => text.startsWith(beginning)) === true) return true;
    return this.#expression?.test(text) === true;
  }

  /** Whether `glob` is a name, an ending or a beginning. */
  #addLiteral({ parts }: Glob): boolean {
    const [first, second, ...more] = parts;
    if (first?.literal === undefined || more.length > 0) return false;
    // A stray byte looks like the second half of a pair: only an expression tells them apart.
    if (!`${first.literal}${second?.literal ?? ""}`.isWellFormed()) return false;
    if (second === undefined) this.#names.add(first.literal);
    else if (second.literal === undefined || (first.literal === "") === (second.literal === ""))
      return false;
    else if (first.literal === "")
      addTo(this.#endings, second.literal.charCodeAt(second.literal.length - 1), second.literal);
    else addTo(this.#beginnings, first.literal.charCodeAt(0), first.literal);
    return true;
  }
}

function addTo(lists: Map<number, string[]>, code: number, text: string): void {
  const list = lists.get(code);
  if (list === undefined) lists.set(code, [text]);
  else list.push(text);
}

function joined(left: Part, right: Part): Part {
  const expression = left.expression + right.expression;
  const isLiteral = left.literal !== undefined && right.literal !== undefined;
  return { expression, literal: isLiteral ? `${left.literal}${right.literal}` : undefined };
}

function expressionOfAll(globs: readonly Glob[]): RegExp {
  let groups = 0;
  const nextGroup = () => (groups += 1);
  const expressions = globs.map((glob) => expressionOf(glob, nextGroup));
  return new RegExp(`^(?:${expressions.join("|")})$`, "su");
}

function expressionOf({ parts }: Glob, nextGroup: () => number): string {
  const [first = "", ...rest] = parts.map(({ expression }) => expression);
  const endsInStar = rest.at(-1) === "";
  const searched = endsInStar ? rest.slice(0, -1) : rest;
  const steps = searched.map((part, index) => {
    if (index < searched.length - 1) return `(?=(.*?${part}))\\${nextGroup()}`;
    return endsInStar ? `.*?${part}` : `.*${part}`;
  });
  return first + steps.join("") + (endsInStar ? ".*" : "");
}

/** `last`: the index of its last character. */
type Piece = Part & { readonly last: number };

function parsePiece(characters: readonly string[], index: number): Piece {
  const character = characters[index] as string;
  if (character === "?") return { expression: ".", literal: undefined, last: index };
  if (character === "[") return parseBracket(characters, index);
  if (character !== "\\") return literalPiece(character, index);
  const next = characters[index + 1];
  if (next === undefined) throw new GlobSyntaxError("ends in a backslash");
  return literalPiece(next, index + 1);
}

function literalPiece(character: string, last: number): Piece {
  return { expression: escapeCharacter(character), literal: character, last };
}

function parseBracket(characters: readonly string[], start: number): Piece {
  const first = characters[start + 1];
  const isNegated = first === "!" || first === "^";
  const begin = start + (isNegated ? 2 : 1);
  const end = endOfBracket(characters, begin);
  const members = membersOf(characters, begin, end);
  const expression = `[${isNegated ? "^" : ""}${members}]`;
  return { expression, literal: undefined, last: end };
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

function memberAt(
  characters: readonly string[],
  index: number,
): { character: string; last: number } {
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
