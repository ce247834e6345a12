/**
 * Text that stands for bytes without loss, for bytes that are nearly always UTF-8: a character of
 * valid UTF-8 is itself, a stray byte is the lone surrogate U+DC00 + byte, which no valid UTF-8
 * can give (PEP 383 calls it surrogateescape). Patterns are matched and arguments carried in it.
 */
import { type ByteString, byteStringOfText, bytesOf } from "./byte-string.ts";

const ASCII_ONLY = /^[\u0000-\u007f]*$/; // eslint-disable-line no-control-regex -- NUL is ASCII
const LONE_STRAY = /[\udc80-\udcff]/u;
const STRAY_BYTE = 0xdc00;
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Different byte strings have different texts. */
export function losslessText(bytes: ByteString): string {
  if (ASCII_ONLY.test(bytes)) return bytes;
  const encoded = bytesOf(bytes);
  try {
    return decoder.decode(encoded);
  } catch {
    return decodeWithStrayBytes(encoded);
  }
}

/** Of names joined by slashes, which no name has. */
export function losslessTextsOf(joined: ByteString): string[] {
  const names = joined.split("/") as ByteString[];
  return ASCII_ONLY.test(joined) ? names : names.map(losslessText);
}

/** The inverse of losslessText. */
export function byteStringOfLosslessText(text: string): ByteString {
  if (!LONE_STRAY.test(text)) return byteStringOfText(text);
  const pieces = Array.from(text, (character) =>
    LONE_STRAY.test(character)
      ? String.fromCharCode(character.charCodeAt(0) - STRAY_BYTE)
      : byteStringOfText(character),
  );
  return pieces.join("") as ByteString;
}

function decodeWithStrayBytes(bytes: Uint8Array): string {
  let text = "";
  for (let index = 0; index < bytes.length;) {
    const length = validSequenceLength(bytes, index);
    if (length === 0) text += String.fromCharCode(STRAY_BYTE + (bytes[index] as number));
    else text += decoder.decode(bytes.subarray(index, index + length));
    index += Math.max(length, 1);
  }
  return text;
}

/** Bytes of the UTF-8 character that begins at `index`; 0: there is none. */
function validSequenceLength(bytes: Uint8Array, index: number): number {
  const lead = bytes[index] as number;
  if (lead < 0x80) return 1;
  const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (index + length > bytes.length) return 0;
  try {
    decoder.decode(bytes.subarray(index, index + length));
    return length;
  } catch {
    return 0;
  }
}
