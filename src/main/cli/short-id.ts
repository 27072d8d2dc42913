import { Failure } from "../base/failure.ts";

/** As few as are printed anywhere, and enough to be no word by chance. */
const minLength = 4;

/**
 * The one whose id a person wrote in short, by its last characters as they are printed, or its first; undefined where there is
 * none, or `wanted` cannot be a part of an id. Throws `Failure` BAD_REQUEST where it is a part of several.
 *
 * @example
 * withShortId([{ id: "019ac1f0-5d7c-7000-8000-00009043adbe" }], "9043adbe");
 */
export function withShortId<Kept extends { readonly id: string }>(
  among: readonly Kept[],
  wanted: string,
): Kept | undefined {
  const part = wanted.toLowerCase();
  if (!/^[\da-f-]+$/.test(part) || part.length < minLength) return undefined;
  const found = among.filter(({ id }) => id.endsWith(part) || id.startsWith(part));
  if (found.length < 2) return found[0];
  throw new Failure("BAD_REQUEST", `${wanted} is a part of ${found.length} ids.`, {
    field: "ID",
    value: wanted,
    remedy: `Write more of it: ${found
      .slice(0, 5)
      .map(({ id }) => id)
      .join(", ")}.`,
  });
}
