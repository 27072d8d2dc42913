import type { Arm } from "../../../../../shared/contract/rollout-plan.ts";
import type { Rollout, RolloutAnalysis } from "../../../../../shared/contract/rollout-status.ts";
import { counted, whole } from "../../../../../shared/format.ts";
import { ArmMark } from "./ArmMark.tsx";
import { Defined } from "../../../ui/text/Defined.tsx";
import parts from "../Parts.module.css";
import classes from "./SessionsByArm.module.css";

interface SessionsByArmProps {
  readonly rollout: Rollout;
  readonly analysis: RolloutAnalysis;
}

const arms: readonly Arm[] = ["stable", "candidate"];

/** How many sessions, units and calls fell on each arm. */
export function SessionsByArm({ rollout: { status }, analysis }: SessionsByArmProps) {
  const { sessions, units } = analysis;
  const max = Math.max(1, ...arms.map((arm) => Math.max(units[arm], sessions[arm], analysis.arms[arm].calls)));
  const rows = [
    { what: "sessions" as const, name: "Sessions", of: (arm: Arm) => sessions[arm] },
    { what: "units" as const, name: "Units", of: (arm: Arm) => units[arm] },
    { what: "calls" as const, name: "Calls", of: (arm: Arm) => analysis.arms[arm].calls },
  ];
  return (
    <section className={parts.part} aria-labelledby="sessions-title">
      <h3 className={parts.partTitle} id="sessions-title">
        Sessions by arm
      </h3>
      <table className={classes.sessions} aria-label="Sessions by arm">
        <thead>
          <tr>
            <td />
            {arms.map((arm) => (
              <th key={arm} scope="col">
                <ArmMark arm={arm} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ what, name, of }) => (
            <tr key={name}>
              <th scope="row">
                <Defined what={what}>{name}</Defined>
              </th>
              {arms.map((arm) => (
                <td key={arm}>
                  <span className={classes.amount} data-arm={arm}>
                    <span className={classes.amountBar} style={{ width: `${(of(arm) / max) * 100}%` }} aria-hidden />
                    {whole(of(arm))}
                  </span>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <p className={parts.quiet}>
        {status.candidatePercent === 0 || status.candidatePercent === 100 ? (
          `All new sessions go to the ${status.candidatePercent === 0 ? "stable version" : "canary"} now.`
        ) : (
          <>
            Of 100 new sessions,{" "}
            <Defined what="candidatePercent">about {counted(status.candidatePercent, "goes", "go")}</Defined> to the
            canary now.
          </>
        )}
      </p>
    </section>
  );
}
