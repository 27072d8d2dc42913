import { expect, type Locator, type Page } from "@playwright/test";

export type RolloutButton = "Step" | "Promote" | "Promote fully" | "Pause" | "Resume" | "Abort" | "Retry";
export type PresetName = "Careful" | "Quick" | "By hand" | "Shadow first";

/** Rollouts: the list, the form for a new one, and one of them live. */
export class RolloutsPage {
  readonly page: Page;
  /** The rows of the rollouts in progress, and of those that are over, without the headers. */
  readonly inProgress: Locator;
  readonly history: Locator;
  readonly form: Locator;
  /** The steps of the plan in the form. */
  readonly steps: Locator;
  readonly detect: Locator;
  /** Of one rollout: its state in a word, and what it waits for in a sentence. */
  readonly state: Locator;
  readonly waitingFor: Locator;
  readonly track: Locator;
  readonly arms: Locator;
  readonly evidence: Locator;
  /** The candidate's shadow responses: how they compare, and each beside the stable one. */
  readonly shadow: Locator;
  readonly pairs: Locator;
  readonly events: Locator;
  /** Of one that is over: what was predicted, beside what happened. */
  readonly calibration: Locator;
  readonly commands: Locator;
  readonly reason: Locator;

  constructor(page: Page) {
    this.page = page;
    this.inProgress = bodyRows(page.getByRole("table", { name: "In progress" }));
    this.history = bodyRows(page.getByRole("table", { name: "History" }));
    this.form = page.getByRole("form", { name: "Start a rollout" });
    this.steps = page.getByRole("list", { name: "Steps of the plan" }).getByRole("listitem");
    this.detect = page.getByRole("complementary", { name: "What it can detect" });
    this.state = page.getByRole("status", { name: "State" });
    this.waitingFor = page.getByRole("status", { name: "Waiting for" });
    this.track = page.getByRole("list", { name: "Steps", exact: true }).getByRole("listitem");
    this.arms = page.getByRole("table", { name: "Both arms" });
    this.evidence = page.getByRole("table", { name: "Evidence by metric" });
    this.shadow = page.getByRole("region", { name: "Shadow responses to the same prompts" });
    this.pairs = page.getByRole("list", { name: "Shadow responses beside the stable ones" }).getByRole("listitem");
    this.events = page.getByRole("list", { name: "Events" }).getByRole("listitem");
    this.calibration = page.getByRole("region", { name: "Predicted, and what happened" });
    this.commands = page.getByRole("list", { name: "Commands" });
    this.reason = page.getByRole("textbox", { name: "Reason" });
  }

  /** Opens the form for a new rollout from the list. */
  async openForm(): Promise<void> {
    await this.page.getByRole("main", { name: "Rollouts" }).getByRole("link", { name: "Start a rollout" }).click();
    await expect(this.form).toBeVisible();
  }

  async chooseUseCase(name: string): Promise<void> {
    await choose(this.page, this.form.getByRole("combobox", { name: "Use case" }), name);
  }

  /** Chooses the candidate (`model @version`). */
  async chooseCandidate(version: string): Promise<void> {
    await choose(this.page, this.form.getByRole("combobox", { name: "Candidate" }), version);
  }

  async choosePreset(name: PresetName): Promise<void> {
    await this.form.getByRole("button", { name: new RegExp(`^${name}`) }).click();
  }

  async chooseStrategy(name: "Canary" | "Blue-green" | "All at once"): Promise<void> {
    await this.form.getByRole("radiogroup", { name: "Strategy" }).getByText(name, { exact: true }).click();
    await expect(this.form.getByRole("radio", { name })).toBeChecked();
  }

  /** The unit of a length of time, by the name of its field. */
  async chooseUnit(field: string, unit: "s" | "min" | "h" | "days"): Promise<void> {
    await this.form.getByRole("combobox", { name: `${field}, unit` }).click();
    await this.page.getByRole("option", { name: unit, exact: true }).click();
  }

  /** Starts what the form says, and waits until the rollout is on screen. */
  async start(): Promise<void> {
    await this.form.getByRole("button", { name: "Start rollout" }).click();
    await expect(this.state).toBeVisible();
  }

  button(name: RolloutButton): Locator {
    return this.commands.getByRole("button", { name, exact: true });
  }

  /** What a promoted rollout offers: back to the version before it. */
  goBack(version: string): Locator {
    return this.page.getByRole("region", { name: "Commands" }).getByRole("button", { name: `Go back to ${version}` });
  }

  /** The latest answers of an arm, newest first, each a link to its log entry. */
  samples(arm: "Stable" | "Canary"): Locator {
    return this.page.getByRole("list", { name: `Latest answers of ${arm}` }).getByRole("link");
  }

  /** The cells of a figure of both arms: stable, canary, difference. */
  figure(name: string): Locator {
    return this.arms
      .getByRole("row")
      .filter({ has: this.page.getByRole("rowheader", { name }) })
      .getByRole("cell");
  }
}

/** The cells of a table that show a figure, with whether they, the head of their row or that of their column say what it means. */
export function figuresOf(table: Locator): Promise<{ text: string; isDefined: boolean }[]> {
  return table.evaluate((element: HTMLTableElement) => {
    const isDefined = (cell: Element | null | undefined): boolean =>
      cell !== null && cell !== undefined && cell.querySelector("[data-defined]") !== null;
    return [...element.tBodies].flatMap(({ rows }) =>
      [...rows].flatMap((row) =>
        [...row.querySelectorAll("td")]
          .filter((cell) => /\d/.test(cell.textContent))
          .map((cell) => ({
            text: cell.textContent,
            isDefined: [cell, row.querySelector("th"), element.tHead?.rows[0]?.cells[cell.cellIndex]].some(isDefined),
          })),
      ),
    );
  });
}

function bodyRows(table: Locator): Locator {
  return table.getByRole("row").filter({ has: table.page().getByRole("rowheader") });
}

async function choose(page: Page, field: Locator, name: string): Promise<void> {
  await field.click();
  await field.fill(name);
  await page.getByRole("option", { name, exact: true }).click();
}
