/**
 * Rules about the code itself, checked like any other behaviour.
 *
 * LAYERS is the architecture: a folder of src/ may import the folders listed for it, and main.ts
 * anything. HOST says which folder may touch which part of the outside world. ARCHITECTURE.md
 * has the same in words.
 */
import { describe, expect, test } from "bun:test";
import { posix } from "node:path";

const LAYERS: Readonly<Record<string, readonly string[]>> = {
  core: [],
  source: ["core"],
  store: ["core"],
  format: ["core"],
  catalog: ["core"],
  engine: ["core", "source", "store", "format", "catalog"],
  remote: ["core", "format"],
  fuse: ["core"],
  cli: ["core", "engine", "remote", "fuse"],
};

/** The one file outside the layers: it wires them together. */
const MAIN = "main.ts";

type HostRule = {
  readonly what: RegExp;
  /** Folders or files of src/. */
  readonly where: readonly string[];
  readonly instead: string;
};
const HOST: readonly HostRule[] = [
  { what: /from "bun:sqlite"/, where: ["catalog"], instead: "a Catalog method" },
  {
    what: /from "(?:node:)?fs[/"]|\bBun\.(?:file|write)\(/,
    // cli reads option and configuration files; the module is a part of the program itself.
    where: ["store", "source", "fuse", "cli", "engine/librsync-module.ts"],
    instead: "a store or source",
  },
  { what: /from "bun:ffi"/, where: ["source", "fuse"], instead: "a method of source" },
  {
    what: /\bBun\.(?:connect|listen|serve|udpSocket)\(|from "node:(?:net|tls|http|https|dgram)"/,
    where: ["remote"],
    instead: "a transport of remote",
  },
  {
    what: /\bDate\.now\(|new Date\(\)|\bTemporal\.Now\b/,
    where: [MAIN],
    instead: "the clock passed in",
  },
  { what: /\bMath\.random\(/, where: [], instead: "crypto.getRandomValues" },
  { what: /\bprocess\.|\bconsole\./, where: [MAIN, "cli"], instead: "an argument or a report" },
];

const IMPORT = /(?:from|import)\s*\(?\s*"([^"]+)"/g;
const ROOT = posix.join(import.meta.dir, "..");
const COLUMNS_MAX = 100;
const LINES_MAX = 500;

type SourceFile = {
  /** Below the top folder of the clone. */
  readonly path: string;
  /** Of files in src/: the folder, or main.ts. */
  readonly layer: string;
  readonly text: string;
};

const sources = await filesIn("src", "**/*.ts");
const others = [
  ...(await filesIn("native", "*.{ts,c,h}")),
  ...(await filesIn("test", "**/*.ts")),
  ...(await filesIn("bench", "**/*.ts")),
  ...(await filesIn(".ci", "*.{mjs,sh}")),
  ...(await filesIn(".", "build.ts")),
];
const all = [...sources, ...others];

describe("tidy", () => {
  test("every folder of src/ is a layer", () => {
    expect(
      pathsOf(sources, ({ layer }) => layer !== MAIN && !Object.hasOwn(LAYERS, layer)),
    ).toEqual([]);
  });

  test("a layer imports only the layers below it", () => {
    const violations = sources.flatMap((file) =>
      importedLayers(file)
        .filter((layer) => !mayImport(file.layer, layer))
        .map((layer) => `${file.path} imports ${layer}`),
    );
    expect(violations).toEqual([]);
  });

  test("only the named folders touch the outside world", () => {
    const violations = HOST.flatMap(({ what, where, instead }) =>
      sources
        .filter((file) => !isWithin(file, where) && what.test(withoutComments(file.text)))
        .map(
          (file) => `${file.path}: ${what.source} belongs in ${where.join(", ")}; use ${instead}`,
        ),
    );
    expect(violations).toEqual([]);
  });

  test("every file of src/ opens by saying what it is for", () => {
    expect(pathsOf(sources, ({ text }) => !text.startsWith("/**"))).toEqual([]);
  });

  test(`lines fit in ${COLUMNS_MAX} columns`, () => {
    const violations = all.flatMap((file) =>
      file.text
        .split("\n")
        .map((line, index) => ({ line, place: `${file.path}:${index + 1}` }))
        .filter(({ line }) => line.length > COLUMNS_MAX)
        .map(({ place }) => place),
    );
    expect(violations).toEqual([]);
  });

  test(`files have at most ${LINES_MAX} lines`, () => {
    expect(pathsOf(all, ({ text }) => text.split("\n").length - 1 > LINES_MAX)).toEqual([]);
  });

  test("nothing is left for later", () => {
    // Split, so that this file does not find itself.
    const leftover = new RegExp(`\\b(${["FIX" + "ME", "X" + "XX", "HA" + "CK"].join("|")})\\b`);
    expect(pathsOf(all, ({ text }) => leftover.test(text))).toEqual([]);
  });

  test("no file goes by a name that says nothing", () => {
    const empty = /\/(?:utils?|helpers?|types|index|misc|common)\.ts$/;
    expect(pathsOf(all, ({ path }) => empty.test(path))).toEqual([]);
  });

  test("links between documents lead somewhere", async () => {
    const documents = [...(await filesIn(".", "*.md")), ...(await filesIn("docs", "*.md"))];
    const links = documents.flatMap(({ path, text }) =>
      [...text.matchAll(/\]\((?!https?:|#)([^)#]+)[^)]*\)/g)].map(([, target = ""]) => ({
        path,
        target: posix.join(posix.dirname(path), target),
      })),
    );
    const exist = await Promise.all(
      links.map(({ target }) => Bun.file(posix.join(ROOT, target)).exists()),
    );
    expect(links.length).toBeGreaterThan(0);
    expect(links.filter((_link, index) => exist[index] === false)).toEqual([]);
  });

  test("package-lock.json has every platform's packages and names no registry", async () => {
    const lock = (await Bun.file(posix.join(ROOT, "package-lock.json")).json()) as LockFile;
    const entries = Object.values(lock.packages);
    const optional = entries.flatMap((entry) => Object.keys(entry.optionalDependencies ?? {}));
    const missing = optional.filter(
      (name) => !Object.hasOwn(lock.packages, `node_modules/${name}`),
    );
    expect([...new Set(missing)]).toEqual([]); // node .ci/complete-lock.mjs adds them
    expect(entries.filter((entry) => entry.resolved !== undefined)).toEqual([]);
  });
});

type LockFile = {
  readonly packages: Readonly<
    Record<
      string,
      {
        readonly resolved?: string;
        readonly optionalDependencies?: Readonly<Record<string, string>>;
      }
    >
  >;
};

function pathsOf(files: readonly SourceFile[], isWrong: (file: SourceFile) => boolean): string[] {
  return files.filter(isWrong).map((file) => file.path);
}

function isWithin(file: SourceFile, places: readonly string[]): boolean {
  return places.includes(file.layer) || places.some((place) => file.path === `src/${place}`);
}

function mayImport(importer: string, imported: string): boolean {
  if (importer === MAIN || importer === imported) return true;
  return LAYERS[importer]?.includes(imported) ?? false;
}

/** Layers (or main.ts) that `file` imports from. Sees `import type` and import() too. */
function importedLayers(file: SourceFile): string[] {
  return [...file.text.matchAll(IMPORT)]
    .map(([, specifier = ""]) => specifier)
    .filter((specifier) => specifier.startsWith("."))
    .map((specifier) => posix.join(posix.dirname(file.path), specifier))
    .filter((target) => target.startsWith("src/"))
    .map(layerOf);
}

function layerOf(path: string): string {
  return path.split("/")[1] ?? "";
}

/** Comments may speak of what the code must not do. A rough cut: strings are not looked at. */
function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[^]*?\*\//g, "").replaceAll(/(^|\s)\/\/.*$/gm, "$1");
}

/** The files of `folder` that `pattern` matches, by path; none if there is no such folder. */
async function filesIn(folder: string, pattern: string): Promise<SourceFile[]> {
  const glob = new Bun.Glob(folder === "." ? pattern : `${folder}/${pattern}`);
  const found = await Array.fromAsync(glob.scan({ cwd: ROOT, dot: true }));
  const paths = found.filter((path) => !path.endsWith(".d.ts"));
  return Promise.all(
    paths.sort().map(async (path) => ({
      path,
      layer: layerOf(path),
      text: await Bun.file(posix.join(ROOT, path)).text(),
    })),
  );
}
