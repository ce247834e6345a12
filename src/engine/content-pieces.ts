/** Contents that lie somewhere, as the formats read them. */
import type { RandomAccess } from "../format/read-at.ts";
import type { ScratchFile } from "../store/scratch-file.ts";

const PIECE_BYTES = 1024 * 1024;

/** What has been written to `file` so far. */
export function scratchAccess(file: ScratchFile): RandomAccess {
  return {
    sizeBytes: file.sizeBytes,
    read: (position, length) => file.read(position, length),
  };
}

/** Front to end, in pieces. */
export function* piecesOf(content: RandomAccess): Generator<Uint8Array, void> {
  for (let position = 0; position < content.sizeBytes; position += PIECE_BYTES) {
    yield content.read(position, Math.min(PIECE_BYTES, content.sizeBytes - position));
  }
}
