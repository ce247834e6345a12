/**
 * Starts the program again with a setting that the runtime reads only from the environment of a
 * new process: no just-in-time compiler of the last tier. Compiling takes a second of a first
 * backup's CPU time in each of several threads, and what it makes is hardly faster than what it
 * replaces: the work is done in native code. Beginning anew takes 8 ms.
 *
 * Imported before everything else, so that nothing was done yet. Where it cannot be, the program
 * goes on as it is.
 */
const SETTING = "BUN_JSC_useFTLJIT";
/** Bun puts two entries before the arguments in process.argv, in a compiled binary too. */
const ARGUMENTS_START = 2;

type Execve = (
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
) => void;

if (process.env[SETTING] === undefined) beginAnew();
// Programs that this one starts have no use for it.
delete process.env[SETTING];

function beginAnew(): void {
  const { execve } = process as { readonly execve?: Execve };
  // Under a development runtime there is a script to be found; the executable is all in one.
  if (execve === undefined || typeof VERSION === "undefined") return;
  const args = [process.argv0, ...process.argv.slice(ARGUMENTS_START)];
  const env = { ...process.env, [SETTING]: "0" };
  if (!isAllText([...args, ...Object.values(env)])) return;
  // Bun calls it experimental, on standard error, if it returns.
  process.removeAllListeners("warning");
  try {
    execve.call(process, process.execPath, args, env);
  } catch {
    // An emulator, or a program that was replaced meanwhile: slower, and otherwise the same.
  }
}

/** What is not UTF-8 has lost its bytes on the way here: it must not be passed on. */
function isAllText(values: readonly (string | undefined)[]): boolean {
  return !values.some((value) => value?.includes("\ufffd") ?? false);
}
