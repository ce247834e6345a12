/** Every case, in the order of the report. */

import type { Case } from "./case.ts";
import { largeCase, millionCase } from "./memory.ts";
import { releasesCase, sqliteCase } from "./states.ts";
import { treeCase } from "./tree.ts";

export const CASES: readonly Case[] = [treeCase, releasesCase, sqliteCase, millionCase, largeCase];
