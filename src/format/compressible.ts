/** Which contents are compressed already, so that doing it again is a waste of time. */
import { compress } from "./compress.ts";

/** Extensions of names, in lower case, of kinds of file that are compressed as a rule. */
const COMPRESSED_EXTENSIONS: ReadonlySet<string> = new Set(
  (
    "7z aac ace apk arj avif br bz2 cab crx deb docx dmg epub flac flv gif gz heic heif jar jpeg " +
    "jpg jxl lz lz4 lzma lzo m4a m4v mkv mov mp3 mp4 mpeg mpg odp ods odt ogg ogv opus pack png " +
    "pptx rar rpm snap squashfs tbz2 tgz tlz txz vsix war webm webp whl wma wmv woff woff2 xlsx " +
    "xpi xz z zip zst"
  ).split(" "),
);

const SAMPLE_BYTES = 16 * 1024;
/** A sample that shrinks by less than this part of itself is compressed already. */
const GAIN_MIN = 1 / 32;

/** Whether a file of this name (text or bytes of it as characters) is worth compressing. */
export function isCompressibleName(name: string): boolean {
  const dot = name.lastIndexOf(".");
  return dot < 0 || !COMPRESSED_EXTENSIONS.has(name.slice(dot + 1).toLowerCase());
}

/** Whether bytes of which this is the plaintext are worth compressing, by samples of them. */
export function isCompressible(plaintext: Uint8Array): boolean {
  const places = [0.1, 0.5, 0.9].map((part) =>
    Math.floor((plaintext.length - SAMPLE_BYTES) * part),
  );
  if (plaintext.length <= places.length * SAMPLE_BYTES) return shrinks(plaintext);
  return places.some((start) => shrinks(plaintext.subarray(start, start + SAMPLE_BYTES)));
}

function shrinks(sample: Uint8Array): boolean {
  return compress(sample, 1).length <= sample.length * (1 - GAIN_MIN);
}
