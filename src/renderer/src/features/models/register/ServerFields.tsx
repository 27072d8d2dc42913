import { TextInput } from "@mantine/core";
import { AddressList } from "./AddressList.tsx";
import type { RegisterForm } from "./use-register-form.ts";

/** Where the servers are that have the model, and what they call it. */
export function ServerFields({ form: { draft, errors, set, text } }: { readonly form: RegisterForm }) {
  const ollama = draft.provider === "ollama";
  return (
    <>
      <TextInput
        label="Endpoint"
        placeholder={ollama ? "http://127.0.0.1:11434" : "http://127.0.0.1:8080/v1"}
        description={
          ollama
            ? "A server's base URL, or with a path the generate URL itself. Empty means the usual Ollama."
            : "The server's base URL, with or without /v1. Keep its key under Servers."
        }
        {...text("endpoint")}
      />
      <AddressList
        addresses={draft.replicas}
        errors={errors}
        placeholder={ollama ? "http://10.0.0.2:11434" : "http://10.0.0.2:8080/v1"}
        onChange={(replicas) => set("replicas", replicas)}
      />
      <TextInput
        label="Server model name"
        placeholder="llama3.1:8b"
        description="Empty means the model name."
        {...text("serverModel")}
      />
    </>
  );
}
