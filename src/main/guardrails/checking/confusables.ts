/**
 * Letters that pass for Latin ones and that NFKD leaves alone: a compact cut of the UTS #39 confusables (Cyrillic, Greek,
 * Armenian, Cherokee, Latin extensions, small capitals, squared and regional letters) with the punctuation the rules read.
 */
const lookAlikes: Readonly<Record<string, string>> = {
  a: "аαɑᴀΑАᎪ",
  b: "вьßʙΒВЬᏴᏏƄ",
  c: "сϲᴄСϹᏟҫ",
  d: "ԁɗđᴅᎠᏧԀ",
  e: "еєҽεᴇΕЕЄᎬɛɘǝ",
  f: "ƒꜰϝғſ",
  g: "ɡցɢԌᏀɠ",
  h: "һнհʜΗНᎻħ",
  i: "іıιɩɪΙІᎥӀӏ",
  j: "јϳᴊЈᎫ",
  k: "кκᴋΚКᏦƙқ",
  l: "ʟłɭᏞ⅃",
  m: "мᴍΜМᎷ",
  n: "ոпηɴΝղ",
  o: "оοσօøᴏΟОØʘ",
  p: "рρᴘΡРᏢþ",
  q: "ԛզ",
  r: "гʀᏒɾɼ",
  s: "ѕꜱЅᏚʂ",
  t: "тτᴛΤТᎢŧ",
  u: "υսʋᴜцμ",
  v: "νѵᴠᏙѴ",
  w: "ԝωшᴡᏔԜɯѡ",
  x: "хχΧХҳ×",
  y: "уγүʏΥУҮ",
  z: "ʐᴢΖᏃʒ",
  ".": "。｡․꓿",
  "!": "ǃ",
  "?": "Ɂʔ",
  '"': "“”„‟«»〝〞",
  "'": "‘’‚‛ʼʹ′`´",
  "-": "‐‑‒–—―−",
  "/": "⁄∕",
  " ": "⠀ㅤ",
};

/** Runs of twenty-six that follow the alphabet: negative circled and squared letters, regional indicators. */
const alphabetStarts = [0x1f150, 0x1f170, 0x1f1e6] as const;

/** Code point to the Latin letter or mark a reader takes it for. */
export const confusables: ReadonlyMap<number, string> = new Map([
  ...Object.entries(lookAlikes).flatMap(([plain, others]) =>
    Array.from(others, (other): [number, string] => [other.codePointAt(0) ?? 0, plain]),
  ),
  ...alphabetStarts.flatMap((start) =>
    Array.from({ length: 26 }, (_, letter): [number, string] => [start + letter, String.fromCharCode(97 + letter)]),
  ),
]);
