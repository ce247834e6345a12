/** What the header of a zstd frame says. RFC 8878 §3.1.1.1. */

/** A header has at most so many bytes. */
export const FRAME_HEADER_BYTES_MAX = 18;
/** By the two lowest bits of a frame's descriptor. */
const DICTIONARY_ID_BYTES = [0, 1, 2, 4];

/**
 * The plaintext bytes of the frame that `frame` begins with; undefined when it does not say, or is
 * too short to. zstd makes no more than these of it.
 */
export function frameContentSize(frame: Uint8Array): number | undefined {
  const descriptor = frame[4] ?? 0;
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const position = 5 + (isSingleSegment ? 0 : 1) + (DICTIONARY_ID_BYTES[descriptor & 3] ?? 0);
  const header = new Uint8Array(FRAME_HEADER_BYTES_MAX);
  header.set(frame.subarray(0, FRAME_HEADER_BYTES_MAX));
  const view = new DataView(header.buffer);
  switch (descriptor >> 6) {
    case 0:
      return isSingleSegment ? view.getUint8(position) : undefined;
    case 1:
      return view.getUint16(position, true) + 256;
    case 2:
      return view.getUint32(position, true);
    default:
      return Number(view.getBigUint64(position, true));
  }
}
