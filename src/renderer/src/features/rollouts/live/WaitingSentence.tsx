import { WithCode } from "../../../ui/text/WithCode.tsx";
import { Defined } from "../../../ui/text/Defined.tsx";
import { waitingParts } from "./waiting-parts.ts";

/** What a rollout waits for, its numbers with what they mean. */
export function WaitingSentence({ text }: { readonly text: string }) {
  return waitingParts(text).map(({ text: part, what }) =>
    what === null ? (
      <WithCode key={part} text={part} />
    ) : (
      <Defined key={part} what={what}>
        {part}
      </Defined>
    ),
  );
}
