import { Button, VisuallyHidden } from "@mantine/core";
import { IconStar, IconStarFilled } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useId, useRef, useState } from "react";
import type { InferenceRecord } from "../../../../shared/contract/logs.ts";
import { queryClient } from "../../api/changes.ts";
import { api, queries } from "../../api/connection.ts";
import { notifyProblem } from "../../ui/notify/notify.ts";
import { counted } from "../../../../shared/format.ts";
import classes from "./RatingField.module.css";

/** What a person thinks of an answer, as one to five stars that can be changed and taken back. Counts for its version. */
export function RatingField({ inferenceId }: { readonly inferenceId: InferenceRecord["id"] }) {
  const name = useId();
  const group = useRef<HTMLDivElement>(null);
  const rating = useQuery(queries.logs.rating.queryOptions({ input: { inferenceId } }));
  /** While it is being kept: what was chosen, null where it is being taken back. */
  const [choosing, setChoosing] = useState<{ readonly stars: number | null } | null>(null);
  if (rating.data === undefined) return <div className={classes.rating} />;
  const stars = choosing === null ? (rating.data?.stars ?? null) : choosing.stars;
  const keep = async (chosen: number | null): Promise<void> => {
    setChoosing({ stars: chosen });
    try {
      const kept = chosen === null ? null : await api.logs.rate({ inferenceId, stars: chosen });
      if (chosen === null) await api.logs.removeRating({ inferenceId });
      // Not refetched: an answer in flight may be from before.
      const { queryKey } = queries.logs.rating.queryOptions({ input: { inferenceId } });
      await queryClient.cancelQueries({ queryKey });
      queryClient.setQueryData(queryKey, kept);
    } catch (error) {
      notifyProblem(error);
    }
    setChoosing((now) => (now?.stars === chosen ? null : now));
  };
  return (
    <div className={classes.rating}>
      <div ref={group} role="radiogroup" aria-label="Rating of this answer" className={classes.stars}>
        {[1, 2, 3, 4, 5].map((value) => (
          <label key={value} className={classes.star} data-given={stars !== null && value <= stars}>
            <input
              type="radio"
              name={name}
              value={value}
              checked={stars === value}
              onChange={() => void keep(value)} // notifies its failure
            />
            {stars !== null && value <= stars ? (
              <IconStarFilled size={18} aria-hidden />
            ) : (
              <IconStar size={18} stroke={1.5} aria-hidden />
            )}
            <VisuallyHidden>{counted(value, "star")}</VisuallyHidden>
          </label>
        ))}
      </div>
      {stars === null ? (
        <span className={classes.faint}>Rate this answer</span>
      ) : (
        <>
          <span>{stars} of 5</span>
          <Button
            size="compact-xs"
            variant="subtle"
            color="gray"
            onClick={() => {
              void keep(null); // notifies its failure
              group.current?.querySelector("input")?.focus(); // the button goes
            }}
          >
            Remove rating
          </Button>
        </>
      )}
    </div>
  );
}
