import type { Shape, VersionConfiguration } from "../../../shared/contract/registry.ts";

/** A model of so many parameters or more writes prose that nobody has to shape. */
const writesByItself = 1_000_000_000;

/** What happens to a version's prose: what it says, else by its parameters; null is a number that nobody knows. */
export function shapeFor({ shape }: Pick<VersionConfiguration, "shape">, parameterCount: number | null): Shape {
  return shape ?? (parameterCount !== null && parameterCount < writesByItself ? "small_model" : "none");
}
