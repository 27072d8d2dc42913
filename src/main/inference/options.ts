import type { GenerationOptions } from "../../shared/contract/inference.ts";

/** Options in layers, each over those before it: one by one, and so are those that are handed to the server as they are. */
export function layered(...layers: readonly (GenerationOptions | undefined)[]): GenerationOptions {
  return layers.reduce<GenerationOptions>((below, layer) => {
    const both = below.serverOptions && layer?.serverOptions;
    return { ...below, ...layer, ...(both && { serverOptions: { ...below.serverOptions, ...layer?.serverOptions } }) };
  }, {});
}
