import { go, hrefOf } from "../../shell/route.ts";

/** Where one is within Models. */
export type ModelsLocation =
  | { readonly at: "library" }
  | { readonly at: "assignments"; readonly useCase: string | null }
  | { readonly at: "servers"; readonly pulling: boolean }
  | { readonly at: "version"; readonly versionId: string }
  | { readonly at: "compare"; readonly versionIds: readonly [string | null, string | null] };

/** Reads the location from the address; older links (`use-cases`, `endpoints`) still work. */
export function modelsLocationFrom([first, second]: readonly string[]): ModelsLocation {
  switch (first) {
    case "assignments":
    case "use-cases":
      return { at: "assignments", useCase: second ?? null };
    case "servers":
    case "endpoints":
      return { at: "servers", pulling: second === "pull" };
    case "version":
      return second === undefined ? { at: "library" } : { at: "version", versionId: second };
    case "compare": {
      const [left, right] = (second ?? "").split(",");
      return { at: "compare", versionIds: [left || null, right || null] };
    }
    default:
      return { at: "library" };
  }
}

export function hrefOfVersion(versionId: string): string {
  return hrefOf("models", "version", versionId);
}

export function hrefOfComparison(leftId: string | null, rightId: string | null): string {
  return hrefOf("models", "compare", `${leftId ?? ""},${rightId ?? ""}`);
}

export function goToVersion(versionId: string): void {
  go("models", ["version", versionId]);
}
