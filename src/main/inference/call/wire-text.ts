const field = /"((?:[^"\\]|\\[^]){0,64})"\s*:\s*"((?:[^"\\]|\\[^])*)"?/g;

/**
 * The texts in the bytes of an answer, for checking: the bytes as they are, and the texts of each field joined over all lines,
 * a last one that was cut off included.
 */
export function textsIn(body: string): string[] {
  const texts = new Map<string, string>();
  for (const [, name = "", text = ""] of body.matchAll(field))
    texts.set(name, (texts.get(name) ?? "") + unescaped(text));
  return [body, ...texts.values()];
}

function unescaped(text: string): string {
  return text.replaceAll(/\\(?:u([\da-f]{4})|([^]))/gi, (_, code: string | undefined, character: string) =>
    code === undefined ? (controls[character] ?? character) : String.fromCharCode(Number.parseInt(code, 16)),
  );
}

const controls: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };
