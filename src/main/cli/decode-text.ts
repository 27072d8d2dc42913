/** What a text begins with in each encoding that says so, the longer first where one begins with another. */
const marks = [
  { encoding: "utf-8", bytes: [0xef, 0xbb, 0xbf] },
  { encoding: "utf-16le", bytes: [0xff, 0xfe] },
  { encoding: "utf-16be", bytes: [0xfe, 0xff] },
] as const;

/**
 * The text of a file as editors and shells write it: UTF-8 or UTF-16, with or without a byte order mark, which is not part of
 * it. Throws `TypeError` where it is neither.
 */
export function decodeText(bytes: Uint8Array): string {
  const marked = marks.find((mark) => mark.bytes.every((byte, index) => bytes[index] === byte));
  const encoding = marked?.encoding ?? unmarkedEncoding(bytes);
  return new TextDecoder(encoding, { fatal: true }).decode(bytes);
}

/** PowerShell writes UTF-16; the text of a command or of JSON begins with a character below 256, whose other byte is 0. */
function unmarkedEncoding([first, second]: Uint8Array): (typeof marks)[number]["encoding"] {
  if (first !== undefined && second !== undefined && first !== 0 && second === 0) return "utf-16le";
  return first === 0 && second !== undefined && second !== 0 ? "utf-16be" : "utf-8";
}
