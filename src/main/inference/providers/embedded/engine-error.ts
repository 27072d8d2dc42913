import type { EngineFault } from "./protocol.ts";

/** An expected failure inside the engine, reported to the parent by its fault. */
export class EngineError extends Error {
  override readonly name = "EngineError";
  readonly fault: EngineFault;

  constructor(fault: EngineFault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.fault = fault;
  }
}
