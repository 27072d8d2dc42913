/** Offers text as a file to save, through the browser's or the desktop's own dialog. */
export function saveFile(name: string, text: string, type: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The download has begun by the next turn and no longer needs the address.
  setTimeout(() => URL.revokeObjectURL(url), 0);
}
