import { PlaygroundScreen } from "../features/playground/PlaygroundScreen.tsx";
import { SaveAsTest } from "../features/suites/cases/SaveAsTest.tsx";
import { SuitesScreen } from "../features/suites/SuitesScreen.tsx";
import type { ScreenProps } from "../shell/registry.ts";

export function PlaygroundWithSuites({ ids }: ScreenProps) {
  return <PlaygroundScreen ids={ids} Suites={SuitesScreen} SaveAsTest={SaveAsTest} />;
}
