/**
 * `npm run tardis -- ARGUMENTS`: sets the clone up, then becomes dist/tardis in the directory the
 * user called from, with its exit code and signals.
 */
import { spawn } from "node:child_process";
import { isatty } from "node:tty";
import { BINARY, orFail, setUp } from "./setup.mjs";

/** Sent on to the program, which decides what they mean. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"];

await orFail(() => {
  setUp();
  // npm changes to the clone before it runs a script and leaves here where it was called.
  start(BINARY, process.argv.slice(2), process.env["INIT_CWD"] ?? process.cwd());
});

function start(binary, args, directory) {
  const child = spawn(binary, args, { cwd: directory, stdio: "inherit" });
  for (const signal of SIGNALS) process.on(signal, () => forward(child, signal));
  child.on("error", (error) => {
    process.stderr.write(`cannot start ${binary}: ${error.message}\n`);
    process.exitCode = 1;
  });
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code);
    // Ends this process in the same way, so that the caller sees the same.
    for (const name of SIGNALS) process.removeAllListeners(name);
    process.kill(process.pid, signal);
  });
}

function forward(child, signal) {
  // A terminal sends its interrupts to every process on it: the program has this one already.
  const fromTerminal = isatty(0) && (signal === "SIGINT" || signal === "SIGQUIT");
  if (!fromTerminal) child.kill(signal);
}
