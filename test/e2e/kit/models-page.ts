import { expect, type Locator, type Page } from "@playwright/test";

/** What the Register drawer asks for, by the labels of its fields. */
export interface Registration {
  readonly "Model name"?: string;
  readonly Version?: string;
  readonly Endpoint?: string;
  readonly "Name on the server"?: string;
  readonly "Context length, tokens"?: string;
}

/** Models: the library, who answers what, and the servers. */
export class ModelsPage {
  readonly page: Page;
  readonly library: Locator;
  readonly assignments: Locator;
  readonly registerDrawer: Locator;
  /** The one health card of the starter model. */
  readonly builtIn: Locator;

  constructor(page: Page) {
    this.page = page;
    this.library = page.getByRole("table", { name: "Library" });
    this.assignments = page.getByRole("table", { name: "Assignments" });
    this.registerDrawer = page.getByRole("dialog", { name: "Register a model" });
    this.builtIn = page.getByRole("region", { name: "Built-in engine" });
  }

  /** The row of a version in the library. */
  version(model: string, version: string): Locator {
    return this.library
      .getByRole("row")
      .filter({ has: this.page.getByRole("rowheader", { name: model, exact: true }) })
      .filter({ has: this.page.getByRole("cell", { name: version, exact: true }) });
  }

  /** The cell that lets a version (`model @version`) answer a use case; pressed while it does. */
  choice(version: string, useCase: string): Locator {
    return this.assignments.getByRole("button", {
      name: new RegExp(`^${escaped(version)} answers ${useCase}, (live|use)$`),
    });
  }

  /** Whatever now answers a use case: the pressed cell of its row. */
  live(useCase: string): Locator {
    return this.assignments.getByRole("button", { name: new RegExp(` answers ${useCase}, live$`), pressed: true });
  }

  async assign(version: string, useCase: string): Promise<void> {
    await this.choice(version, useCase).click();
    await expect(this.choice(version, useCase)).toHaveAttribute("aria-pressed", "true");
  }

  /** Opens the drawer, fills in these fields and sends them; whether that worked is for the caller to see. */
  async register(fields: Registration): Promise<void> {
    if (!(await this.registerDrawer.isVisible())) {
      await this.page.getByRole("button", { name: "Register a model" }).first().click();
    }
    for (const [label, value] of Object.entries(fields)) {
      await this.registerDrawer.getByRole("textbox", { name: label, exact: true }).fill(value);
    }
    await this.registerDrawer.getByRole("button", { name: "Register", exact: true }).click();
  }

  /** What answered a use case when, newest first. */
  async history(useCase: string): Promise<Locator> {
    await this.assignments.getByRole("button", { name: `History of ${useCase}` }).click();
    return this.page.getByRole("list", { name: `What answered ${useCase}` }).getByRole("listitem");
  }

  /** A server's health card. */
  server(endpoint: string): Locator {
    return this.page.getByRole("region", { name: `Ollama at ${endpoint}`, exact: true });
  }

  /** Lets a server's model answer story_generation, with one click. */
  async use(endpoint: string, model: string): Promise<void> {
    const card = this.server(endpoint);
    await card.getByRole("button", { name: `Use for story_generation: ${model}` }).click();
    await expect(card.getByText("in use")).toBeVisible();
  }
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
