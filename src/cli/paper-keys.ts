/** Keys on paper: text to type in again, and the same as a QR code to photograph. */
import encodeQR from "qr";

const LINE_CHARACTERS = 64;

/** Lines to show: all of them as they are, or one SVG picture that has the text in it too. */
export function paperKeys(
  keys: string,
  repository: string,
  picture: "terminal" | "svg",
): readonly string[] {
  if (picture === "svg") return [svgPage(keys, repository)];
  const code = encodeQR(keys, "ascii", { ecc: "medium" });
  return [
    `The keys of ${repository}. They are of no use without the password.`,
    "Restored as the text of tardis.keys in the repository, without line breaks:",
    "",
    ...linesOf(keys),
    "",
    ...code.trimEnd().split("\n"),
  ];
}

const PAGE_WIDTH = 595;
const MARGIN = 40;
const CODE_SIZE = 320;
const LINE_HEIGHT = 14;

/** An A4 page's width; the code, and below it the text. */
function svgPage(keys: string, repository: string): string {
  const modules = encodeQR(keys, "raw", { ecc: "medium" });
  const scale = CODE_SIZE / modules.length;
  const squares = modules.flatMap((row, y) =>
    row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : [])),
  );
  const text = [
    `The keys of ${repository}. They are of no use without the password.`,
    "To be restored as tardis.keys in the repository, without line breaks:",
    ...linesOf(keys),
  ];
  const top = MARGIN + CODE_SIZE + 2 * LINE_HEIGHT;
  const lines = text.map(
    (line, index) =>
      `<text x="${MARGIN}" y="${top + index * LINE_HEIGHT}">${escapeMarkup(line)}</text>`,
  );
  const height = top + text.length * LINE_HEIGHT + MARGIN;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${PAGE_WIDTH} ${height}"` +
      ` font-family="monospace" font-size="11">`,
    `<rect width="${PAGE_WIDTH}" height="${height}" fill="white"/>`,
    `<path transform="translate(${MARGIN} ${MARGIN}) scale(${scale})" d="${squares.join("")}"/>`,
    ...lines,
    "</svg>",
  ].join("\n");
}

function linesOf(text: string): string[] {
  return text.match(new RegExp(`.{1,${LINE_CHARACTERS}}`, "g")) ?? [];
}

function escapeMarkup(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
