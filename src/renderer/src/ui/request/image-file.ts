const largestBytes = 20_000_000;

/** A PNG or JPEG file as base64; rejects, in words for a person, what is neither or too large to send. */
export async function readImage(file: File): Promise<string> {
  if (file.size > largestBytes) throw new Error(`${file.name} is larger than 20 MB. Choose a smaller picture.`);
  const bytes = new Uint8Array(await file.arrayBuffer());
  const png = bytes[0] === 0x89 && bytes[1] === 0x50;
  const jpeg = bytes[0] === 0xff && bytes[1] === 0xd8;
  if (!png && !jpeg) throw new Error(`${file.name} is neither a PNG nor a JPEG picture.`);
  return await new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener("load", () =>
      typeof reader.result === "string" ? resolve(reader.result.replace(/^data:[^,]*,/, "")) : reject(reader.error),
    );
    reader.addEventListener("error", () => reject(new Error(`${file.name} could not be read.`)));
    reader.readAsDataURL(file);
  });
}
