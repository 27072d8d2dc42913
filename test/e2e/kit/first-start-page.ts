import { expect, type Locator, type Page } from "@playwright/test";

/** The first screen where nothing answers story_generation yet. */
export class FirstStartPage {
  readonly page: Page;
  readonly screen: Locator;
  readonly ollama: Locator;
  readonly builtIn: Locator;
  /** The models that can write. */
  readonly catalogue: Locator;
  readonly otherServer: Locator;
  readonly lookAround: Locator;

  constructor(page: Page) {
    this.page = page;
    this.screen = page.getByRole("region", { name: "First start" });
    this.ollama = this.screen.getByRole("region", { name: "Ollama", exact: true });
    this.builtIn = this.screen.getByRole("region", { name: "Built-in engine" });
    this.catalogue = this.screen.getByRole("region", { name: "Models that can write" });
    this.otherServer = this.screen.getByRole("region", { name: "Another server" });
    this.lookAround = this.screen.getByRole("button", { name: "Look around first" });
  }

  /** Asks whether an Ollama answers at an address; its card shows the outcome. */
  async testServer(address: string): Promise<void> {
    await this.otherServer.getByRole("textbox", { name: "Address" }).fill(address);
    await this.otherServer.getByRole("button", { name: "Test", exact: true }).click();
  }

  /** Lets a model of a card's server write, with one click; the screen gives way to Stories. */
  async use(model: string, card: Locator = this.ollama): Promise<void> {
    await card.getByRole("button", { name: `Use for story_generation: ${model}` }).click();
    await expect(this.screen).toBeHidden();
  }
}
