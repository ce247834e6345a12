/** Contents that lie somewhere, as the formats read them. */
import type { RandomAccess } from "../format/read-at.ts";
import { borrowRoom } from "../format/room.ts";
import type { ScratchFile } from "../store/scratch-file.ts";

const PIECE_BYTES = 256 * 1024;

/** What has been written to `file` so far. Disposing it leaves the file as it is. */
export function scratchAccess(file: ScratchFile): RandomAccess & Disposable {
  const room = borrowRoom();
  return {
    sizeBytes: file.sizeBytes,
    read: (position, length) => {
      const bytes = room.take(length);
      file.readInto(position, bytes);
      return bytes;
    },
    [Symbol.dispose]: () => room[Symbol.dispose](),
  };
}

/** Front to end, in pieces. */
export function* piecesOf(content: RandomAccess): Generator<Uint8Array, void> {
  for (let position = 0; position < content.sizeBytes; position += PIECE_BYTES) {
    yield content.read(position, Math.min(PIECE_BYTES, content.sizeBytes - position));
  }
}
