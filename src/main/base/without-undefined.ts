/** What `Fields` is without the undefined ones: those that may be undefined are optional, and never undefined. */
export type Defined<Fields extends object> = {
  [Name in keyof Fields as undefined extends Fields[Name] ? never : Name]: Fields[Name];
} & { [Name in keyof Fields as undefined extends Fields[Name] ? Name : never]?: Exclude<Fields[Name], undefined> };

/**
 * A copy without the fields that are undefined: an absent option stands for the default, an undefined one is a type error.
 *
 * ```ts
 * withoutUndefined({ seed: 0, stop: undefined }); // { seed: 0 }
 * ```
 */
export function withoutUndefined<Fields extends object>(fields: Fields): Defined<Fields> {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  // Names and types of what is left are those of the fields.
  return Object.fromEntries(entries) as unknown as Defined<Fields>;
}
