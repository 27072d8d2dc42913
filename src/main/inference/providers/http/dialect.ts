const quotedCharacters = 300;

/** A duration as a person says it. */
export function seconds(milliseconds: number): string {
  return milliseconds < 1_000 ? `${milliseconds} ms` : `${Math.round(milliseconds / 100) / 10} s`;
}

/** The server's own words on one line, ended like a sentence. */
export function sentence(text: string): string {
  const line = text.replaceAll(/[\s\p{Cc}\p{Cf}]+/gu, " ").trim();
  const short = line.length > quotedCharacters ? `${line.slice(0, quotedCharacters)}…` : line;
  return /[.!?…]$/.test(short) ? short : `${short}.`;
}
