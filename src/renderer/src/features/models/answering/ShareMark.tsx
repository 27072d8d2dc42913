import { versionName } from "../../../../../shared/format.ts";
import { StateMark } from "../../../ui/marks/StateMark.tsx";
import { type Share, shareLabel } from "./shares.ts";

/** What a version answers of a use case now, in a word or in percent. */
export function ShareMark({ share, named = false }: { readonly share: Share; readonly named?: boolean }) {
  const tone = share.percent === 0 ? "quiet" : share.arm === "candidate" ? "warn" : "good";
  return <StateMark tone={tone}>{`${named ? `${versionName(share)}: ` : ""}${shareLabel(share)}`}</StateMark>;
}
