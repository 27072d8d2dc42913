/** Where a text stops being JSON: its line, what belongs there, and what stands there instead. */
export interface JsonFault {
  readonly line: number;
  readonly wanted: string;
  readonly found: string;
}

type Wanted = "value" | "valueOrEnd" | "key" | "keyOrEnd" | "colon" | "commaOrEnd" | "nothing";

const token =
  /([{}[\],:])|("(?:[^"\\\p{Cc}]|\\(?:["\\/bfnrt]|u[\dA-Fa-f]{4}))*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)/uy;

/**
 * Finds the first place at which a text that is no JSON goes wrong. Browsers tell it each in their own words, and some
 * without the place.
 */
export function jsonFault(text: string): JsonFault {
  const open: string[] = [];
  let wanted: Wanted = "value";
  let at = 0;
  for (;;) {
    at += /^[ \t\n\r]*/.exec(text.slice(at))?.[0].length ?? 0;
    token.lastIndex = at;
    const [whole = "", sign, string] = token.exec(text) ?? [];
    const next: Wanted | null = whole === "" ? null : after(wanted, sign, string !== undefined, open);
    if (next === null) {
      return {
        line: text.slice(0, at).split("\n").length,
        wanted: wantedWords(wanted, open),
        found: foundAt(text, at),
      };
    }
    wanted = next;
    at += whole.length;
  }
}

/** What is wanted after a token, or null where it does not belong. Opens and closes on the way. */
function after(wanted: Wanted, sign: string | undefined, isString: boolean, open: string[]): Wanted | null {
  const takesValue = wanted === "value" || wanted === "valueOrEnd";
  const takesKey = wanted === "key" || wanted === "keyOrEnd";
  if (sign === undefined) {
    if (takesKey) return isString ? "colon" : null;
    return takesValue ? afterValue(open) : null;
  }
  if (sign === "{" || sign === "[") {
    if (!takesValue) return null;
    open.push(sign);
    return sign === "{" ? "keyOrEnd" : "valueOrEnd";
  }
  if (sign === ":") return wanted === "colon" ? "value" : null;
  if (sign === ",") return wanted !== "commaOrEnd" ? null : open.at(-1) === "{" ? "key" : "value";
  const closes = sign === "}" ? "{" : "[";
  const mayEnd = wanted === "commaOrEnd" || wanted === (sign === "}" ? "keyOrEnd" : "valueOrEnd");
  if (!mayEnd || open.at(-1) !== closes) return null;
  open.pop();
  return afterValue(open);
}

function afterValue(open: readonly string[]): Wanted {
  return open.length === 0 ? "nothing" : "commaOrEnd";
}

function wantedWords(wanted: Wanted, open: readonly string[]): string {
  const end = open.at(-1) === "{" ? "“}”" : "“]”";
  return {
    value: "a value",
    valueOrEnd: `a value or ${end}`,
    key: "a name in double quotes",
    keyOrEnd: `a name in double quotes or ${end}`,
    colon: "“:”",
    commaOrEnd: `“,” or ${end}`,
    nothing: "nothing more",
  }[wanted];
}

function foundAt(text: string, at: number): string {
  const found = /^(?:"[^"\n]{0,20}|[\w.+-]{1,20}|.)/u.exec(text.slice(at))?.[0];
  return found === undefined ? "its end" : `“${found}”`;
}
