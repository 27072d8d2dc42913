import { expect, type Locator, type Page } from "@playwright/test";
import { type Glimpse, type ReadingRecord, recordReading, textStates } from "./reading.ts";

/** A local model may have to be loaded first and then writes at its own pace. */
const answerMs = 90_000;

/** Stories: the outline, the passage, its proposals and the prompt. */
export class StoriesPage {
  readonly page: Page;
  readonly outline: Locator;
  /** The accepted text, as an editor. */
  readonly text: Locator;
  readonly prompt: Locator;
  readonly generate: Locator;
  /** The proposal on screen; `aria-busy` while it streams. */
  readonly proposal: Locator;
  readonly proposedText: Locator;
  /** Open proposals where there is more than one. */
  readonly tabs: Locator;
  /** What was held and why. */
  readonly held: Locator;
  /** How a proposal failed and what to do. */
  readonly trouble: Locator;
  /** Another window changed the same passage. */
  readonly conflict: Locator;

  constructor(page: Page) {
    this.page = page;
    this.outline = page.getByRole("navigation", { name: "Outline" });
    this.text = page.getByRole("textbox", { name: "Passage text" });
    const dock = page.getByRole("form", { name: "Prompt" });
    this.prompt = dock.getByRole("textbox");
    this.generate = dock.getByRole("button", { name: "Generate" });
    this.proposal = page.getByRole("article", { name: "Proposal" });
    this.proposedText = this.proposal.getByRole("group", { name: "Proposed text" });
    this.tabs = page.getByRole("tablist", { name: "Open proposals" }).getByRole("tab");
    this.held = this.proposal.getByRole("note", { name: "Held" });
    this.trouble = this.proposal.getByRole("note", { name: "What went wrong" });
    this.conflict = page.getByRole("alert").filter({ hasText: "changed elsewhere meanwhile" });
  }

  /** Writes a prompt and sends it; resolves once a proposal has begun. Before the first story it starts one. */
  async ask(prompt: string): Promise<void> {
    await this.prompt.fill(prompt);
    await this.prompt.press("Enter");
    await expect(this.proposal.getByText(prompt, { exact: true })).toBeVisible();
    await expect(this.prompt).toHaveValue("");
  }

  /** Resolves once the proposal on screen has ended, however it did. */
  async answered(): Promise<void> {
    await expect(this.proposal).toHaveAttribute("aria-busy", "false", { timeout: answerMs });
  }

  /** Resolves once some of the proposal has been cleared and shown. */
  async firstWords(): Promise<void> {
    await this.proposedText.getByRole("paragraph").first().waitFor({ timeout: answerMs });
  }

  /**
   * Asks until a reader has had at least so many texts before them while more was still to come: now and then a small model is
   * done after two sentences, and that is discarded. Resolves to the texts of each answer; the last one stands as a proposal.
   */
  async askForSeveral(prompt: string, texts: number): Promise<Glimpse[][]> {
    const answers: Glimpse[][] = [];
    await expect(async () => {
      const reading = await this.record();
      await this.ask(prompt);
      await this.answered();
      const states = textStates(await reading.glimpses());
      answers.push(states);
      const growing = states.filter(({ busy }) => busy).length;
      if (growing < texts) await this.discard();
      expect(growing).toBeGreaterThanOrEqual(texts);
    }).toPass({ timeout: answerMs });
    return answers;
  }

  /** From now on, what the reader has before them at every change; start it before `ask`. */
  record(): Promise<ReadingRecord> {
    return recordReading(this.page);
  }

  async stop(): Promise<void> {
    await this.proposal.getByRole("button", { name: "Stop" }).click();
    await this.answered();
  }

  /** Stops it if it is still being written: false where a short answer ended first. */
  async stopInTime(): Promise<boolean> {
    await this.proposal
      .getByRole("button", { name: "Stop" })
      .click({ timeout: 1_000 })
      .catch(() => undefined); // then it has ended
    await this.answered();
    return await this.proposal.getByText("Stopped", { exact: true }).isVisible();
  }

  async accept(): Promise<void> {
    await this.proposal.getByRole("button", { name: "Accept" }).click();
  }

  async again(): Promise<void> {
    await this.proposal.getByRole("button", { name: "Again" }).click();
  }

  async discard(): Promise<void> {
    await this.proposal.getByRole("button", { name: "Discard" }).click();
  }

  /** Types at the end of the passage, key by key. */
  async type(text: string): Promise<void> {
    await this.text.press("ControlOrMeta+End");
    await this.text.pressSequentially(text);
  }

  story(title: string): Locator {
    return this.outline.getByRole("list", { name: "Stories" }).getByRole("link", { name: title, exact: true });
  }

  passage(title: string): Locator {
    return this.outline.getByRole("list", { name: /^Passages of / }).getByRole("link", { name: title, exact: true });
  }

  async newStory(title: string): Promise<void> {
    await this.outline.getByRole("button", { name: "New story" }).click();
    await this.answerDialog("New story", title, "Create story");
    await expect(this.story(title)).toBeVisible();
  }

  async renameStory(title: string, newTitle: string): Promise<void> {
    await this.openMenu(title, "Rename story");
    await this.answerDialog("Rename story", newTitle, "Rename story");
  }

  async addPassage(title: string): Promise<void> {
    await this.outline.getByRole("button", { name: "Add passage" }).click();
    await this.answerDialog("Add passage", title, "Add passage");
    await expect(this.passage(title)).toHaveAttribute("aria-current", "page");
  }

  /** Moves a story to the bin. */
  async deleteStory(title: string): Promise<void> {
    await this.openMenu(title, "Delete story");
    await expect(this.story(title)).toBeHidden();
  }

  /** Moves a passage to the bin. */
  async deletePassage(title: string): Promise<void> {
    await this.openMenu(title, "Delete passage");
    await expect(this.passage(title)).toBeHidden();
  }

  /** Moves a passage one position up or down. */
  async movePassage(title: string, direction: "up" | "down"): Promise<void> {
    await this.openMenu(title, `Move ${direction}`);
  }

  /** Opens the bin; the dialog is returned. */
  async openBin(): Promise<Locator> {
    await this.outline.getByRole("button", { name: "Bin", exact: true }).click();
    return this.page.getByRole("dialog", { name: "Bin", exact: true });
  }

  /** Opens the history of the passage on screen; the dialog is returned. */
  async openHistory(title: string): Promise<Locator> {
    await this.page.getByRole("button", { name: "History", exact: true }).click();
    return this.page.getByRole("dialog", { name: `History of “${title}”` });
  }

  private async openMenu(title: string, item: string): Promise<void> {
    await this.outline.getByRole("button", { name: `Actions for ${title}` }).click();
    await this.page.getByRole("menuitem", { name: item }).click();
  }

  private async answerDialog(dialogName: string, title: string, submit: string): Promise<void> {
    const dialog = this.page.getByRole("dialog", { name: dialogName });
    await dialog.getByRole("textbox", { name: "Title" }).fill(title);
    await dialog.getByRole("button", { name: submit }).click();
    await expect(dialog).toBeHidden();
  }
}
