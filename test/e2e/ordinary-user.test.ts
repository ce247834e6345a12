/** Issue 2: what the user running it may not read or set is named, exit code 3, the rest right. */
import { expect } from "bun:test";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { differences, stateOf } from "../support/compare-tree.ts";
import {
  makeAccessLists,
  makeAttributes,
  makeKinds,
  makeOwners,
  makePermissions,
  makeTimes,
} from "../support/make-tree.ts";
import { Workspace, testBinaryAsNobody, testBinary } from "../support/run-tardis.ts";

testBinaryAsNobody("a user without rights restores all but what only root may set", () => {
  using space = new Workspace();
  letOthersRead(space);
  const makers = { makeAccessLists, makeAttributes, makeKinds, makeOwners, makePermissions };
  for (const [name, make] of Object.entries({ ...makers, makeTimes })) {
    mkdirSync(join(space.source, name));
    make(join(space.source, name));
  }
  space.backup();
  const restored = space.regen(["--json"], { as: "nobody", exitCode: 3 });
  const found = differences(stateOf(space.source), stateOf(restored), {
    except: ["owner", "attributes"],
  });
  const file = (mode: string, kept: string) =>
    `makePermissions/${mode}: mode ${kept} instead of ${mode}`;
  expect(found.toSorted()).toEqual([
    "makeKinds/disk is missing",
    "makeKinds/null is missing",
    file("2755", "755"),
    file("4755", "755"),
    file("6711", "711"),
    file("7777", "1777"),
  ]);
});

testBinaryAsNobody("each thing that could not be set is named", () => {
  using space = new Workspace();
  letOthersRead(space);
  makeAttributes(space.source);
  makeKinds(space.source.concat("/folder"));
  space.backup();
  const { stderr, stdout } = space.expectExit(
    ["regen", "-R", space.base, "-o", writable(space), "--json", space.source],
    { as: "nobody", exitCode: 3 },
  );
  for (const what of [
    "source/file: owner not set: operation not permitted",
    "source/file: attribute trusted.of the system not set: operation not permitted",
    "source/link: attribute trusted.of a link not set: operation not permitted",
    "source/folder: attribute security.of a folder not set: operation not permitted",
    "source/program: attribute security.capability not set: operation not permitted",
    "source/folder/null: operation not permitted",
  ]) {
    expect(stderr).toContain(`tardis: ${what}\n`);
  }
  expect(JSON.parse(stdout)).toMatchObject({ exitCode: 3 });
});

testBinaryAsNobody("what may not be read is named, and the rest is saved", () => {
  using space = new Workspace();
  writeFileSync(join(space.source, "mine"), "text");
  writeFileSync(join(space.source, "secret"), "secret");
  chmodSync(join(space.source, "secret"), 0o600);
  mkdirSync(join(space.source, "locked"), { mode: 0o700 });
  writeFileSync(join(space.source, "locked", "inside"), "secret");
  mkdirSync(space.base);
  chmodSync(space.base, 0o777);
  const { problems, counts } = space.backup([], { as: "nobody", exitCode: 3 });
  expect(problems).toEqual({
    total: 2,
    listed: [
      { path: join(space.source, "locked"), what: "permission denied" },
      { path: join(space.source, "secret"), what: "permission denied" },
    ],
  });
  expect(counts).toMatchObject({ files: 2, problems: 2 });
  const restored = space.regen([], { exitCode: 3 });
  expect(differences(stateOf(space.source), stateOf(restored))).toEqual([
    "locked/inside is missing",
    "secret is missing",
  ]);
});

testBinaryAsNobody("--exclude-no-access leaves it out without a word", () => {
  using space = new Workspace();
  writeFileSync(join(space.source, "mine"), "text");
  writeFileSync(join(space.source, "secret"), "secret");
  chmodSync(join(space.source, "secret"), 0o600);
  mkdirSync(space.base);
  chmodSync(space.base, 0o777);
  const { problems, set } = space.backup(["--exclude-no-access"], { as: "nobody" });
  expect(problems.total).toBe(0);
  expect(set.state).toBe("complete");
  expect(differences(stateOf(space.source), stateOf(space.regen()))).toEqual(["secret is missing"]);
});

testBinaryAsNobody("a new repository can be read by its owner only", () => {
  using space = new Workspace();
  writeFileSync(join(space.source, "secret"), "secret");
  space.backup();
  const outcome = space.run(["admin", "list", "-R", space.base], { as: "nobody" });
  expect(outcome).toMatchObject({ exitCode: 1, stdout: "" });
  expect(outcome.stderr).toMatch(/^tardis: .+ cannot be read: .*permission denied.*\n.+\n$/);
});

testBinary("a user who restores his own files restores everything", () => {
  using space = new Workspace();
  makeTimes(space.source);
  space.backup();
  expect(differences(stateOf(space.source), stateOf(space.regen()))).toEqual([]);
});

/** A folder that is there keeps its permissions when it becomes a repository. */
function letOthersRead(space: Workspace): void {
  mkdirSync(space.repository, { recursive: true, mode: 0o755 });
}

function writable(space: Workspace): string {
  mkdirSync(space.join("out"));
  chmodSync(space.join("out"), 0o777);
  return space.join("out");
}
