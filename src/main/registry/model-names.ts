/** Every name that means the same model to Ollama, which reads a missing tag as `latest`. */
export function namesOf(name: string): readonly string[] {
  return name.endsWith(":latest") ? [name, name.slice(0, -":latest".length)] : [name];
}
