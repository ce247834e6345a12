/** Paths below the root of the file system, as a restore in place has them, and whole ones. */
import { type FilePath, ROOT_PATH } from "../core/byte-string.ts";
import type { Problem, Reporter } from "../core/progress.ts";
import { ProblemLog } from "./problem-log.ts";

/** "home/u" of "/home/u"; the root stays empty. */
export function belowRoot(path: FilePath): FilePath {
  return path.slice(1) as FilePath;
}

export function absolute(path: FilePath): FilePath {
  return path === ROOT_PATH ? ROOT_PATH : (`/${path}` as FilePath);
}

export function parentOf(path: FilePath): FilePath {
  return path.slice(0, Math.max(0, path.lastIndexOf("/"))) as FilePath;
}

/** Takes problems of paths below the root, and tells them with whole ones. */
export class RootProblems extends ProblemLog {
  override add({ path, what }: Problem): void {
    super.add({ path: absolute(path), what });
  }
}

/** The same for progress. */
export function rootReporter(reporter: Reporter): Reporter {
  return {
    wants: reporter.wants,
    progress: (progress) => {
      const { path } = progress;
      reporter.progress({ ...progress, path: path && absolute(path) });
    },
    problem: (problem) => reporter.problem(problem),
    notice: (level, text) => reporter.notice(level, text),
    saved: (entry) => reporter.saved(entry),
  };
}
