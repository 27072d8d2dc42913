import { expect, type Locator, type Page } from "@playwright/test";

/** A local model may have to be loaded first and then writes at its own pace. */
const answerMs = 90_000;

export type Parameters = "Sampling" | "Length and stop" | "Output format" | "Tools" | "Model and server" | "Deadlines";

/** Playground: one request on the left, the answers of up to four models on the right. */
export class PlaygroundPage {
  readonly page: Page;
  readonly request: Locator;
  readonly run: Locator;
  readonly stopAll: Locator;
  readonly messages: Locator;
  readonly answers: Locator;
  /** Asks for a suite, a name and assertions. */
  readonly saveDialog: Locator;

  constructor(page: Page) {
    this.page = page;
    this.request = page.getByRole("form", { name: "Request" });
    this.run = this.request.getByRole("button", { name: "Run" });
    this.stopAll = this.request.getByRole("button", { name: "Stop all" });
    this.messages = this.request.getByRole("list", { name: "Messages" }).getByRole("listitem");
    this.answers = page.getByRole("region", { name: "Answers" }).getByRole("article");
    this.saveDialog = page.getByRole("dialog", { name: "Save as test" });
  }

  /** Chooses a use case or a version (`model @version`) for a place, 1 to 4; a place that is not there yet is added. */
  async choose(position: number, name: string): Promise<void> {
    const field = this.request.getByRole("combobox", { name: `Model ${position}`, exact: true });
    while (!(await field.isVisible())) await this.request.getByRole("button", { name: "Add model" }).click();
    await field.click();
    await field.fill(name);
    await this.page.getByRole("option", { name, exact: true }).click();
    await expect(field).toHaveValue(name);
  }

  /** Writes a message, counted from 1. */
  async write(position: number, text: string): Promise<void> {
    await this.request.getByRole("textbox", { name: `Message ${position}`, exact: true }).fill(text);
  }

  /** Opens a group of parameters, if it is not, and returns it. */
  async parameters(group: Parameters): Promise<Locator> {
    const title = this.page.locator("summary").filter({ has: this.page.getByText(group, { exact: true }) });
    const part = this.request.locator("details").filter({ has: title });
    if (!(await part.evaluate((element) => element instanceof HTMLDetailsElement && element.open))) {
      await part.locator("summary").click();
    }
    return part;
  }

  /** One answer, counted from 1; `aria-busy` while it arrives. */
  answer(position: number): Locator {
    return this.page.getByRole("article", { name: new RegExp(`^Answer ${position}: `) });
  }

  answerText(position: number): Locator {
    return this.answer(position).getByRole("group", { name: "Answer text" });
  }

  /** Resolves once an answer has ended, however it did. */
  async answered(position: number): Promise<void> {
    await expect(this.answer(position)).toHaveAttribute("aria-busy", "false", { timeout: answerMs });
  }

  /** Turns an answer to what went over the wire, or back. */
  async show(position: number, tab: "Answer" | "Raw request" | "Raw response"): Promise<Locator> {
    await this.answer(position).getByRole("tab", { name: tab }).click();
    return this.answer(position).getByRole("tabpanel", { name: tab });
  }
}
