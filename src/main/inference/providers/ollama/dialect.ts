import type { ServerDialect } from "../http/dialect.ts";

/** How messages speak of an Ollama server. */
export const ollamaDialect: ServerDialect = {
  api: "Ollama",
  serverAt: (host) => `Ollama at ${host}`,
  unreachableAt: (host) => `Ollama does not answer at ${host}`,
  notHttpAt: (host) => `What answers at ${host} does not speak HTTP, so it is not Ollama.`,
  firstToken: "nothing",
  garbage: "is not JSON",
  endMarker: "final line",
  remedies: {
    startServer: "Start it with `ollama serve`, or use the built-in engine.",
    unknownName: "Check the spelling of the endpoint's address, and the network.",
    notHttp: "Check the endpoint's address and port.",
    generateAgain: "Generate again. If this repeats, Ollama's own log says why it stopped.",
    checkAddress: "Check that the endpoint's address is an Ollama server.",
    promptTooLarge: "Shorten the prompt, or give the version a larger context length.",
    otherApi:
      "This address does not speak Ollama's API: give the base URL of an Ollama server, such as http://127.0.0.1:11434.",
  },
};
