import type { AssignmentReading } from "../../shared/contract/assignment-reading.ts";
import { versionName } from "../../shared/format.ts";
import { occasionLabels } from "../../shared/reading-label.ts";
import { answer, type Invocation } from "./invocation.ts";
import { facts, localTime, table } from "./text.ts";

/** What answers each use case now, and how the calls know: when the assignments were read, what for, and whether they still can be. */
export async function showStatus(invocation: Invocation): Promise<number> {
  const { client, backend, installation } = invocation;
  const { dataDirectory, version } = installation();
  const names = (await client.registry.useCases()).map(({ name }) => name);
  const useCases = await Promise.all(
    names.map(async (useCase) => ({ useCase, ...(await client.inference.status({ useCase })) })),
  );
  // Last: in a backend of this command's own, the statuses are the first use.
  const registry = await client.registry.reading();
  answer(invocation, { version, dataDirectory, backend, registry, useCases }, (status) =>
    [
      facts([
        ["Version", status.version],
        ["Data", status.dataDirectory],
        ["Backend", status.backend === "running" ? "a running Taleward" : "this command's own"],
        ["Registry", readingText(status.registry)],
      ]),
      table(
        ["Use case", "Answered by", "Trouble"],
        status.useCases.map(({ useCase, assigned, fallback, trouble }) => [
          useCase,
          fallback === null
            ? assigned === null
              ? "-"
              : versionName(assigned)
            : `${versionName(fallback)} (its fallback)`,
          assigned === null ? "" : (trouble ?? fallback?.because ?? ""),
        ]),
      ),
    ].join("\n"),
  );
  return 0;
}

function readingText({ readAtMs, by, unreadableSinceMs, drillUntilMs }: AssignmentReading): string {
  const read = readAtMs === null || by === null ? "not read yet" : `read ${localTime(readAtMs)} ${occasionLabels[by]}`;
  const readable = unreadableSinceMs === null ? "readable" : `not readable since ${localTime(unreadableSinceMs)}`;
  const drill = drillUntilMs === null ? "" : `, by a drill until ${localTime(drillUntilMs)}`;
  return `${readable}${drill}; assignments were ${read}`;
}
