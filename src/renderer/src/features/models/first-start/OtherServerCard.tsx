import { Button, Select, Stack, TextInput } from "@mantine/core";
import { useState } from "react";
import { type EndpointHealth, serverProvider, type ServerProvider } from "../../../../../shared/contract/registry.ts";
import { api } from "../../../api/connection.ts";
import { toProblem } from "../../../api/problem.ts";
import { StateMark } from "../../../ui/marks/StateMark.tsx";
import classes from "../Cards.module.css";
import { KeyField } from "../../../ui/controls/KeyField.tsx";
import { withScheme } from "../servers/server-address.ts";
import { ServerModels } from "../servers/ServerModels.tsx";

/** Another machine's server, or another kind of one: its address, its key where it wants one, a test, then what it has. */
export function OtherServerCard() {
  const [provider, setProvider] = useState<ServerProvider>("ollama");
  const [address, setAddress] = useState("");
  const [key, setKey] = useState("");
  const [health, setHealth] = useState<EndpointHealth | null>(null);
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const test = async (): Promise<void> => {
    setBusy(true);
    setError(null);
    setHealth(null);
    try {
      const endpoint = withScheme(address);
      // A key can only be tested once it is kept.
      const answer =
        key === ""
          ? (await api.registry.endpoints({ endpoint, provider }))[0]
          : await api.registry.saveEndpoint({ endpoint, provider, key });
      setHealth(answer ?? null);
      if (answer?.state !== "up") {
        setError(answer?.lastError ?? "Nothing answers there. Check the address and that the server runs.");
      }
    } catch (failure) {
      const problem = toProblem(failure);
      setError(`${problem.message} ${problem.remedy}`);
    } finally {
      setBusy(false);
    }
  };
  return (
    <section className={classes.card} aria-label="Another server">
      <header className={classes.head}>
        <h3 className={classes.title}>Another server</h3>
        {health?.state === "up" && <StateMark tone="good">found</StateMark>}
      </header>
      <p className={classes.text}>
        Ollama elsewhere, or llama.cpp, LM Studio, vLLM, LiteLLM. Nothing is sent there but the test.
      </p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void test(); // its failure is shown at the field
        }}
      >
        <Stack gap={8}>
          <Select
            label="API"
            value={provider}
            onChange={(value) => {
              setProvider(serverProvider.options.find((one) => one === value) ?? "ollama");
              setError(null);
            }}
            data={[
              { value: "ollama", label: "Ollama's API" },
              { value: "openai", label: "OpenAI's API" },
            ]}
          />
          <TextInput
            label="Address"
            placeholder={provider === "ollama" ? "http://192.168.1.20:11434" : "http://127.0.0.1:8080/v1"}
            value={address}
            error={error}
            onChange={(event) => {
              setAddress(event.currentTarget.value);
              setError(null);
            }}
          />
          {provider === "openai" && <KeyField value={key} hasKey={false} onChange={setKey} />}
          <div>
            <Button type="submit" variant="default" loading={busy} disabled={address.trim() === ""}>
              Test
            </Button>
          </div>
        </Stack>
      </form>
      {health?.state === "up" && health.models.length === 0 && <p className={classes.text}>It has no model yet.</p>}
      {health?.state === "up" && <ServerModels health={health} />}
    </section>
  );
}
