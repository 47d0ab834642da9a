// What else the machine was doing.

import { readFile, readdir } from 'node:fs/promises'

const ticks = (fields) => fields.reduce((sum, field) => sum + Number(field), 0)

// The ticks of the clock that all processors have had so far, and how many of them were busy.
async function machine() {
  const [user, nice, system, idle, wait, ...rest] = (await readFile('/proc/stat', 'utf8'))
    .split('\n')[0]
    .trim()
    .split(/\s+/)
    .slice(1, 9)
  const busy = ticks([user, nice, system, ...rest])
  return { busy, all: busy + ticks([idle, wait]) }
}

// The ticks that a process has used so far; 0 once it has ended.
async function used(pid) {
  try {
    // After the name, which may contain spaces: utime and stime are fields 14 and 15.
    return ticks((await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ').at(-1).split(' ').slice(11, 13))
  } catch {
    return 0
  }
}

// The processes of PostgreSQL that serve a database, and those that serve all of them.
async function backends(database) {
  const name = database.match(/[^/]*$/)[0]
  const found = []
  for (const pid of (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry))) {
    const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    if (line.startsWith('postgres:') && (line.includes(name) || /writer|checkpointer/.test(line))) found.push(pid)
  }
  return found
}

// Begins to watch, and returns a function that returns the part of all processors' time, from 0 to 1, that others have had
// since: not the server with its part of PostgreSQL, and not this process.
export async function watchOthers(server) {
  const ours = async () => {
    const pids = [process.pid, server.pid, ...(server.database.startsWith('postgres') ? await backends(server.database) : [])]
    return Promise.all(pids.map(async (pid) => [pid, await used(pid)]))
  }
  const [before, at] = [new Map(await ours()), await machine()]
  return async () => {
    const [after, now] = [await ours(), await machine()]
    const own = after.reduce((sum, [pid, ticks]) => sum + Math.max(0, ticks - (before.get(pid) ?? 0)), 0)
    return Math.max(0, now.busy - at.busy - own) / Math.max(1, now.all - at.all)
  }
}
