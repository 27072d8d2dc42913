import { Button, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, queries } from "../../api/connection.ts";
import { toProblem } from "../../api/problem.ts";
import type { EndpointHealth } from "../../../../shared/contract/registry.ts";
import { StateMark } from "../../ui/StateMark.tsx";
import classes from "../models/Cards.module.css";
import { ServerModels } from "../models/ServerModels.tsx";

/** Another machine's Ollama, or another port: its address, a test, then what it has. */
export function OtherServerCard() {
  const [address, setAddress] = useState("");
  const [health, setHealth] = useState<EndpointHealth | null>(null);
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const versions = useQuery(queries.registry.versions.queryOptions());
  const test = async (): Promise<void> => {
    setBusy(true);
    setError(null);
    setHealth(null);
    try {
      const [answer] = await api.registry.endpoints({ endpoint: withScheme(address) });
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
    <section className={classes.card} aria-label="Another Ollama server">
      <header className={classes.head}>
        <h3 className={classes.title}>Another Ollama server</h3>
        {health?.state === "up" && <StateMark tone="good">found</StateMark>}
      </header>
      <p className={classes.text}>On another machine or another port. Nothing is sent there but the test.</p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void test(); // its failure is shown at the field
        }}
      >
        <TextInput
          label="Address"
          placeholder="http://192.168.1.20:11434"
          value={address}
          error={error}
          onChange={(event) => {
            setAddress(event.currentTarget.value);
            setError(null);
          }}
        />
        <Button mt="xs" type="submit" variant="default" loading={busy} disabled={address.trim() === ""}>
          Test
        </Button>
      </form>
      {health?.state === "up" && health.models.length === 0 && <p className={classes.text}>It has no model yet.</p>}
      {health?.state === "up" && <ServerModels health={health} versions={versions.data ?? []} />}
    </section>
  );
}

function withScheme(address: string): string {
  const trimmed = address.trim();
  return /^[a-z]+:\/\//i.test(trimmed) ? trimmed : `http://${trimmed}`;
}
