import type { Violation } from "../../../../shared/contract/guardrails.ts";
import { TimeText } from "../../ui/text/TimeText.tsx";
import { decisionWords } from "./ViolationList.tsx";
import classes from "./Violations.module.css";

/** Every decision and note, newest first. */
export function ReviewHistory({ reviews }: { readonly reviews: Violation["reviews"] }) {
  return (
    <>
      <h3 className={classes.heading}>Review history</h3>
      {reviews.length === 0 && <p className={classes.faint}>Nobody has reviewed this yet.</p>}
      <ol className={classes.history} aria-label="Review history">
        {reviews
          .map((review, index) => (
            // Reviews are only ever added, so their index is their identity.
            <li key={index}>
              <strong>{review.decision === null ? "Note" : decisionWords[review.decision]}</strong>{" "}
              <span className={classes.faint}>
                <TimeText atMs={review.atMs} />
              </span>
              {review.reason !== null && <div dir="auto">{review.reason}</div>}
            </li>
          ))
          .toReversed()}
      </ol>
    </>
  );
}
