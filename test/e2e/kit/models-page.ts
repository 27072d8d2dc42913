import { expect, type Locator, type Page } from "@playwright/test";
import { ServersPage } from "./servers-page.ts";
import { VersionPage } from "./version-page.ts";

/** What the Register drawer asks for, by the labels of its fields. */
export interface Registration {
  readonly "Model name"?: string;
  readonly Version?: string;
  readonly Endpoint?: string;
  readonly "Server model name"?: string;
  readonly File?: string;
  readonly "Context length, tokens"?: string;
}

export type ModelsTab = "Library" | "Assignments" | "Servers";

/** Models: the library, who answers what, and the servers. Methods go to the tab they need; locators do not. */
export class ModelsPage {
  readonly page: Page;
  readonly tabs: Locator;
  readonly library: Locator;
  /** The library's rows in view, without the header. */
  readonly rows: Locator;
  readonly filters: Locator;
  readonly assignments: Locator;
  readonly registerDrawer: Locator;
  /** What was read out of the chosen GGUF file, in the drawer. */
  readonly fileFacts: Locator;
  /** Every drifted version; hidden while there is none. */
  readonly drift: Locator;
  /** The one health card of the starter model. */
  readonly builtIn: Locator;
  readonly servers: ServersPage;
  readonly versionPage: VersionPage;

  constructor(page: Page) {
    this.page = page;
    this.tabs = page.getByRole("navigation", { name: "Models" });
    this.library = page.getByRole("table", { name: "Library" });
    this.rows = this.library.getByRole("row").filter({ has: page.getByRole("rowheader") });
    this.filters = page.getByRole("search", { name: "Library filters" });
    this.assignments = page.getByRole("table", { name: "Assignments" });
    this.registerDrawer = page.getByRole("dialog", { name: /^(Register a model|New version of )/ });
    this.fileFacts = this.registerDrawer.getByRole("region", { name: "What is in the file" });
    this.drift = page.getByRole("alert", { name: "Drift" });
    this.builtIn = page.getByRole("region", { name: "Built-in engine" });
    this.servers = new ServersPage(page);
    this.versionPage = new VersionPage(page);
  }

  /** Goes to a tab of Models, from anywhere in Models. */
  async open(tab: ModelsTab): Promise<void> {
    const link = this.tabs.getByRole("link", { name: tab, exact: true });
    await link.click();
    await expect(link).toHaveAttribute("aria-current", "page");
  }

  /** The row of a version in the library. */
  version(model: string, version: string): Locator {
    return this.library
      .getByRole("row")
      .filter({ has: this.page.getByRole("link", { name: `${model} @${version}`, exact: true }) });
  }

  /** Opens a version's page by its row. */
  async openVersion(model: string, version: string): Promise<void> {
    await this.open("Library");
    await this.library.getByRole("link", { name: `${model} @${version}`, exact: true }).click();
    await expect(this.page.getByRole("article", { name: `${model} @${version}` })).toBeVisible();
  }

  /** Looks for versions by words; resolves once so many are counted. */
  async search(text: string, found: number): Promise<void> {
    await this.filters.getByRole("textbox", { name: "Search versions" }).fill(text);
    await expect(this.count(found)).toBeVisible();
  }

  /** How many versions the filters let through, as the library's foot shows it. */
  count(versions: number): Locator {
    const reply = `${versions.toLocaleString("en")} ${versions === 1 ? "version" : "versions"}`;
    return this.page.getByRole("region", { name: "Library" }).getByText(reply, { exact: true });
  }

  /** Ticks two versions (`model @version`) and opens them side by side. */
  async compare(first: string, second: string): Promise<Locator> {
    await this.open("Library");
    for (const name of [first, second]) await this.library.getByRole("checkbox", { name: `Compare ${name}` }).check();
    await this.page.getByRole("link", { name: "Compare the two" }).click();
    const comparison = this.page.getByRole("article", { name: "Compare versions" });
    await expect(comparison).toBeVisible();
    return comparison;
  }

  /** The cell that lets a version (`model @version`) answer a use case; pressed while it does. */
  choice(version: string, useCase: string): Locator {
    return this.assignments.getByRole("button", {
      name: new RegExp(`^${escaped(version)} answers ${useCase}(, fallback \\d)?, (live|use)$`),
    });
  }

  /** Whatever now answers a use case: the pressed cell of its row. */
  live(useCase: string): Locator {
    return this.assignments.getByRole("button", { name: new RegExp(` answers ${useCase}, live$`), pressed: true });
  }

  async assign(version: string, useCase: string): Promise<void> {
    await this.open("Assignments");
    await this.choice(version, useCase).click();
    await expect(this.choice(version, useCase)).toHaveAttribute("aria-pressed", "true");
  }

  /** Opens the drawer, fills in these fields and sends them; whether that worked is for the caller to see. */
  async register(fields: Registration): Promise<void> {
    if (!(await this.registerDrawer.isVisible())) {
      await this.page.getByRole("button", { name: "Register a model" }).first().click();
    }
    for (const [label, value] of Object.entries(fields)) {
      await this.registerDrawer.getByLabel(label, { exact: true }).fill(value);
    }
    await this.registerDrawer.getByRole("button", { name: "Register", exact: true }).click();
  }

  /** Shows one use case in the inspector: its chain, its defaults, its history. */
  async openUseCase(useCase: string): Promise<Locator> {
    await this.open("Assignments");
    await this.assignments.getByRole("button", { name: `Chain and history of ${useCase}` }).click();
    return this.page.getByRole("complementary", { name: "Inspector" });
  }

  /** What answered a use case when, newest first. */
  async history(useCase: string): Promise<Locator> {
    const inspector = await this.openUseCase(useCase);
    return inspector.getByRole("list", { name: `What answered ${useCase}` }).getByRole("listitem");
  }

  /** The versions (`model @version`) that stand in for a use case, in order, as the inspector shows them. */
  fallbacks(useCase: string): Locator {
    return this.page.getByRole("list", { name: `Fallbacks of ${useCase}` }).getByRole("listitem");
  }

  /** A server's health card. */
  server(endpoint: string): Locator {
    return this.servers.card(endpoint);
  }

  /** Lets a server's model answer story_generation, with one click. */
  async use(endpoint: string, model: string): Promise<void> {
    await this.open("Servers");
    const card = this.server(endpoint);
    await card.getByRole("button", { name: `Use for story_generation: ${model}` }).click();
    await expect(card.getByText("in use")).toBeVisible();
  }

  /** Drops a file on the screen, as from a folder's window. */
  async drop(name: string, content: Buffer): Promise<void> {
    const transfer = await this.page.evaluateHandle(
      ({ name: file, bytes }) => {
        const data = new DataTransfer();
        data.items.add(new File([Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0))], file));
        return data;
      },
      { name, bytes: content.toString("base64") },
    );
    const screen = this.page.getByRole("main", { name: "Models" });
    for (const type of ["dragenter", "dragover", "drop"]) {
      await this.tabs.dispatchEvent(type, { dataTransfer: transfer });
      if (type === "dragover") await expect(screen.getByText("Drop a GGUF file to register it")).toBeVisible();
    }
  }
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
