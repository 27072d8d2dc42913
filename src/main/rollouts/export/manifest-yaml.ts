import { Document, type Node, Pair, YAMLMap, YAMLSeq } from "yaml";

/** What a manifest is made of. Under the key `#` stand comments, each line written above the fields beside it. */
export type ManifestValue = string | number | boolean | readonly ManifestValue[] | ManifestMap;
export interface ManifestMap {
  readonly [key: string]: ManifestValue | undefined;
}

/**
 * Writes YAML documents, one after the other; a key without a value is left out. Kubernetes reads YAML 1.1, so that strings
 * which either version takes for something else are quoted.
 *
 * @example toManifestYaml([{ "#": "Set the image.", kind: "Rollout", paused: "no" }])
 * // # Set the image.
 * // kind: Rollout
 * // paused: "no"
 */
export function toManifestYaml(documents: readonly ManifestMap[]): string {
  return documents.map(documentText).join("---\n");
}

function documentText(map: ManifestMap): string {
  const document = new Document(null, { compat: "yaml-1.1" });
  document.contents = nodeFrom(document, map);
  return document.toString({ lineWidth: 0 });
}

function nodeFrom(document: Document, value: ManifestValue): Node {
  if (typeof value !== "object") return document.createNode(value);
  if (isList(value)) {
    const list = new YAMLSeq<Node>(document.schema);
    for (const item of value) list.add(nodeFrom(document, item));
    return list;
  }
  const map = new YAMLMap<Node, Node>(document.schema);
  const { "#": comment, ...fields } = value;
  for (const [key, field] of Object.entries(fields))
    if (field !== undefined) map.items.push(new Pair(document.createNode(key), nodeFrom(document, field)));
  if (comment !== undefined && [comment].flat().length > 0) map.commentBefore = commentFrom(comment);
  return map;
}

function isList(value: readonly ManifestValue[] | ManifestMap): value is readonly ManifestValue[] {
  return Array.isArray(value);
}

/** A line each: a line break in a text must not end its comment. */
function commentFrom(lines: ManifestValue): string {
  return (typeof lines === "object" && isList(lines) ? lines : [lines])
    .map(
      (line) =>
        ` ${(typeof line === "object" ? JSON.stringify(line) : String(line)).replaceAll(/[\s\u0085]+/g, " ").trim()}`,
    )
    .join("\n");
}
