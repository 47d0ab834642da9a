// Runs a server in one process for each core, on one port, and says where it listens.

import cluster from 'node:cluster'
import { availableParallelism } from 'node:os'

// `start` starts a server on a free port of the loopback interface, once `prepare` has run in one process.
export async function serve(start, prepare) {
  if (cluster.isPrimary) {
    await prepare?.()
    let waiting = availableParallelism()
    for (let worker = 0; worker < availableParallelism(); worker++) cluster.fork()
    cluster.on('listening', (_, { port }) => {
      if (--waiting === 0) console.log(`listening on http://127.0.0.1:${port}`)
    })
    cluster.on('exit', () => process.exit(1))
    process.on('SIGTERM', () => process.exit(0))
    return
  }
  process.on('disconnect', () => process.exit(0))
  await start()
}
