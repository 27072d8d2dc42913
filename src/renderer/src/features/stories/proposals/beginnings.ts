const wanted = 4;
const maxWords = 12;

/**
 * How each of several texts begins, in their order: four words, or as many more as tell it from the others, up to twelve. Empty for a text
 * without words.
 */
export function beginningsOf(texts: readonly string[]): readonly string[] {
  const words = texts.map((text) =>
    text
      .trim()
      .split(/\s+/u)
      .filter((word) => word !== ""),
  );
  return words.map((own, index) => {
    const others = words.filter((_, other) => other !== index);
    let count = wanted;
    while (count < Math.min(maxWords, own.length) && others.some((other) => begins(other, own, count))) count += 1;
    return `${own.slice(0, count).join(" ")}${own.length > count ? "…" : ""}`;
  });
}

function begins(other: readonly string[], own: readonly string[], count: number): boolean {
  return own.slice(0, count).every((word, at) => word === other[at]);
}
