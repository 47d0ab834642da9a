// A server beside Doorway, which answers as much as the cheap query asks for, and nobody attacks. What it takes longer beside an
// attack than alone, it waits for a processor.

import { createServer } from 'node:http'

const answer = JSON.stringify({ data: { users: [{ username: 'control', blogPosts: [{ title: 'control' }] }] } })

const server = createServer((request, response) => {
  request.resume().once('end', () => {
    response.setHeader('Content-Type', 'application/json')
    response.end(answer)
  })
})
server.listen(0, '127.0.0.1', () => process.send(server.address().port))
process.once('disconnect', () => process.exit())
