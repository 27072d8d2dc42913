import { createServer } from "node:net";
import { once } from "node:events";
import { expect, needsStarterModel, test } from "./kit/test.ts";

test("the gateway opens, shows how to come in, and who came", async ({ startApp }) => {
  needsStarterModel();
  const { shell, gateway, logs, page } = await startApp({ starter: true });
  await shell.go("Gateway");
  await expect(gateway.switch).not.toBeChecked();
  await expect(page.getByText("Nobody can call it while it is off.")).toBeVisible();

  await test.step("switch it on, on a port that is free", async () => {
    await gateway.settings.getByRole("textbox", { name: "Port" }).fill("0");
    await gateway.settings.getByRole("button", { name: "Save" }).click();
    await expect(shell.toast("The gateway’s settings are saved.")).toBeVisible();
    await shell.closeToasts();
    await gateway.turn("on");
    await expect(gateway.address).toHaveText(/^http:\/\/127\.0\.0\.1:\d+$/);
  });
  const url = (await gateway.address.textContent()) ?? "";

  const key = await test.step("the key is hidden until asked for, in the snippets too", async () => {
    await expect(gateway.key).toHaveText(/^•+$/);
    await expect(gateway.snippet).toContainText("Bearer •");
    await page.getByRole("button", { name: "Show", exact: true }).click();
    await expect(gateway.key).not.toHaveText(/•/);
    const shown = (await gateway.key.textContent()) ?? "";
    await gateway.chooseProgram("npm openai");
    for (const part of [`${url}/v1`, shown, "story_generation"]) await expect(gateway.snippet).toContainText(part);
    return shown;
  });

  await test.step("a program's call is answered, listed and logged", async () => {
    const answer = await ask(url, key);
    expect(answer.status).toBe(200);
    const { choices } = (await answer.json()) as { choices: { message: { content: string } }[] };
    expect(choices[0]?.message.content).toMatch(/\w{3}/);
    await expect(gateway.calls).toHaveCount(1);
    await expect(gateway.calls.first()).toContainText(
      /200 answered.*a-game-engine\/1\.0.*POST \/v1\/chat\/completions/s,
    );
    await expect(gateway.calls.first()).toContainText("reader-1");
    await gateway.calls.first().getByRole("link", { name: "Log entry" }).click();
    await expect(logs.detail).toContainText("SmolLM2-135M-Instruct @1");
    await shell.go("Gateway");
  });

  await test.step("a renewed key shuts out the old one, which the list says", async () => {
    await page.getByRole("button", { name: "Rotate", exact: true }).click();
    const dialog = page.getByRole("dialog", { name: "Rotate the key?" });
    await expect(dialog).toContainText("Every program that has the key now is refused");
    await dialog.getByRole("button", { name: "Rotate key" }).click();
    await expect(gateway.key).not.toHaveText(key);
    expect((await ask(url, key)).status).toBe(401);
    await expect(gateway.calls.first()).toContainText("401 refused");
  });

  await test.step("switched off, nobody answers", async () => {
    await gateway.turn("off");
    await expect(ask(url, key)).rejects.toThrow();
  });
});

test("a port that is taken is said in words, with another to choose @browser", async ({ startApp }) => {
  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  try {
    const address = taken.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const { firstStart, shell, gateway, page } = await startApp();
    await firstStart.lookAround.click();
    await shell.go("Gateway");
    await expect(page.getByText("No model answers yet")).toBeVisible();
    await gateway.settings.getByRole("textbox", { name: "Port" }).fill("70000");
    await gateway.settings.getByRole("button", { name: "Save" }).click();
    await expect(gateway.settings).toContainText("Give a port from 0 to 65535.");
    await gateway.settings.getByRole("textbox", { name: "Port" }).fill(String(port));
    await gateway.settings.getByRole("button", { name: "Save" }).click();
    await shell.closeToasts();
    await gateway.turn("on");
    await expect(gateway.trouble).toContainText(String(port));
    await gateway.settings.getByRole("textbox", { name: "Port" }).fill("0");
    await gateway.settings.getByRole("button", { name: "Save" }).click();
    await expect(gateway.address).toBeVisible();
    await expect(gateway.trouble).toBeHidden();
  } finally {
    taken.close();
  }
});

function ask(url: string, key: string): Promise<Response> {
  return fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json", "user-agent": "a-game-engine/1.0" },
    body: JSON.stringify({
      model: "story_generation",
      user: "reader-1",
      max_tokens: 24,
      messages: [{ role: "user", content: "Say hello." }],
    }),
  });
}
