/** GGUF files made by hand, whole or lying, for tests of those that read them. */

export interface GgufParts {
  readonly magic?: string;
  readonly version?: number;
  readonly tensorCount?: number | bigint;
  readonly valueCount?: number | bigint;
  readonly values?: readonly Buffer[];
  readonly tensors?: readonly Buffer[];
  /** After the header, beginning where the weights do. */
  readonly weightsBytes?: number;
}

/** A file of these parts; what is left out is that of a small whole one. */
export function ggufFile(parts: GgufParts = {}): Buffer {
  const values = parts.values ?? [ggufString("general.architecture", "llama")];
  const tensors = parts.tensors ?? [ggufTensor("token_embd.weight", [8, 4], 0)];
  const header = Buffer.concat([
    Buffer.from(parts.magic ?? "GGUF", "latin1"),
    uint32(parts.version ?? 3),
    uint64(parts.tensorCount ?? tensors.length),
    uint64(parts.valueCount ?? values.length),
    ...values,
    ...tensors,
  ]);
  const padding = Buffer.alloc((32 - (header.length % 32)) % 32);
  return Buffer.concat([header, padding, Buffer.alloc(parts.weightsBytes ?? 128)]);
}

export function ggufString(key: string, value: string): Buffer {
  return Buffer.concat([text(key), uint32(8), text(value)]);
}

export function ggufUint32(key: string, value: number): Buffer {
  return Buffer.concat([text(key), uint32(4), uint32(value)]);
}

/** An array that says it has `count` items of a type, whatever bytes follow. */
export function ggufArray(key: string, itemType: number, count: number | bigint, items: Buffer): Buffer {
  return Buffer.concat([text(key), uint32(9), uint32(itemType), uint64(count), items]);
}

/** A value of any type number, followed by these bytes. */
export function ggufValue(key: string, type: number, bytes: Buffer): Buffer {
  return Buffer.concat([text(key), uint32(type), bytes]);
}

/** Of 32-bit floats; `offset` counts from where the weights begin. */
export function ggufTensor(name: string, dimensions: readonly number[], offset: number | bigint): Buffer {
  return Buffer.concat([
    text(name),
    uint32(dimensions.length),
    ...dimensions.map((dimension) => uint64(dimension)),
    uint32(0),
    uint64(offset),
  ]);
}

export function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([uint64(bytes.length), bytes]);
}

export function uint32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32LE(value);
  return buffer;
}

export function uint64(value: number | bigint): Buffer {
  const buffer = Buffer.alloc(8);
  buffer.writeBigUInt64LE(BigInt(value));
  return buffer;
}
