import type { MetricEvidence, RolloutMeasure } from "../../../shared/contract/rollout-status.ts";
import type { LogEProcess } from "./e-processes.ts";
import { type Measured, measureOf } from "./measures.ts";
import type { Label } from "./mixture.ts";
import { Presence } from "./presence.ts";

/** One measure of all units, with every e-process that is on it. */
interface Series {
  readonly measure: RolloutMeasure;
  readonly presence: Presence;
  readonly processes: LogEProcess[];
}

/**
 * The evidence of one metric: the mean of e-processes on each way of measuring it, so that where one of them is set aside the others
 * have counted from the beginning. Each is divided by what its units' labels alone could explain (`Presence`), and 0 once it
 * is set aside: a mean of such is an E as each of them is.
 */
export class MeasuredLine {
  readonly #choices: readonly (readonly RolloutMeasure[])[];
  readonly #create: () => LogEProcess;
  #series: readonly Series[] = [];
  #processes: readonly LogEProcess[] = [];

  constructor(choices: readonly (readonly RolloutMeasure[])[], create: () => LogEProcess) {
    this.#choices = choices;
    this.#create = create;
  }

  get hasMeasures(): boolean {
    return this.#series.length > 0;
  }

  /** Chooses what it is measured by: the first choice that this unit has any of. Nothing is wagered on the unit that chooses. */
  open(metrics: Measured, seriesOf: (measure: RolloutMeasure) => Series): void {
    const chosen = this.#choices.find((choice) => choice.some((measure) => measureOf(metrics, measure) !== undefined));
    if (!chosen) return;
    const measures = chosen.filter((measure) => measureOf(metrics, measure) !== undefined);
    this.#series = measures.map(seriesOf);
    this.#processes = this.#series.map(({ processes }) => {
      const process = this.#create();
      processes.push(process);
      return process;
    });
  }

  get value(): number {
    if (this.#series.length === 0) return 1;
    let sum = 0;
    for (let position = 0; position < this.#series.length; position += 1) {
      const presence = this.#series[position]?.presence;
      if (presence && !presence.dependsOnArm) sum += (this.#processes[position]?.value ?? 1) / presence.discount;
    }
    return sum / this.#series.length;
  }

  /** No less than `value`, without the discount. */
  get atMost(): number {
    if (this.#series.length === 0) return 1;
    let sum = 0;
    for (const process of this.#processes) sum += process.value;
    return sum / this.#processes.length;
  }

  /** Whether at least half of the candidate's units have one of its measures that is not set aside. */
  get isOfBothArms(): boolean {
    return this.#series.some(({ presence }) => {
      const { missing, units } = presence.missing("candidate");
      return !presence.dependsOnArm && 2 * missing <= units;
    });
  }

  /** What it is measured by, with the units that do not have it. */
  get measures(): MetricEvidence["measures"] {
    return this.#series.map(({ measure, presence }) => ({
      measure,
      isSetAside: presence.dependsOnArm,
      stable: presence.missing("stable"),
      candidate: presence.missing("candidate"),
    }));
  }
}

/** All lines of a rollout that are on measures: each measure is taken once a unit, whichever lines are on it. */
export class MeasuredUnits {
  readonly #series: Series[] = [];
  #unopened: MeasuredLine[] = [];

  line(choices: readonly (readonly RolloutMeasure[])[], create: () => LogEProcess): MeasuredLine {
    const line = new MeasuredLine(choices, create);
    this.#unopened.push(line);
    return line;
  }

  unit(label: Label, metrics: Measured): void {
    const opened = this.#series.length;
    if (this.#unopened.length > 0) this.#open(metrics);
    for (let position = 0; position < this.#series.length; position += 1) {
      const series = this.#series[position];
      if (!series) continue;
      const value = measureOf(metrics, series.measure);
      // The unit that chose a measure has it for that reason, whichever its arm.
      if (position < opened) series.presence.unit(label, value !== undefined);
      if (value === undefined) continue;
      const log = Math.log(value);
      for (const process of series.processes) process.logUnit(label, log);
    }
  }

  #open(metrics: Measured): void {
    for (const line of this.#unopened) line.open(metrics, (measure) => this.#of(measure));
    this.#unopened = this.#unopened.filter(({ hasMeasures }) => !hasMeasures);
  }

  #of(measure: RolloutMeasure): Series {
    const known = this.#series.find((series) => series.measure === measure);
    if (known) return known;
    const added = { measure, presence: new Presence(), processes: [] };
    this.#series.push(added);
    return added;
  }
}
