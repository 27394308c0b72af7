import { bearer } from '../../recorded-server.ts'
import type { Question } from '../recorder.ts'
import { type Exercises, type OperationUnder, once, type Ways } from './exercise.ts'

/** A way to each answer of the operations on droplets. */
export function dropletExercises({ server, stopped, bodied }: Ways): Exercises<OperationUnder<'droplets'>> {
  const viewer = once(() => server().user('droplets-viewer'))
  const manager = once(() => server().user('droplets-manager', 'manager'))
  const asManager = async () => bearer((await server().session((await manager()).id)).access)
  /** A viewer, and for what a viewer may: one without the scope. */
  const refused = async (method: string) => {
    const { id } = await viewer()
    return bearer(method === 'GET' ? await server().personalToken(id, ['write']) : (await server().session(id)).access)
  }
  const ask = async (method: string, path: string, body?: Question['body']) =>
    server().ask(method, path, { headers: await asManager(), body })
  let made = 0
  const onNew = (method: string, verb: string) => async () => {
    const { body } = await ask('POST', '/v1/droplets', { name: `exercise-${++made}` })
    return ask(method, `/v1/droplets/${String(body.id)}${verb}`)
  }

  const guarded = (method: string, path: string) => ({
    400: () => ask(method, `${path}?unknown=1`),
    401: () => server().ask(method, path),
    403: async () => server().ask(method, path, { headers: await refused(method) }),
    503: () => stopped(method, path),
  })
  const onNobodys = (method: string, verb = '') => ({
    ...guarded(method, `/v1/droplets/nothing${verb}`),
    404: () => ask(method, `/v1/droplets/nothing${verb}`),
  })

  return {
    listDroplets: { ...guarded('GET', '/v1/droplets'), 200: () => ask('GET', '/v1/droplets?limit=1&state=active') },
    createDroplet: {
      ...guarded('POST', '/v1/droplets'),
      ...bodied('POST', '/v1/droplets', asManager),
      201: () => ask('POST', '/v1/droplets', {}),
      409: async () => {
        await ask('POST', '/v1/droplets', { name: 'taken' })
        return ask('POST', '/v1/droplets', { name: 'taken' })
      },
    },
    showDroplet: { ...onNobodys('GET'), 200: onNew('GET', '') },
    deleteDroplet: { ...onNobodys('DELETE'), 204: onNew('DELETE', '') },
    startDroplet: { ...onNobodys('POST', '/start'), 200: onNew('POST', '/start') },
    stopDroplet: { ...onNobodys('POST', '/stop'), 200: onNew('POST', '/stop') },
    restartDroplet: { ...onNobodys('POST', '/restart'), 200: onNew('POST', '/restart') },
  }
}
