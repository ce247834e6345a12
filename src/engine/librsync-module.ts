/** The bytes of librsync's WebAssembly module, which the executable carries in itself. */
import modulePath from "../../native/build/librsync.wasm" with { type: "file" };

export async function readLibrsyncModule(): Promise<Uint8Array> {
  return Bun.file(modulePath).bytes();
}
