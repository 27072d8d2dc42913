import type { Arm } from "../../../../../shared/contract/rollout-plan.ts";
import type { Rollout, RolloutAnalysis } from "../../../../../shared/contract/rollout-status.ts";
import { versionName, whole } from "../../../../../shared/format.ts";
import { armFigures } from "./arm-figures.ts";
import { ArmMark } from "./ArmMark.tsx";
import { Defined } from "../../../ui/text/Defined.tsx";
import classes from "./ArmsTable.module.css";

interface ArmsTableProps {
  readonly rollout: Rollout;
  readonly analysis: RolloutAnalysis;
}

/** Both arms as two cards with the same figures side by side, and the difference between them. */
export function ArmsTable({ rollout, analysis: { arms, units } }: ArmsTableProps) {
  const { candidatePercent } = rollout.status;
  return (
    <div className={classes.armsScroll}>
      <table className={classes.arms} aria-label="Both arms">
        <thead>
          <tr>
            <td />
            {(["stable", "candidate"] as const).map((arm) => (
              <th key={arm} scope="col" data-arm={arm}>
                <ArmMark arm={arm} />
                <span className={classes.armName}>{versionName(rollout[arm])}</span>
                <span className={classes.armWeight}>
                  <Defined what="candidatePercent">{percentOf(arm, candidatePercent)} % of new sessions</Defined>
                  {", "}
                  <Defined what="units">{whole(units[arm])} units</Defined>
                </span>
              </th>
            ))}
            <th scope="col" className={classes.difference}>
              <Defined what="difference">Difference</Defined>
            </th>
          </tr>
        </thead>
        <tbody>
          {armFigures.map(({ name, what, of, aside, below, difference }) => (
            <tr key={name}>
              <th scope="row">
                <Defined what={what}>{name}</Defined>
              </th>
              {(["stable", "candidate"] as const).map((arm) => (
                <td key={arm} data-arm={arm}>
                  <strong>{of(arms[arm])}</strong> <span className={classes.aside}>{aside(arms[arm])}</span>
                  {below && <div className={classes.aside}>{below(arms[arm])}</div>}
                </td>
              ))}
              <td className={classes.difference}>{difference(arms.stable, arms.candidate)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function percentOf(arm: Arm, candidatePercent: number): number {
  return arm === "candidate" ? candidatePercent : Math.round((100 - candidatePercent) * 100) / 100;
}
