import { z } from "zod";

/** What made the calls read the assignments: their first use, an update that was broadcast, or the minute that is over. */
const readOccasion = z.enum(["first_use", "broadcast", "period"]);
export type ReadOccasion = z.infer<typeof readOccasion>;

export const assignmentReading = z.object({
  /** When they were last read well; null before the first time. */
  readAtMs: z.number().int().nullable(),
  by: readOccasion.nullable(),
  /** Since when every reading has failed, so that calls go by the last known ones; null while the registry can be read. */
  unreadableSinceMs: z.number().int().nullable(),
  /** Until when a drill that was asked for at the start makes it unreadable; null while there is none. */
  drillUntilMs: z.number().int().nullable(),
});
export type AssignmentReading = z.infer<typeof assignmentReading>;
