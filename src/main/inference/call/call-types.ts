import type {
  CallTarget,
  Deadlines,
  FinishReason,
  GenerationOptions,
  LeftOutReason,
  Message,
} from "../../../shared/contract/inference.ts";
import type { ModelVersion } from "../../../shared/contract/registry.ts";
import type { HeldText } from "../marked-guard.ts";

/** The version a call will go to, and what a prompt for it has to fit. */
export interface Target {
  readonly version: ModelVersion;
  /** The window the call will have; null where nobody says. May ask the model's server, which loads nothing. */
  window(): Promise<Window | null>;
  /** The version's options with the use case's over them: what holds where the call says nothing. */
  readonly options: GenerationOptions;
  /** Of the model; null where nobody says. May ask the model's server, which loads nothing. */
  parameterCount(): Promise<number | null>;
  /** Null where the model's server does not say. */
  countTokens(text: string): Promise<number | null>;
}

/** A version's window, and who says so. */
export interface Window {
  readonly tokens: number;
  readonly from: "version" | "server";
  /** What the server has to be sent to have it; absent where it has it by itself. */
  readonly options?: GenerationOptions["serverOptions"];
}

export interface Composed {
  /** What was asked for, in the person's own words: what a log row is recognised by. */
  readonly ask: string;
  readonly messages: readonly Message[];
  readonly options: GenerationOptions;
  /** Name and version of the template the messages were made by; null for a prompt as given. */
  readonly promptTemplate: string | null;
  /** What shapes the version's answer; absent where it stays as the model writes it. */
  readonly createShaper?: () => TextShaper;
}

/**
 * Decides what of an answer that has passed the checks its reader is shown. The segments of all steps, one after the other,
 * are the answer; `leftOut` is why a reader is not shown one. `stop` says that the model should be stopped.
 */
export interface TextShaper {
  push(text: string): ShapedStep;
  end(finishReason: FinishReason): ShapedStep;
}

export interface ShapedStep {
  readonly segments: readonly { readonly text: string; readonly leftOut: LeftOutReason | null }[];
  readonly stop: "repetition" | null;
}

export interface TextCall {
  readonly target: CallTarget;
  /** Who asks, for the log, such as `stories`, `terminal`, `playground`, `gateway: SillyTavern`. */
  readonly caller: string;
  /** One reader's or tester's session, where the caller names it. */
  readonly sessionKey?: string;
  readonly deadlines?: Deadlines;
  /**
   * Called for the version that is tried first, and again for each one fallen back to. Throws `Failure` where the version has no
   * room for what is asked: BAD_REQUEST, naming `prompt`; the next is asked then.
   */
  readonly compose: (target: Target) => Promise<Composed>;
  /** What stands in place of a text that is blocked; what the guardrails give where it is absent. */
  readonly heldText?: HeldText;
}
