/** What zstd is told of a level. */
import zlib from "node:zlib";

const { ZSTD_c_compressionLevel, ZSTD_c_minMatch, ZSTD_c_windowLog } = zlib.constants;

/** That of a first backup. */
const FAST_LEVEL = 2;
/** Bytes. zstd's own is 6: 7 take a twentieth less time (docs/experiments.md). */
const FAST_MIN_MATCH = 7;
/** What that loses a window as wide as a segment makes up for; zstd's own is half of it. */
const FAST_WINDOW_LOG = 21;

export type ZstdParams = Readonly<Record<number, number>>;
export type Whose = "ours" | "zstd's";

/** "ours": they are others than zstd has for that level. */
export function paramsOf(level: number): { readonly params: ZstdParams; readonly are: Whose } {
  if (level !== FAST_LEVEL) return { params: { [ZSTD_c_compressionLevel]: level }, are: "zstd's" };
  const params = {
    [ZSTD_c_compressionLevel]: level,
    [ZSTD_c_minMatch]: FAST_MIN_MATCH,
    [ZSTD_c_windowLog]: FAST_WINDOW_LOG,
  };
  return { params, are: "ours" };
}
