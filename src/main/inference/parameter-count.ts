const units: Readonly<Record<string, number>> = { k: 1e3, m: 1e6, b: 1e9, t: 1e12 };

/** A number of parameters as model pages and servers write it, such as `134.52M`, `0.5b` or `8x7B`; null where it is none. */
export function parameterCountFrom(text: string | null | undefined): number | null {
  const found = /^(?:(\d{1,3})x)?(\d{1,6}(?:\.\d{1,4})?)\s*([kmbt])$/i.exec(text?.trim() ?? "");
  if (found === null) return null;
  const [, experts = "1", count = "", unit = ""] = found;
  return Number(experts) * Number(count) * (units[unit.toLowerCase()] ?? 1);
}

/** What the first of a model's names says that says any, such as `smollm2:135m` or `Qwen2.5-0.5B-Instruct-Q4_K_M.gguf`. */
export function countInNames(...names: readonly (string | undefined)[]): number | null {
  for (const name of names) {
    const file = name?.split(/[\\/]/).at(-1) ?? "";
    for (const part of file.split(/[:_ -]|\.(?!\d)/)) {
      const count = /[mb]$/i.test(part) ? parameterCountFrom(part) : null;
      if (count !== null) return count;
    }
  }
  return null;
}
