import type { ModelVersion } from "../../../../shared/contract/registry.ts";
import { duration, whole } from "../../../../shared/format.ts";
import { shapeWords } from "./shape-labels.ts";
import { providerWords } from "./version-labels.ts";

/** A version's configuration as pairs of name and value, in one order for every version; what is not set is left out. */
export function configurationRows({ provider, configuration }: ModelVersion): readonly (readonly [string, string])[] {
  const { endpoint, replicas, serverModel, file, contextTokens, shape, options = {}, deadlines = {} } = configuration;
  const rows: (readonly [string, string | undefined])[] = [
    ["Provider", providerWords[provider]],
    ["Endpoint", endpoint],
    ["Replicas", replicas?.join(", ")],
    ["Server model name", serverModel],
    ["File", file],
    ["Context length", contextTokens === undefined ? undefined : `${whole(contextTokens)} tokens`],
    ["Prose of stories", shape === undefined ? undefined : shapeWords[shape]],
    ...Object.entries(options)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [words(name), textFrom(value)] as const),
    ...Object.entries(deadlines)
      .filter(([, ms]) => ms !== undefined)
      .map(
        ([name, ms]) => [`Deadline, ${words(name.replace(/Ms$/, "")).toLowerCase()}`, duration(Number(ms))] as const,
      ),
  ];
  return rows.flatMap(([name, value]) => (value === undefined || value === "" ? [] : [[name, value] as const]));
}

/** "repeatLastN" as "Repeat last n". */
function words(name: string): string {
  const spaced = name.replaceAll(/([A-Z])/g, " $1").toLowerCase();
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

function textFrom(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
