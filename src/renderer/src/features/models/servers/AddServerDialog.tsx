import { Button, Group, Modal, Select, Stack, TextInput } from "@mantine/core";
import { useState } from "react";
import { type EndpointHealth, serverProvider, type ServerProvider } from "../../../../../shared/contract/registry.ts";
import { invalidate } from "../../../api/changes.ts";
import { api, queries } from "../../../api/connection.ts";
import { toProblem } from "../../../api/problem.ts";
import { notify } from "../../../ui/notify/notify.ts";
import { counted, duration, shortAddress } from "../../../../../shared/format.ts";
import { StateMark } from "../../../ui/marks/StateMark.tsx";
import { KeyField } from "../../../ui/controls/KeyField.tsx";
import classes from "./Servers.module.css";
import { withScheme } from "./server-address.ts";

/** Adds a server: its address is tested first, and its key goes to the host's secret storage. */
export function AddServerDialog({ onClose }: { readonly onClose: () => void }) {
  const [provider, setProvider] = useState<ServerProvider>("openai");
  const [address, setAddress] = useState("");
  const [key, setKey] = useState("");
  const [health, setHealth] = useState<EndpointHealth | null>(null);
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState<"test" | "add" | null>(null);
  const forget = (): void => {
    setHealth(null);
    setError(null);
  };
  const run = async (what: "test" | "add", work: () => Promise<void>): Promise<void> => {
    setBusy(what);
    setError(null);
    try {
      await work();
    } catch (failure) {
      const problem = toProblem(failure);
      setError(`${problem.message} ${problem.remedy}`);
    } finally {
      setBusy(null);
    }
  };
  const test = () =>
    run("test", async () => {
      setHealth(null);
      const [answer] = await api.registry.endpoints({ endpoint: withScheme(address), provider });
      setHealth(answer ?? null);
    });
  const add = () =>
    run("add", async () => {
      const endpoint = withScheme(address);
      const added = await api.registry.saveEndpoint({ endpoint, provider, ...(key !== "" && { key }) });
      await invalidate(queries.registry.endpoints.key());
      notify(
        added.state === "up"
          ? `${shortAddress(endpoint)} is known and answers.`
          : `${shortAddress(endpoint)} is known. It does not answer now.`,
      );
      onClose();
    });
  const tested = health !== null;
  return (
    <Modal opened onClose={onClose} title="Add a server" size="md">
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void (tested ? add() : test()); // its failure is shown in the form
        }}
      >
        <Stack gap="sm">
          <Select
            label="API"
            value={provider}
            onChange={(value) => {
              setProvider(serverProvider.options.find((one) => one === value) ?? "openai");
              forget();
            }}
            data={[
              { value: "openai", label: "OpenAI's API (llama.cpp, LM Studio, vLLM)" },
              { value: "ollama", label: "Ollama's API" },
            ]}
          />
          <TextInput
            label="Address"
            placeholder={provider === "openai" ? "http://127.0.0.1:8080/v1" : "http://192.168.1.20:11434"}
            description="Nothing is sent there but the test."
            data-autofocus
            value={address}
            error={error}
            onChange={(event) => {
              setAddress(event.currentTarget.value);
              forget();
            }}
          />
          <KeyField value={key} hasKey={false} onChange={setKey} />
          {health !== null && <TestResult health={health} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button
              variant={tested ? "default" : "filled"}
              type={tested ? "button" : "submit"}
              loading={busy === "test"}
              disabled={address.trim() === ""}
              onClick={tested ? () => void test() : undefined}
            >
              {tested ? "Test again" : "Test"}
            </Button>
            {tested && (
              <Button type="submit" loading={busy === "add"}>
                {health.state === "up" ? "Add server" : "Add it anyway"}
              </Button>
            )}
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function TestResult({ health }: { readonly health: EndpointHealth }) {
  const { state, server, serverVersion, latencyMs, models, lastError } = health;
  return (
    <div className={classes.result} role="status">
      {state === "up" ? (
        <>
          <StateMark tone="good">answers</StateMark>
          <span>
            {[
              server === null ? null : `${server} ${serverVersion ?? ""}`.trim(),
              latencyMs === null ? null : duration(latencyMs),
              counted(models.length, "model"),
            ]
              .filter((fact) => fact !== null)
              .join(", ")}
          </span>
        </>
      ) : (
        <>
          <StateMark tone="bad">does not answer</StateMark>
          <span>{lastError ?? "It did not say why."} If it only wants a key, add it with one.</span>
        </>
      )}
    </div>
  );
}
