import { SegmentedControl } from "@mantine/core";
import { create } from "zustand";
import { type RangeName, ranges } from "./performance.ts";

/** How far back the figures of versions look; one choice for all of them, kept while other screens are looked at. */
export const useRange = create<{ readonly range: RangeName }>(() => ({ range: "week" }));

export function RangeChoice() {
  const { range } = useRange();
  return (
    <SegmentedControl
      size="xs"
      aria-label="Time"
      value={range}
      onChange={(value) => useRange.setState({ range: value })}
      data={(Object.keys(ranges) as RangeName[]) // every key is a name
        .map((value) => ({ value, label: ranges[value].label }))}
    />
  );
}
