/** Issue 3, as a user meets it: passwords, keys, and what is refused. */
import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { differences, stateOf } from "../support/compare-tree.ts";
import { type Outcome, Workspace, isBinaryGiven } from "../support/run-tardis.ts";

const PASSWORD = "correct horse";
const ENV = { TARDIS_PASSWORD: PASSWORD };
const EXIT = { usage: 2, locked: 11, badPassword: 12, corrupt: 13 };
const MARKERS = ["PLANTEDNAME", "PLANTEDTEXT", "PLANTEDTARGET", "PLANTEDOPTION", PASSWORD];

describe.skipIf(!isBinaryGiven)("an encrypted repository", () => {
  test("restores what was saved, and shows nothing of it", () => {
    using space = filled();
    space.backup(["--send-config", "--exclude", "PLANTEDOPTION"], { env: ENV });
    writeFileSync(join(space.source, "later"), "PLANTEDTEXT again");
    space.backup([], { env: ENV });
    const restored = space.regen([], { env: ENV });
    expect(differences(stateOf(space.source), stateOf(restored))).toEqual([]);
    expect(space.list({ env: ENV }).map(({ paths }) => paths)).toEqual([
      [space.source],
      [space.source],
    ]);
    for (const { path, bytes } of filesIn(space.repository)) {
      for (const marker of MARKERS) {
        expect({ path, marker, isFound: bytes.includes(marker) }).toMatchObject({ isFound: false });
      }
      if (path !== "README.txt") expect(bytes.includes(space.source)).toBe(false);
    }
  });

  test("is made again from its journal, and from a copy elsewhere under another name", () => {
    using space = filled();
    space.backup([], { env: ENV });
    for (const name of ["tardis.db", "tardis.db.sum"]) rmSync(join(space.repository, name));
    renameSync(space.repository, join(space.base, "another"));
    const env = { ...ENV, TARDIS_CLIENT: "another" };
    const restored = space.regen([], { env });
    expect(differences(stateOf(space.source), stateOf(restored))).toEqual([]);
    space.backup([], { env });
  });

  test("keeps the keys of whoever begins it first", async () => {
    using space = filled();
    const args = ["backup", "-R", space.base, "--no-progress", space.source];
    const runs = Array.from({ length: 4 }, () => space.start(args, { env: ENV }));
    const codes = await Promise.all(runs.map(({ exited }) => exited));
    expect(codes).toContain(0);
    expect(codes.every((code) => code === 0 || code === EXIT.locked)).toBe(true);
    space.backup([], { env: ENV });
    space.regen([], { env: ENV });
  });

  test("loses no keys where several begin with one file of keys", async () => {
    using space = filled();
    const keys = ["--keys", space.join("keys"), "--no-progress"];
    const places = [1, 2, 3].map((number) => ["-R", space.join(`place-${number}`)]);
    const backup = (place: readonly string[]): readonly string[] => {
      return ["backup", ...place, ...keys, space.source];
    };
    const runs = places.map((place) => space.start(backup(place), { env: ENV }));
    const codes = await Promise.all(runs.map(({ exited }) => exited));
    expect(codes.every((code) => code === 0 || code === EXIT.locked)).toBe(true);
    for (const place of places) space.expectExit(backup(place), { env: ENV });
    expect(readFileSync(space.join("keys"), "utf8").match(/"repository"/g)).toHaveLength(3);
  });

  test("goes on with a run that was interrupted", async () => {
    using space = filled();
    for (let index = 0; index < 300; index += 1) {
      mkdirSync(join(space.source, `folder-${index}`));
      writeFileSync(join(space.source, `folder-${index}`, "file"), `text ${index}`.repeat(200));
    }
    const args = ["backup", "-R", space.base, "--no-progress", space.source];
    const run = space.start(args, { env: ENV });
    await Bun.sleep(450);
    run.kill("SIGTERM");
    await run.exited; // whatever it came to, the next is whole
    space.backup([], { env: ENV });
    const restored = space.regen([], { env: ENV });
    expect(differences(stateOf(space.source), stateOf(restored))).toEqual([]);
  });

  test("is refused with a wrong password or none, in the same words, and nothing done", () => {
    using space = filled();
    space.backup([], { env: ENV });
    const before = contentsOf(space.repository);
    const commands = [
      ["backup", "-R", space.base, space.source],
      ["regen", "-R", space.base, "-o", space.join("out"), space.source],
      ["admin", "list", "-R", space.base],
      ["admin", "chpass", "-R", space.base, "--newpassword=x"],
      ["admin", "keys", "-R", space.base, "--paper"],
    ];
    for (const command of commands) {
      const wrong = space.run(command, { env: { TARDIS_PASSWORD: "wrong" } });
      expect(wrong.exitCode).toBe(EXIT.badPassword);
      expect(wrong.stderr).toContain(`the password of ${space.repository} is wrong`);
      const missing = space.run(command);
      expect(missing.exitCode).toBe(EXIT.badPassword);
      expect(missing.stderr).toContain("is encrypted, and no password was given");
    }
    const keys = join(space.repository, "tardis.keys");
    const text = readFileSync(keys, "utf8");
    writeFileSync(
      keys,
      text.replace(/("keys": ")(.)/, (_all, start, first) => {
        return `${String(start)}${first === "A" ? "B" : "A"}`;
      }),
    );
    const changed = space.run(commands[2] ?? [], { env: ENV });
    expect(changed.exitCode).toBe(EXIT.badPassword);
    expect(changed.stderr).toContain(`the password of ${space.repository} is wrong`);
    writeFileSync(keys, text);
    expect(contentsOf(space.repository)).toEqual(before);
    expect(existsSync(space.join("out"))).toBe(false);
  });

  test("says the same of a wrong password and of keys that were changed, wherever", () => {
    using space = filled();
    space.backup([], { env: ENV });
    const path = join(space.repository, "tardis.keys");
    const good = JSON.parse(readFileSync(path, "utf8")) as KeysJson;
    const { keys } = good;
    const list = ["admin", "list", "-R", space.base];
    const { exitCode, stdout, stderr } = space.run(list, { env: { TARDIS_PASSWORD: "wrong" } });
    expect(exitCode).toBe(EXIT.badPassword);
    for (const changed of [
      { ...good, repository: altered(good.repository) },
      ...(["salt", "nonce", "keys"] as const).flatMap((field) =>
        [altered(keys[field]), keys[field].slice(0, 8), ""].map((text) => {
          return { ...good, keys: { ...keys, [field]: text } };
        }),
      ),
    ]) {
      writeFileSync(path, JSON.stringify(changed));
      const outcome = space.run(list, { env: ENV });
      expect({ changed, ...outcome }).toMatchObject({ changed, exitCode, stdout, stderr });
    }
    writeFileSync(path, JSON.stringify(good));
    space.list({ env: ENV });
  });

  test("is never written to without keys, and no plain one with a password", () => {
    using space = filled();
    space.backup([], { env: ENV });
    rmSync(join(space.repository, "tardis.keys"));
    const before = contentsOf(space.repository);
    const lost = space.run(["backup", "-R", space.base, space.source]);
    expect(lost.exitCode).toBe(EXIT.badPassword);
    expect(lost.stderr).toContain("keys of");
    const given = space.run(["backup", "-R", space.base, space.source], { env: ENV });
    expect(given.exitCode).toBe(EXIT.usage);
    expect(given.stderr).toContain("is not encrypted, and a password was given");
    expect(contentsOf(space.repository)).toEqual(before);

    using plain = filled();
    plain.backup();
    const refused = plain.run(["backup", "-R", plain.base, plain.source], { env: ENV });
    expect(refused.exitCode).toBe(EXIT.usage);
    expect(refused.stderr).toContain("admin encrypt");
  });

  test("takes its password from a file, a program, a URL, a prompt", async () => {
    using space = filled();
    space.backup([], { env: ENV });
    const list = ["admin", "list", "-R", space.base];
    const file = space.join("home", "secret");
    writeFileSync(file, `${PASSWORD}\nsecond line\n`);
    space.expectExit([...list, "--password-file", "secret"]); // relative to where it is run
    space.expectExit([...list, "-F", `file://${file}`]);
    space.expectExit(list, { env: { TARDIS_PWFILE: file } });
    space.expectExit([...list, "--password-prog", `echo '${PASSWORD}'`]);
    space.expectExit([...list, `--password=${PASSWORD}`], { env: { TARDIS_PASSWORD: "wrong" } });
    space.expectExit([...list, `-P${PASSWORD}`]);
    using server = Bun.serve({ port: 0, fetch: () => new Response(`${PASSWORD}\n`) });
    const run = space.start([...list, "-F", `http://localhost:${server.port}/secret`]);
    expect(await run.exited).toBe(0);
    const failing = space.run([...list, "--password-prog", "exit 7"]);
    expect(failing.stderr).toContain("ended with 7");
    const absent = space.run([...list, "-F", "nowhere"]);
    expect(absent.exitCode).toBe(EXIT.usage);
  });

  test.skipIf(Bun.which("script") === null)("asks on the terminal, unseen, twice when new", () => {
    using space = filled();
    const asked = inTerminal(
      space,
      ["backup", "-R", space.base, "-P", space.source],
      [PASSWORD, PASSWORD],
    );
    expect(asked).toContain("Password for");
    expect(asked).toContain("Password again:");
    expect(asked).toContain("no way back");
    expect(asked).not.toContain(PASSWORD);
    space.list({ env: ENV });
    const once = inTerminal(space, ["admin", "list", "-R", space.base], [PASSWORD]);
    expect(once).toContain("complete");
    using other = filled();
    const args = ["backup", "-R", other.base, "--password", other.source];
    expect(inTerminal(other, args, ["one", "another"])).toContain("are not the same");
    expect(existsSync(other.repository)).toBe(false);
  });

  test("keeps a password out of the process list, the set and the log", async () => {
    using space = filled();
    const log = space.join("log");
    const args = ["backup", "-R", space.base, `--password=${PASSWORD}`, "--log", log, "-vv"];
    const fifo = space.join("fifo");
    Bun.spawnSync(["mkfifo", fifo]);
    // It waits for the new password of chpass, and meanwhile is looked at.
    space.expectExit([...args, space.source]);
    expect(readFileSync(log, "latin1")).not.toContain(PASSWORD);
    const change = ["admin", "chpass", "-R", space.base, `--password=${PASSWORD}`];
    const run = space.start([...change, "--newpassword-file", fifo]);
    await Bun.sleep(700);
    const shown = readFileSync(`/proc/${run.pid}/cmdline`, "latin1");
    expect(shown).toContain("--password=xxxx");
    expect(shown).not.toContain(PASSWORD);
    writeFileSync(fifo, `${PASSWORD}\n`);
    expect(await run.exited).toBe(0);
  });

  test("keeps its data when the password is changed, and forgets the old one", () => {
    using space = filled();
    space.backup([], { env: ENV });
    const before = contentsOf(space.repository);
    space.expectExit(["admin", "chpass", "-R", space.base, "--newpassword=another"], { env: ENV });
    const after = contentsOf(space.repository);
    const changed = Object.keys(after).filter((name) => after[name] !== before[name]);
    expect(changed).toEqual(["tardis.keys"]);
    expect(space.run(["admin", "list", "-R", space.base], { env: ENV }).exitCode).toBe(12);
    space.regen([], { env: { TARDIS_PASSWORD: "another" } });
  });

  test("gives its keys to a file of the user's, and to paper, and takes them back", () => {
    using space = filled();
    space.backup([], { env: ENV });
    const keys = space.join("keys");
    const admin = (...args: readonly string[]): Outcome =>
      space.run(["admin", "keys", "-R", space.base, ...args], { env: ENV });
    expect(admin("--delete", "--keys", keys).stderr).toContain("Put them there first");
    expect(admin("--extract", "--keys", keys).exitCode).toBe(0);
    expect(admin("--delete", "--keys", keys).exitCode).toBe(0);
    expect(readFileSync(join(space.repository, "tardis.keys"), "utf8")).not.toContain("salt");
    const without = space.run(["admin", "list", "-R", space.base], { env: ENV });
    expect(without.exitCode).toBe(EXIT.badPassword);
    expect(without.stderr).toContain("--keys FILE");
    space.list({ env: { ...ENV, TARDIS_KEYFILE: keys } });
    space.backup(["--keys", keys], { env: ENV });
    space.regen(["--keys", keys], { env: ENV });

    // Another repository's keys lie in the same file, and the password is asked of each.
    const other = ["--keys", keys, "-R", space.join("others"), "--password=x"];
    space.expectExit(["backup", ...other, space.source]);
    expect(readFileSync(keys, "utf8").match(/"repository"/g)).toHaveLength(2);
    space.expectExit(["admin", "list", ...other]);
    expect(space.run(["admin", "list", "-R", space.join("others")], { env: ENV }).exitCode).toBe(
      12,
    );

    const paper = admin("--paper", "--keys", keys).stdout;
    expect(paper).toContain("without the password");
    expect(admin("--paper=svg", "--keys", keys).stdout).toStartWith("<svg");
    expect(admin("--insert", "--keys", keys).exitCode).toBe(0);
    space.list({ env: ENV });

    // The lines of the paper, put together, are a tardis.keys.
    const text = paper.split("\n").slice(3);
    writeFileSync(join(space.repository, "tardis.keys"), text.slice(0, text.indexOf("")).join(""));
    space.list({ env: ENV });
  });

  test("is begun empty by setpass, and two of one password share no key", () => {
    using space = filled();
    for (const name of ["one", "two"]) {
      const args = ["admin", "setpass", "-R", space.join(name)];
      const { stdout } = space.expectExit(args, { env: ENV });
      expect(stdout).toContain("no way back");
      expect(space.run(args, { env: ENV }).stderr).toContain("has a password already");
      space.expectExit(["backup", "-R", space.join(name), space.source], { env: ENV });
    }
    const [one, two] = ["one", "two"].map((name) => join(space.join(name), "machine"));
    copyFileSync(join(one ?? "", "tardis.keys"), join(two ?? "", "tardis.keys"));
    const mixed = space.run(["admin", "list", "-R", space.join("two")], { env: ENV });
    expect(mixed.exitCode).toBe(EXIT.corrupt);
    using plain = filled();
    plain.backup();
    const refused = plain.run(["admin", "setpass", "-R", plain.base], { env: ENV });
    expect(refused.stderr).toContain("admin encrypt");
  });

  test("says so when an older state of all of it was put in its place", () => {
    using space = filled();
    space.backup([], { env: ENV });
    cpSync(space.repository, space.join("older"), { recursive: true });
    space.backup([], { env: ENV });
    rmSync(space.repository, { recursive: true });
    renameSync(space.join("older"), space.repository);
    const read = space.run(["admin", "list", "-R", space.base], { env: ENV });
    expect(read.exitCode).toBe(0);
    expect(read.stderr).toContain("is older than it was: it lacks backup set 2");
    const write = space.run(["backup", "-R", space.base, space.source], { env: ENV });
    expect(write.exitCode).toBe(EXIT.corrupt);
    expect(write.stderr).toContain("older than it was");
    rmSync(space.join("home", ".local/state/tardis"), { recursive: true });
    space.backup([], { env: ENV });
  });

  test("restores all but the directory that somebody has changed; all, where nobody asks", () => {
    using space = filled();
    space.backup([], { env: ENV });
    {
      using catalog = new Database(join(space.repository, "tardis.db"));
      // The larger of the two files is in the folder.
      catalog.run("UPDATE version SET mtime_ns = 0 WHERE kind = 1 AND size > 1000");
    }
    rmSync(join(space.repository, "tardis.db.sum")); // as if a backup had died
    const args = ["regen", "-R", space.base, space.source, "-o"];
    const run = space.run([...args, space.join("out")], { env: ENV });
    expect(run.exitCode).toBe(EXIT.corrupt);
    expect(run.stderr).toContain("folder: nothing in it is restored");
    const [checked, unchecked] = ["out", "all"].map((name) => space.join(name, "source"));
    expect(readdirSync(join(checked ?? "", "folder"))).toEqual([]);
    expect(readFileSync(join(checked ?? "", "PLANTEDNAME"), "utf8")).toBe("PLANTEDTEXT");
    space.expectExit([...args, space.join("all"), "--noauthenticate"], { env: ENV });
    expect(readdirSync(join(unchecked ?? "", "folder"))).toEqual(["PLANTEDNAME.txt"]);
  });

  test("restores what is left of a large file that was changed, as the user wants", () => {
    using space = filled();
    const large = join(space.source, "large");
    const bytes = new Uint8Array(9 * 1024 * 1024);
    for (let start = 0; start < bytes.length; start += 65_536) {
      crypto.getRandomValues(bytes.subarray(start, start + 65_536));
    }
    writeFileSync(large, bytes);
    space.backup([], { env: ENV });
    const pack = filesIn(space.repository).toSorted((a, b) => b.bytes.length - a.bytes.length)[0];
    const changed = Buffer.from(pack?.bytes ?? "", "latin1");
    changed[7_000_000] = (changed[7_000_000] ?? 0) ^ 1;
    writeFileSync(join(space.repository, pack?.path ?? ""), changed);
    for (const [action, names] of [
      ["rename", ["large.damaged"]],
      ["keep", ["large"]],
      ["delete", []],
    ] as const) {
      const args = ["--verify-action", action];
      const restored = space.regen(args, { env: ENV, exitCode: EXIT.corrupt });
      const found = readdirSync(restored).filter((name) => name.startsWith("large"));
      expect(found).toEqual([...names]);
      for (const name of found) {
        const kept = readFileSync(join(restored, name));
        expect(kept.length).toBeGreaterThan(2_000_000);
        expect(kept.equals(bytes.subarray(0, kept.length))).toBe(true);
      }
      expect(existsSync(join(restored, "PLANTEDNAME"))).toBe(true);
    }
  });
});

function filled(): Workspace {
  const space = new Workspace();
  mkdirSync(join(space.source, "folder"));
  writeFileSync(join(space.source, "PLANTEDNAME"), "PLANTEDTEXT");
  writeFileSync(join(space.source, "folder", "PLANTEDNAME.txt"), "PLANTEDTEXT ".repeat(2000));
  symlinkSync("PLANTEDTARGET", join(space.source, "link"));
  return space;
}

function filesIn(folder: string): { path: string; bytes: string }[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({
      path: path.slice(folder.length + 1),
      bytes: readFileSync(path, "latin1"),
    }));
}

function contentsOf(folder: string): Record<string, string> {
  const sum = (text: string): string => new Bun.CryptoHasher("md5").update(text).digest("hex");
  return Object.fromEntries(filesIn(folder).map(({ path, bytes }) => [path, sum(bytes)]));
}

/** Runs it on a terminal, and types `lines` as they are asked for. */
function inTerminal(space: Workspace, args: readonly string[], lines: readonly string[]): string {
  const command = [process.env["TARDIS_BINARY"] ?? "", ...args].map((word) => `'${word}'`);
  const typed = lines.map((line) => `sleep 0.4; printf '%s\\r' '${line}'`).join("; ");
  const { stdout } = Bun.spawnSync(
    ["sh", "-c", `(${typed}; sleep 1) | script -qec "${command.join(" ")}" /dev/null`],
    { env: space.environment(), cwd: space.join("home") },
  );
  return stdout.toString();
}

type KeysJson = {
  readonly repository: string;
  readonly keys: Readonly<Record<"salt" | "nonce" | "keys", string>>;
};

/** The same but for its first character; of the same kind if that is a digit or a letter. */
function altered(text: string): string {
  return `${text.startsWith("a") ? "b" : "a"}${text.slice(1)}`;
}
