// The whole server inside an Express application. Mount it at the root and before any body parser: its paths are those
// of the contract, and it reads bodies itself.
import { createServer } from 'node:http'
import { createApp, createLogger, dialects, openAuthority, readConfig } from '@countersign/server'
import express from 'express'

const { DATA = 'data', PORT = '4300' } = process.env

const config = readConfig({ flags: { data: DATA, port: PORT, dialects: 'none' }, env: {} }, dialects)
const logger = createLogger({ level: 'warn', sink: process.stderr })
const authority = await openAuthority(config, { logger })
const countersign = await createApp(authority)

const program = express()
program.get('/hello', (_request, response) => void response.json({ hello: 'from the program around it' }))
program.use(countersign.listener)

const server = createServer(program).listen(config.port, config.host, () => {
  countersign.ready()
  console.log(`http://${config.host}:${config.port}`)
})

process.once('SIGTERM', () => {
  countersign.stop()
  server.close(() => void authority.close())
})
