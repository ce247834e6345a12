/** What the bundler embeds by import attributes. */

/** `import ddl from "….sql" with { type: "text" }`: the file's text. */
declare module "*.sql" {
  const text: string;
  export default text;
}

/** `import path from "….wasm" with { type: "file" }`: a path that the program can read. */
declare module "*.wasm" {
  const path: string;
  export default path;
}

/** package.json's version, put in by build.ts; undeclared when run from source. */
declare const VERSION: string;
