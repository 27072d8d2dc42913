import { ActionIcon, Button, Input, TextInput } from "@mantine/core";
import { IconPlus, IconX } from "@tabler/icons-react";
import { useEffect, useRef } from "react";
import classes from "./Register.module.css";
import { maxReplicas, type RegisterErrors } from "./register-draft.ts";

interface AddressListProps {
  readonly addresses: readonly string[];
  readonly errors: RegisterErrors;
  readonly placeholder: string;
  readonly onChange: (addresses: readonly string[]) => void;
}

/** Further servers with the same model, an address a line. */
export function AddressList({ addresses, errors, placeholder, onChange }: AddressListProps) {
  const list = useRef<HTMLDivElement>(null);
  const count = useRef(addresses.length);
  useEffect(() => {
    if (addresses.length > count.current) list.current?.querySelector<HTMLInputElement>("li:last-child input")?.focus();
    count.current = addresses.length;
  }, [addresses.length]);
  return (
    <div ref={list} role="group" aria-label="Further addresses" className={classes.addresses}>
      {addresses.length > 0 && (
        <div>
          <Input.Label>Further addresses</Input.Label>
          <Input.Description>
            Servers that have the same model. Each call goes to the one with the fewest calls.
          </Input.Description>
        </div>
      )}
      <ol className={classes.addressRows}>
        {addresses.map((address, index) => (
          // oxlint-disable-next-line react/no-array-index-key -- a line is its index
          <li key={index} className={classes.addressRow}>
            <TextInput
              aria-label={`Further address ${index + 1}`}
              placeholder={placeholder}
              value={address}
              error={errors[`replicas.${index}`]}
              onChange={({ currentTarget }) => onChange(addresses.with(index, currentTarget.value))}
            />
            <ActionIcon
              variant="subtle"
              color="gray"
              size={36}
              aria-label={`Remove further address ${index + 1}`}
              onClick={() => onChange(addresses.toSpliced(index, 1))}
            >
              <IconX size={16} stroke={1.5} />
            </ActionIcon>
          </li>
        ))}
      </ol>
      {addresses.length < maxReplicas && (
        <Button
          variant="subtle"
          color="gray"
          size="compact-xs"
          fw={400}
          className={classes.addAddress}
          leftSection={<IconPlus size={14} stroke={1.5} />}
          onClick={() => onChange([...addresses, ""])}
        >
          Add another address
        </Button>
      )}
    </div>
  );
}
