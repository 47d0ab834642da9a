// A server beside Doorway that nobody attacks. Its answer is as long as that of the cheap query. If it is slow during an attack, it
// waits for a processor.

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
