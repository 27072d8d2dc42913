import { Checkbox, SegmentedControl, Select, Textarea, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { severity as severitySchema } from "../../../../../shared/contract/guardrails.ts";
import { queries } from "../../../api/connection.ts";
import { assertNever } from "../../../ui/assert-never.ts";
import { JsonEditor } from "../../../ui/json/JsonEditor.tsx";
import { NumberField } from "../../../ui/request/NumberField.tsx";
import { severityWords } from "../../../ui/marks/SeverityMark.tsx";
import { VersionSelect } from "../../../ui/controls/VersionSelect.tsx";
import type { AssertionDraft, AssertionErrors } from "./assertion-draft.ts";
import classes from "./CaseForm.module.css";

interface AssertionFieldsProps {
  readonly draft: AssertionDraft;
  readonly errors: AssertionErrors;
  readonly onChange: (part: Partial<AssertionDraft>) => void;
}

/** The form of one assertion, of whichever kind. */
export function AssertionFields(props: AssertionFieldsProps) {
  const { draft, errors, onChange } = props;
  switch (draft.type) {
    case "contains":
      return <ContainsFields {...props} />;
    case "regex":
      return <PatternFields {...props} />;
    case "json_schema":
      return <SchemaFields {...props} />;
    case "max_tokens":
      return (
        <NumberField
          label="Tokens at most"
          step={16}
          placeholder="200"
          value={draft.tokens}
          error={errors.tokens}
          onChange={(tokens) => onChange({ tokens })}
        />
      );
    case "latency":
      return <LatencyFields {...props} />;
    case "no_violation":
      return (
        <Select
          label="Nothing found of this severity or worse"
          size="xs"
          value={draft.severity}
          error={errors.severity}
          onChange={(value) => onChange({ severity: severitySchema.options.find((one) => one === value) ?? "medium" })}
          data={severitySchema.options.map((value) => ({ value, label: severityWords[value] }))}
        />
      );
    case "similarity":
      return <SimilarityFields {...props} />;
    case "judge":
      return <JudgeFields {...props} />;
    default:
      return assertNever(draft.type);
  }
}

/** A text that has to be there, or must not be. */
function ContainsFields(props: AssertionFieldsProps) {
  const { draft, errors, onChange } = props;
  return (
    <div className={classes.fields}>
      <TextInput
        label="Text"
        size="xs"
        value={draft.text}
        error={errors.text}
        onChange={({ currentTarget }) => onChange({ text: currentTarget.value })}
      />
      <Expected {...props} yes="Has to be there" no="Must not be there" />
      <Checkbox
        size="xs"
        label="Upper and lower case matter"
        checked={draft.caseSensitive}
        onChange={({ currentTarget }) => onChange({ caseSensitive: currentTarget.checked })}
      />
    </div>
  );
}

/** A regular expression and its flags. */
function PatternFields(props: AssertionFieldsProps) {
  const { draft, errors, onChange } = props;
  return (
    <div className={classes.fields}>
      <div className={classes.pattern}>
        <TextInput
          label="Pattern"
          size="xs"
          placeholder="^(yes|no)$"
          classNames={{ input: classes.mono }}
          value={draft.pattern}
          error={errors.pattern}
          onChange={({ currentTarget }) => onChange({ pattern: currentTarget.value })}
        />
        <TextInput
          label="Flags"
          size="xs"
          classNames={{ input: classes.mono }}
          value={draft.flags}
          error={errors.flags}
          onChange={({ currentTarget }) => onChange({ flags: currentTarget.value })}
        />
      </div>
      <Expected {...props} yes="Has to match" no="Must not match" />
    </div>
  );
}

/** Any JSON, or JSON of a schema. */
function SchemaFields({ draft, errors, onChange }: AssertionFieldsProps) {
  return (
    <div className={classes.fields}>
      <SegmentedControl
        aria-label="Which JSON"
        size="xs"
        value={draft.anyJson ? "json" : "schema"}
        onChange={(value) => onChange({ anyJson: value === "json" })}
        data={[
          { value: "schema", label: "Of this schema" },
          { value: "json", label: "Any JSON" },
        ]}
      />
      {!draft.anyJson && (
        <JsonEditor
          label="JSON Schema of the answer"
          value={draft.schema}
          error={errors.schema}
          onChange={(schema) => onChange({ schema })}
        />
      )}
    </div>
  );
}

/** The longest time, to the first token or of the whole answer. */
function LatencyFields({ draft, errors, onChange }: AssertionFieldsProps) {
  return (
    <div className={classes.pair}>
      <Select
        label="What is timed"
        size="xs"
        value={draft.metric}
        onChange={(metric) => onChange({ metric: metric === "firstTokenMs" ? metric : "totalMs" })}
        data={[
          { value: "totalMs", label: "The whole answer" },
          { value: "firstTokenMs", label: "Until the first token" },
        ]}
      />
      <NumberField
        label="At most, ms"
        step={100}
        placeholder="5000"
        value={draft.atMostMs}
        error={errors.atMostMs}
        onChange={(atMostMs) => onChange({ atMostMs })}
      />
    </div>
  );
}

/** A text, how close to it an answer has to be, and the version whose embeddings compare them. */
function SimilarityFields(props: AssertionFieldsProps) {
  const { draft, errors, onChange } = props;
  return (
    <div className={classes.fields}>
      <Textarea
        label="Text to compare with"
        size="xs"
        autosize
        minRows={2}
        maxRows={8}
        value={draft.reference}
        error={errors.reference}
        onChange={({ currentTarget }) => onChange({ reference: currentTarget.value })}
      />
      <div className={classes.pair}>
        <NumberField
          label="Similarity at least"
          step={0.05}
          placeholder="0.8"
          value={draft.atLeast}
          error={errors.atLeast}
          onChange={(atLeast) => onChange({ atLeast })}
        />
        <AssertionVersion {...props} label="Embedded by" />
      </div>
    </div>
  );
}

/** A criterion and the version that judges by it. */
function JudgeFields(props: AssertionFieldsProps) {
  const { draft, errors, onChange } = props;
  return (
    <div className={classes.fields}>
      <Textarea
        label="What has to hold"
        placeholder="The answer stays in the voice of a tired lighthouse keeper."
        size="xs"
        autosize
        minRows={2}
        maxRows={8}
        value={draft.criterion}
        error={errors.criterion}
        onChange={({ currentTarget }) => onChange({ criterion: currentTarget.value })}
      />
      <AssertionVersion {...props} label="Judged by" />
    </div>
  );
}

function Expected({ draft, onChange, yes, no }: AssertionFieldsProps & { readonly yes: string; readonly no: string }) {
  return (
    <SegmentedControl
      aria-label="Expected"
      size="xs"
      value={draft.expected ? "yes" : "no"}
      onChange={(value) => onChange({ expected: value === "yes" })}
      data={[
        { value: "yes", label: yes },
        { value: "no", label: no },
      ]}
    />
  );
}

function AssertionVersion({ draft, errors, onChange, label }: AssertionFieldsProps & { readonly label: string }) {
  const { versionId } = draft;
  const version = useQuery({
    ...queries.registry.version.queryOptions({ input: { versionId: versionId ?? ("" as never) } }), // asked only with one
    enabled: versionId !== null,
  });
  return (
    <div>
      <VersionSelect
        label={label}
        value={versionId === null ? null : (version.data ?? null)}
        onChange={(chosen) => onChange({ versionId: chosen?.id ?? null })}
      />
      {(errors.versionId ?? version.error) && (
        <p className={classes.error} role="alert">
          {errors.versionId ?? "That version is gone. Choose another."}
        </p>
      )}
    </div>
  );
}
