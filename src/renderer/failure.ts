/** The page shown when the backend could not start. It talks to the app over the same port as the workbench does. */
window.addEventListener("message", (event) => {
  const port = event.ports[0];
  if (event.source !== window || event.data !== "taleward:port" || port === undefined) return;
  port.addEventListener("message", ({ data }: MessageEvent<Record<string, string>>) => {
    show("message", data["message"]);
    show("remedy", data["remedy"]);
    show("data-directory", data["dataDirectory"]);
  });
  port.start();
  for (const button of document.querySelectorAll<HTMLButtonElement>("[data-action]")) {
    button.addEventListener("click", () => port.postMessage(button.dataset["action"]));
  }
});
window.postMessage("taleward:ready", location.origin);

function show(id: string, text: string | undefined): void {
  const element = document.getElementById(id);
  if (element !== null) element.textContent = text ?? "";
}
