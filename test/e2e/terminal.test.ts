/** Issue 4, on a terminal: columns that fit, colours, and a pager for what is long. */
import { describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Workspace, isBinaryGiven } from "../support/run-tardis.ts";

/** script(1) runs a command on a terminal of its own. */
const testOnTerminal = test.skipIf(!isBinaryGiven || Bun.which("script") === null);

describe("on a terminal", () => {
  testOnTerminal("names stand in columns that fit it", () => {
    using space = saved();
    const names = (columns: number) =>
      plain(onTerminal(space, `stty cols ${columns}; tardis ls -V none ${space.source}`));
    expect(names(40)).toBe("a  b  folder\n");
    expect(names(8)).toBe("a\nb\nfolder\n");
  });

  testOnTerminal("folders have a colour, unless NO_COLOR is set", () => {
    using space = saved();
    const command = `tardis ls -V none ${space.source}`;
    expect(onTerminal(space, command)).toContain("\u001b[01;34mfolder\u001b[0m");
    expect(onTerminal(space, `NO_COLOR=1 ${command}`)).not.toContain("\u001b");
    const own = `TARDIS_LS_COLORS='di=35' ${command}`;
    expect(onTerminal(space, own)).toContain("\u001b[35mfolder\u001b[0m");
  });

  testOnTerminal("a diff is shown by the pager, which may stop reading", () => {
    using space = saved();
    writeFileSync(join(space.source, "a"), "b\n".repeat(200_000));
    const diff = `tardis diff ${join(space.source, "a")}; echo exit $?`;
    expect(plain(onTerminal(space, `PAGER='sed -n 4p' ${diff}`))).toBe("-a\nexit 1\n");
    expect(plain(onTerminal(space, `PAGER='head -1' ${diff}`))).toMatch(/^--- .*\nexit 1\n$/);
    expect(
      plain(onTerminal(space, `PAGER=false ${diff.replace("diff", "diff --no-pager")}`)),
    ).toContain("\n-a\n");
  });
});

function saved(): Workspace {
  const space = new Workspace();
  for (const name of ["a", "b"]) writeFileSync(join(space.source, name), "a\n");
  mkdirSync(join(space.source, "folder"));
  space.backup();
  return space;
}

/** What `command` of the shell prints, where `tardis` is the program. */
function onTerminal(space: Workspace, command: string): string {
  const tardis = `tardis() { ${process.env["TARDIS_BINARY"]} "$@" -R ${space.base}; }`;
  const { stdout } = Bun.spawnSync(["script", "-qec", `${tardis}; ${command}`, "/dev/null"], {
    env: { ...space.environment(), SHELL: "/bin/sh", TERM: "xterm" },
  });
  return stdout.toString();
}

/** Without colours, and with the ends of lines that files have. */
function plain(text: string): string {
  // eslint-disable-next-line no-control-regex -- escape sequences are made of control characters
  return text.replaceAll("\r", "").replaceAll(/\u001b\[[\d;]*m/g, "");
}
