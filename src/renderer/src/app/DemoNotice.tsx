import { useQuery } from "@tanstack/react-query";
import { queries } from "../api/connection.ts";
import { hrefOf } from "../shell/route.ts";
import classes from "./DemoNotice.module.css";

/** Says while the demo model answers what it is, and where one that can write is found. */
export function DemoNotice() {
  const useCases = useQuery(queries.registry.useCases.queryOptions()).data;
  const versionId = useCases?.find(({ name }) => name === "story_generation")?.assignment?.versionId;
  const version = useQuery({
    ...queries.registry.version.queryOptions({ input: { versionId: versionId as NonNullable<typeof versionId> } }),
    enabled: versionId !== undefined,
  }).data;
  if (version?.provider !== "embedded" || version.configuration.file !== "starter") return null;
  return (
    <p className={classes.notice} role="note">
      {version.model} is a demo: it shows how Taleward works, in English alone, and is too small for a story that can be
      used. <a href={hrefOf("models", "servers")}>Choose a model that can write</a>
    </p>
  );
}
