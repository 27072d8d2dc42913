import classes from "../Start.module.css";
import type { Errors } from "../typed-numbers.ts";

interface FieldErrorsProps {
  readonly errors: Errors;
  /** Paths of the fields in the line above. */
  readonly of: readonly string[];
}

/** What is wrong with the fields of a line, beneath it. */
export function FieldErrors({ errors, of }: FieldErrorsProps) {
  return of.map((path) =>
    errors[path] === undefined ? null : (
      <p key={path} className={classes.error} role="alert">
        {errors[path]}
      </p>
    ),
  );
}
