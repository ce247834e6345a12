/** The program is one file: what lies around where it is started has no influence on it. */
import { expect } from "bun:test";
import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Workspace, testBinary } from "../support/run-tardis.ts";

testBinary(
  "the current folder's .env, bunfig.toml, package.json and tsconfig.json are not read",
  () => {
    using space = new Workspace();
    const cwd = space.join("home");
    const files = {
      ".env": `TARDIS_CLIENT=evil\nTARDIS_DB=${space.join("evil")}\n`,
      "bunfig.toml": 'preload = ["./evil.ts"]\n',
      "package.json": '{ "imports": { "#*": "./evil.ts" } }',
      "tsconfig.json": '{ "compilerOptions": { "paths": { "*": ["./evil.ts"] } } }',
      "evil.ts": 'console.log("evil");',
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, name), text);
    const { stdout } = space.expectExit(["admin", "list", "-R", space.base], { cwd, exitCode: 10 });
    expect(stdout).toBe("");
    expect(space.backup([], { cwd }).repository.folder).toBe(space.repository);
  },
);

testBinary("it needs nothing but itself: no path to look for programs on, no home", () => {
  using space = new Workspace();
  writeFileSync(join(space.source, "file"), "text");
  const env = { PATH: "", HOME: "/nonexistent" };
  space.backup([], { env });
  const file = join(space.source, "file");
  expect(space.expectExit(["regen", "-R", space.base, file], { env }).stdout).toBe("text");
});

testBinary("names of commands say what it does: regenerate, sonic", () => {
  using space = new Workspace();
  writeFileSync(join(space.source, "file"), "text");
  space.backup();
  const program = process.env["TARDIS_BINARY"] ?? "";
  const call = (name: string, ...args: readonly string[]): string => {
    const link = space.join(name);
    symlinkSync(program, link);
    const { stdout } = Bun.spawnSync([link, ...args], { env: space.environment() });
    return stdout.toString();
  };
  expect(call("regenerate", "-R", space.base, join(space.source, "file"))).toBe("text");
  expect(call("sonic", "list", "-R", space.base)).toContain("complete");
});
