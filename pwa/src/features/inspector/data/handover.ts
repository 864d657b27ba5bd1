/** Files that came from the camera on one screen and are worked on by the next one. Lost with the page, as files are. */

const waiting = new Map<string, File[]>()

/** Leaves files for the screen of draft `id`. */
export function hand(id: string, files: File[]): void {
  waiting.set(id, files)
}

/** Takes them, once. */
export function take(id: string): File[] {
  const files = waiting.get(id) ?? []
  waiting.delete(id)
  return files
}
