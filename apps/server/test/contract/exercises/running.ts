import { localCaller, makeKeySet } from '@countersign/core'
import { bearer, startRecordedServer } from '../../recorded-server.ts'
import type { Question } from '../recorder.ts'
import { type Exercises, type OperationUnder, once, type Ways } from './exercise.ts'

const unknownKid = 'A'.repeat(43)

/** A way to each answer of the operations with which the owner runs the server: keys, settings, statistics. */
export function runningExercises({
  server,
  owner,
  stopped,
  bodied,
}: Ways): Exercises<OperationUnder<'keys' | 'settings' | 'statistics'>> {
  const viewer = once(() => server().user('running-viewer'))
  const asOwner = async () => bearer((await server().session(await owner())).access)
  const asViewer = async () => bearer((await server().session((await viewer()).id)).access)
  const ask = async (method: string, path: string, body?: Question['body']) =>
    server().ask(method, path, { headers: await asOwner(), body })

  /** What every operation with a token can answer. */
  const guarded = (method: string, path: string) => ({
    400: () => ask(method, `${path}?unknown=1`),
    401: () => server().ask(method, path),
    403: async () => server().ask(method, path, { headers: await asViewer() }),
    503: () => stopped(method, path),
  })

  return {
    listKeySets: { ...guarded('GET', '/v1/keys'), 200: () => ask('GET', '/v1/keys') },
    createKeySet: {
      ...guarded('POST', '/v1/keys'),
      ...bodied('POST', '/v1/keys', asOwner),
      201: () => ask('POST', '/v1/keys', { algorithm: 'EdDSA' }),
      409: rotateWithoutNumber,
    },
    revokeKeySet: {
      ...guarded('DELETE', `/v1/keys/${unknownKid}`),
      204: async () => {
        const { store, useCases } = server().running.authority
        // Neither the set that tokens of the others are made with, nor the last one, whose end makes another.
        const live = async () => (await store.keys.list()).filter(({ revokedAt }) => revokedAt === undefined)
        while ((await live()).length < 3) await useCases.keys.rotate('ES256', localCaller)
        return ask('DELETE', `/v1/keys/${(await live()).at(-2)?.kid}`)
      },
      404: () => ask('DELETE', `/v1/keys/${unknownKid}`),
    },
    showStatistics: { ...guarded('GET', '/v1/statistics'), 200: () => ask('GET', '/v1/statistics?window=day') },
    listSettings: { ...guarded('GET', '/v1/settings'), 200: () => ask('GET', '/v1/settings') },
  }
}

/** On a server of its own: one with 255 key sets. */
async function rotateWithoutNumber() {
  const full = await startRecordedServer()
  try {
    const { store, domain, clock } = full.running.authority
    const later = clock.now() + 86_400
    for (let number = 2; number <= 255; number++) {
      const times = { createdAt: clock.now(), activatesAt: later }
      const set = makeKeySet({ number, algorithm: 'EdDSA', ...times }, domain.masterKey, domain.random)
      const audit = { at: clock.now(), action: 'keys_rotated', detail: { number } } as const
      await store.keys.add({ set, after: number - 1, removing: [] }, audit)
    }
    const { access } = await full.session((await full.user('full-owner', 'owner')).id)
    return await full.ask('POST', '/v1/keys', { headers: bearer(access) })
  } finally {
    await full.close()
  }
}
