import type { WaitingFor } from "../../../../../shared/contract/rollout-waiting.ts";
import { type WaitingPhrase, waitingPhrases } from "../../../../../shared/rollout-waiting-text.ts";
import { hrefOf } from "../../../shell/route.ts";
import { Defined } from "../../../ui/text/Defined.tsx";
import { WithCode } from "../../../ui/text/WithCode.tsx";
import { useNow } from "../../../ui/use-now.ts";

/** What a rollout waits for: numbers with what they mean, times that run, and the way to the suite that is run. */
export function WaitingSentence({ parts }: { readonly parts: WaitingFor }) {
  const nowMs = useNow(1_000);
  return waitingPhrases(parts, nowMs).map((phrase, index) => <Phrase key={index} phrase={phrase} />);
}

function Phrase({ phrase }: { readonly phrase: WaitingPhrase }) {
  switch (phrase.kind) {
    case "text":
      return <WithCode text={phrase.text} />;
    case "number":
      return <Defined what={phrase.what}>{phrase.text}</Defined>;
    case "clock":
      // A timer is not read out at every change, as the rest of the sentence is.
      return <span role="timer">{phrase.text}</span>;
    case "suite":
      return <a href={hrefOf("playground", "suites", phrase.suiteId)}>{phrase.text}</a>;
  }
}
