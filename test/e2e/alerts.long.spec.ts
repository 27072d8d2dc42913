import { startOllamaServer } from "../kit/servers/ollama-server.ts";
import { streamText } from "../kit/servers/ollama-scripts.ts";
import { startWebhook } from "../kit/servers/webhook.ts";
import { shownCard } from "../kit/card.ts";
import { expect, test } from "./kit/test.ts";

test("a held answer rings the bell, leads to its place, and is acknowledged @browser", async ({ startApp }) => {
  const ollama = await startOllamaServer({
    script: streamText("The number of the card was 4111 1111 1111 1111, he said."),
  });
  try {
    const { firstStart, shell, stories, alerts, page } = await startApp({ ollama });
    await firstStart.use("smollm2:135m");
    await shell.closeToasts();
    await expect(alerts.bell).toHaveAccessibleName("Alerts: no open alert");
    await stories.ask("He reads the card aloud.");
    await stories.answered();
    await expect(alerts.bell).toHaveAccessibleName("Alerts: 1 open alert");
    await alerts.bell.click();
    await expect(alerts.list).toHaveCount(1);
    await expect(alerts.list).not.toContainText(shownCard);
    await alerts.list.getByRole("link").click();
    await expect(page.getByRole("main", { name: "Violations" })).toBeVisible();
    await shell.go("Alerts");
    await alerts.list.getByRole("button", { name: /^Acknowledge: / }).click();
    await expect(alerts.bell).toHaveAccessibleName("Alerts: no open alert");
    await expect(page.getByText("No open alert")).toBeVisible();
    await page.getByText("All", { exact: true }).click();
    await expect(alerts.list).toContainText("acknowledged");
  } finally {
    await ollama.close();
  }
});

test("rules are kept, refused at their field, and tried with a test alert @browser", async ({ startApp }) => {
  const webhook = await startWebhook();
  try {
    const { firstStart, shell, alerts, page, reload } = await startApp();
    await firstStart.lookAround.click();
    await shell.go("Alerts");
    await alerts.open("Rules");
    const { rules } = alerts;
    const address = rules.getByRole("textbox", { name: "Webhook" });
    await address.fill("somewhere");
    await rules.getByRole("button", { name: "Save rules" }).click();
    await expect(rules.getByText(/http/).last()).toBeVisible();
    await address.fill(webhook.url);
    await rules.getByRole("checkbox", { name: "Drift" }).uncheck();
    await rules.getByRole("button", { name: "Save rules" }).click();
    await expect(shell.toast("The rules are saved.")).toBeVisible();
    await shell.closeToasts();
    await rules.getByRole("button", { name: "Send a test alert" }).click();
    await expect(rules.getByRole("status", { name: "Test alert" })).toContainText("to the webhook");
    expect(webhook.requests).toHaveLength(1);
    await expect(alerts.bell).toHaveAccessibleName("Alerts: 1 open alert");
    await reload();
    await expect(address).toHaveValue(webhook.url);
    await expect(rules.getByRole("checkbox", { name: "Drift" })).not.toBeChecked();
    await alerts.open("Alerts");
    await page.keyboard.press("Shift+A");
    await expect(shell.toast("1 alert acknowledged.")).toBeVisible();
    await expect(alerts.bell).toHaveAccessibleName("Alerts: no open alert");
  } finally {
    await webhook.close();
  }
});

test("a webhook that does not answer waits with its error, and has all once it does @browser", async ({ startApp }) => {
  const ollama = await startOllamaServer();
  const webhook = await startWebhook({
    how: (response) => void response.writeHead(503, { "retry-after": "900" }).end(),
  });
  try {
    const { firstStart, shell, alerts, page } = await startApp({ ollama });
    await firstStart.lookAround.click();
    await shell.go("Alerts");
    await alerts.open("Subscribers");
    await alerts.addWebhook("game-server", webhook.url);
    await shell.closeToasts();
    await shell.go("Models");
    await page.getByRole("navigation", { name: "Models" }).getByRole("link", { name: "Servers" }).click();
    await page.getByRole("button", { name: "Use for story_generation: smollm2:135m" }).click();
    await shell.closeToasts();
    await shell.go("Alerts");
    const row = alerts.subscribers.filter({ hasText: "game-server" });
    await expect(row).toContainText("Not delivered");
    await expect(row).toContainText("503");
    webhook.answerWith((response) => void response.writeHead(204).end());
    await row.getByRole("button", { name: "Deliver to game-server now" }).click();
    await expect(row).toContainText("Has all");
    await expect(alerts.updates.first()).toContainText("Assigned");
    await row.getByRole("button", { name: "Remove game-server" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Remove subscriber" }).click();
    await expect(row).toHaveCount(0);
  } finally {
    await webhook.close();
    await ollama.close();
  }
});
