/** `restore-setuid-file.ts OUT OWNERS`: restores a program of root's; prints the problems. */
import type { FilePath } from "../../src/core/byte-string.ts";
import type { OwnersPolicy } from "../../src/core/restore-options.ts";
import { RestoreTarget } from "../../src/source/restore-target.ts";
import { ALL_ATTRIBUTES, filePath, versionWith } from "./source-paths.ts";

const [output = "", owners = "none"] = process.argv.slice(2);
using target = RestoreTarget.open(filePath(output), {
  existing: "never",
  attributes: { ...ALL_ATTRIBUTES, owners: owners as OwnersPolicy },
});
const version = versionWith({
  permissions: 0o4755,
  mtimeNs: 9n,
  owner: { uid: 0, gid: 0, userName: "", groupName: "" },
});
const metadata = { version, attributes: undefined };
using file = target.createFile("x" as FilePath, 0, metadata);
process.stdout.write(JSON.stringify(target.finish(file, metadata)));
