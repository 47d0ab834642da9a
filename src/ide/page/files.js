// The files that a browser fetches only when it needs them: Monaco's workers, which it starts, stops and starts again
// as people type, and the fonts. All of them are loaded before the page starts, so that an open page needs its server
// only for answers: it goes on working when the server is restarted or stopped.

// Each worker's script as a blob, by its label in Monaco. Monaco starts workers from the blobs for as long as the page
// is open, so their addresses are never revoked.
const workers = new Map()

async function loadWorker([label, name]) {
  const url = new URL(name, import.meta.url)
  const response = await fetch(url)
  if (!response.ok) throw new Error(`${url}: ${response.status} ${response.statusText}`)
  workers.set(label, URL.createObjectURL(await response.blob()))
}

// Without a font the page shows its text in one of the system's.
const loadFont = (font) => font.load().catch(() => undefined)

// Done when the last file is there; rejected when a worker cannot be loaded.
export const loaded = Promise.all([...Object.entries(WORKERS).map(loadWorker), ...[...document.fonts].map(loadFont)])

export const startWorker = (label) => new Worker(workers.get(label) ?? workers.get('editor'))
