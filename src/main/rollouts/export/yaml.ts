/** What a manifest is made of. Under the key `#` stand comments, each line written where the key stands. */
export type YamlValue = string | number | boolean | readonly YamlValue[] | YamlMap;
export interface YamlMap {
  readonly [key: string]: YamlValue | undefined;
}

/** Writes block-style YAML; a key without a value is left out. Strings are quoted unless nothing could take them for anything else. */
export function toYaml(value: YamlMap): string {
  return `${mapLines(value).join("\n")}\n`;
}

function mapLines(map: YamlMap): string[] {
  return Object.entries(map).flatMap(([key, value]) => {
    if (value === undefined) return [];
    if (key === "#") return [value].flat().map((line) => `# ${scalarText(line).replaceAll(/\s+/g, " ").trim()}`);
    return keyed(scalar(key), value);
  });
}

function keyed(key: string, value: YamlValue): string[] {
  if (typeof value !== "object") return [`${key}: ${scalar(value)}`];
  const lines = isList(value) ? listLines(value) : mapLines(value);
  const empty = isList(value) ? "[]" : "{}";
  if (lines.every(isComment)) return [`${key}: ${empty}`, ...lines];
  return [`${key}:`, ...indented(lines)];
}

function listLines(list: readonly YamlValue[]): string[] {
  return list.flatMap((item) => {
    if (typeof item !== "object") return [`- ${scalar(item)}`];
    const lines = isList(item) ? listLines(item) : mapLines(item);
    const first = lines.findIndex((line) => !isComment(line));
    // An item of comments alone belongs to the next one.
    if (first === -1) return lines.length === 0 ? [isList(item) ? "- []" : "- {}"] : lines;
    return [...lines.slice(0, first), `- ${lines[first]}`, ...indented(lines.slice(first + 1))];
  });
}

function isList(value: readonly YamlValue[] | YamlMap): value is readonly YamlValue[] {
  return Array.isArray(value);
}

function isComment(line: string): boolean {
  return line.trimStart().startsWith("#");
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}

/** A comment is text; anything else in its place is written as JSON. */
function scalarText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function scalar(value: string | number | boolean): string {
  if (typeof value !== "string") return String(value);
  const plain = /^[A-Za-z][\w./-]*$/.test(value) && !/^(?:true|false|yes|no|on|off|null|nan|inf|y|n)$/i.test(value);
  return plain ? value : JSON.stringify(value);
}
