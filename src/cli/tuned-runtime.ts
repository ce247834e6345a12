/**
 * Starts the program again with settings that the runtime reads only from the environment of a
 * new process. Beginning anew takes 8 to 20 ms.
 *
 * Imported before everything else, so that nothing was done yet. Where it cannot be, the program
 * goes on as it is, a little slower and larger.
 */
const SETTINGS: Readonly<Record<string, string>> = {
  // No just-in-time compiler of the last tier: it takes a second of a first backup's CPU time, and
  // what it makes is hardly faster than what it replaces, for the work is done in native code.
  BUN_JSC_useFTLJIT: "0",
  // Collecting beside the program costs a restore a tenth of its CPU time, and saves it no waiting.
  BUN_JSC_useConcurrentGC: "0",
  // What was collected is given back at once, and not a little with each allocation to come.
  BUN_JSC_sweepSynchronously: "1",
  // Bytes: the runtime takes the whole machine to be its own, and this is what it is told to be
  // there instead. No limit: from eight tenths of it on, garbage is collected more eagerly.
  BUN_JSC_forceRAMSize: "170000000",
  // Milliseconds before freed memory goes back to the system: a second's worth is 20 MB.
  MIMALLOC_PURGE_DELAY: "5",
  // No pages of 2 MiB: such a page is kept as long as any part of it is in use.
  MIMALLOC_ALLOW_THP: "0",
};
/** Says that the settings are there, whoever set them. */
const MARK = "BUN_JSC_useFTLJIT";
/** Bun puts two entries before the arguments in process.argv, in a compiled binary too. */
const ARGUMENTS_START = 2;

type Execve = (
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
) => void;

/** What is answered at once has no use for it. */
const QUICK = ["ls", "--help", "--version"];

const [word = "--help"] = process.argv.slice(ARGUMENTS_START);
if (process.env[MARK] === undefined && !QUICK.includes(word)) beginAnew();
// Programs that this one starts have no use for them.
for (const name of Object.keys(SETTINGS)) delete process.env[name];

function beginAnew(): void {
  const { execve } = process as { readonly execve?: Execve };
  // Under a development runtime there is a script to be found; the executable is all in one.
  if (execve === undefined || typeof VERSION === "undefined") return;
  const args = [process.argv0, ...process.argv.slice(ARGUMENTS_START)];
  const env = { ...SETTINGS, ...process.env };
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
