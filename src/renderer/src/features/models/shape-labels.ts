import type { Shape } from "../../../../shared/contract/registry.ts";

/** What happens to the prose of a version's stories, in words. */
export const shapeWords: Readonly<Record<Shape, string>> = {
  none: "as the model writes it",
  small_model: "shaped for a small model",
};
