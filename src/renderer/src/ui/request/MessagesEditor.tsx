import { ActionIcon, Button, FileButton, NativeSelect, Textarea, TextInput, Tooltip } from "@mantine/core";
import { IconPhoto, IconPlus, IconX } from "@tabler/icons-react";
import { message as messageSchema } from "../../../../shared/contract/inference.ts";
import { notifyProblem } from "../notify/notify.ts";
import { readImage } from "./image-file.ts";
import classes from "./messages-editor.module.css";
import { type MessageDraft, type MessageErrors, nextMessage } from "./messages-draft.ts";
import { ToolCallCard } from "./ToolCallCard.tsx";

const roles = messageSchema.shape.role.options;
type Role = (typeof roles)[number];

interface MessagesEditorProps {
  readonly messages: readonly MessageDraft[];
  readonly errors: MessageErrors;
  readonly onChange: (messages: readonly MessageDraft[]) => void;
}

/** The messages of a call, in order, each with its role. */
export function MessagesEditor({ messages, errors, onChange }: MessagesEditorProps) {
  const change = (key: string, part: Partial<MessageDraft>): void =>
    onChange(messages.map((message) => (message.key === key ? { ...message, ...part } : message)));
  return (
    <div className={classes.messages}>
      <ol className={classes.list} aria-label="Messages">
        {messages.map((message, index) => (
          <li key={message.key} className={classes.message} data-role={message.role}>
            <MessageFields
              message={message}
              name={`Message ${index + 1}`}
              error={errors[message.key]}
              onChange={(part) => change(message.key, part)}
              onRemove={
                messages.length === 1 ? null : () => onChange(messages.filter(({ key }) => key !== message.key))
              }
            />
          </li>
        ))}
      </ol>
      {errors["all"] !== undefined && (
        <p className={classes.error} role="alert">
          {errors["all"]}
        </p>
      )}
      <Button
        variant="subtle"
        color="gray"
        size="compact-xs"
        leftSection={<IconPlus size={14} stroke={1.5} />}
        onClick={() => onChange([...messages, nextMessage(messages)])}
      >
        Add message
      </Button>
    </div>
  );
}

interface MessageFieldsProps {
  readonly message: MessageDraft;
  readonly name: string;
  readonly error: string | undefined;
  readonly onChange: (part: Partial<MessageDraft>) => void;
  /** Null for the last one left. */
  readonly onRemove: (() => void) | null;
}

function MessageFields({ message, name, error, onChange, onRemove }: MessageFieldsProps) {
  const images = message.images ?? [];
  const addImages = (files: readonly File[]): void => {
    Promise.all(files.map(readImage))
      .then((added) => onChange({ images: [...images, ...added] }))
      .catch(notifyProblem);
  };
  return (
    <>
      <div className={classes.head}>
        <NativeSelect
          aria-label={`${name}, role`}
          variant="unstyled"
          size="xs"
          classNames={{ input: classes.role }}
          value={message.role}
          data={[...roles]}
          onChange={({ currentTarget }) =>
            onChange({ role: roles.find((role) => role === currentTarget.value) ?? "user" })
          }
        />
        <span className={classes.spacer} />
        {message.role === "user" && (
          <FileButton multiple accept="image/png,image/jpeg" onChange={addImages}>
            {(props) => (
              <Tooltip label="Add pictures, for models that see">
                <ActionIcon {...props} variant="subtle" color="gray" size="sm" aria-label={`${name}, add pictures`}>
                  <IconPhoto size={15} stroke={1.5} />
                </ActionIcon>
              </Tooltip>
            )}
          </FileButton>
        )}
        {onRemove !== null && (
          <ActionIcon
            variant="subtle"
            color="gray"
            size="sm"
            aria-label={`Remove ${name.toLowerCase()}`}
            onClick={onRemove}
          >
            <IconX size={15} stroke={1.5} />
          </ActionIcon>
        )}
      </div>
      {message.role === "tool" && (
        <TextInput
          aria-label={`${name}, tool name`}
          placeholder="Name of the tool that answers"
          size="xs"
          value={message.toolName ?? ""}
          onChange={({ currentTarget }) => onChange({ toolName: currentTarget.value })}
        />
      )}
      <Textarea
        aria-label={name}
        placeholder={placeholders[message.role]}
        variant="unstyled"
        autosize
        minRows={message.role === "user" ? 3 : 1}
        maxRows={16}
        classNames={{ input: classes.content }}
        value={message.content}
        error={error}
        onChange={({ currentTarget }) => onChange({ content: currentTarget.value })}
      />
      {message.toolCalls?.map((call) => (
        <ToolCallCard key={call.id} call={call} />
      ))}
      {images.length > 0 && (
        <ul className={classes.images} aria-label={`${name}, pictures`}>
          {images.map((image, index) => (
            // The same picture may stand there twice.
            <li key={index}>
              <img
                src={`data:${image.startsWith("/9j/") ? "image/jpeg" : "image/png"};base64,${image}`}
                alt={`Picture ${index + 1}`}
              />
              <ActionIcon
                variant="default"
                size="xs"
                aria-label={`Remove picture ${index + 1}`}
                onClick={() => onChange({ images: images.filter((_, at) => at !== index) })}
              >
                <IconX size={12} stroke={1.5} />
              </ActionIcon>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

const placeholders: Record<Role, string> = {
  system: "Optional: who the model is and how it answers",
  user: "What the model is asked",
  assistant: "What the model said before",
  tool: "What the tool answered",
};
