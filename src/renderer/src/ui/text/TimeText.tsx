import { exactTime, shortTime } from "../format.ts";

/** A moment in local time; the exact time and UTC on hover. */
export function TimeText({ atMs }: { readonly atMs: number }) {
  return (
    <time dateTime={new Date(atMs).toISOString()} title={exactTime(atMs)}>
      {shortTime(atMs)}
    </time>
  );
}
