import classes from "./marks.module.css";

export type Tone = "good" | "busy" | "bad" | "quiet" | "warn";

interface StateMarkProps {
  readonly tone: Tone;
  readonly children: string;
}

/** A state as a dot and a word; the dot is filled, hollow or crossed, so that colour never stands alone. */
export function StateMark({ tone, children }: StateMarkProps) {
  return (
    <span className={classes.mark} data-tone={tone}>
      <svg viewBox="0 0 12 12" width={12} height={12} aria-hidden>
        {dots[tone]}
      </svg>
      {children}
    </span>
  );
}

const dots = {
  good: <circle cx={6} cy={6} r={4} fill="currentColor" />,
  busy: <circle cx={6} cy={6} r={3.5} fill="none" stroke="currentColor" strokeWidth={2} strokeDasharray="14 8" />,
  bad: <path d="M2.5 2.5 9.5 9.5M9.5 2.5 2.5 9.5" stroke="currentColor" strokeWidth={2} strokeLinecap="round" />,
  quiet: <circle cx={6} cy={6} r={3.5} fill="none" stroke="currentColor" strokeWidth={1.5} />,
  warn: <path d="M6 1.5 11 10.5H1Z" fill="currentColor" />,
} satisfies Record<Tone, React.ReactNode>;
