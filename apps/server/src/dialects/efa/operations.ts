import { AuthError, type Authorization, throughClient } from '@countersign/core'
import type { EfaHandlers } from '../../generated/index.ts'
import { RequestError } from '../../http/errors.ts'
import type { Context } from '../../pipeline/context.ts'
import type { DialectServices } from '../kit/dialect.ts'
import {
  apiKeyLifetimeSeconds,
  type EfaOptions,
  type ExpiryType,
  efaSessionPolicy,
  efaSystemPolicy,
  expiries,
} from './policy.ts'
import { adviceOn, apiKey, clientAnswer, clientTokens, expiry, expirySeconds, expirySetting, tokens } from './wire.ts'

const mostClients = 10_000

export function operations(
  { useCases, domain, permits, certificate }: DialectServices,
  { reuseGraceSeconds }: EfaOptions,
): EfaHandlers<Context> {
  const { sessions, clients, fixedTokens, settings } = useCases

  const grace = { seconds: reuseGraceSeconds, answer: 'successor' } as const

  const lifetime = (type: ExpiryType) => settings.get(expirySetting(type), expiries[type].fallback)
  const shown = async (type: ExpiryType) => expiry(type, await lifetime(type))

  /** Advice about what expires soon: the certificate, the signing key, or the presented token. */
  const advice = (presented?: Authorization) => {
    const latest = domain.clock.latest()
    return adviceOn(
      { certificate: certificate(), signingKeySince: domain.keys().current(latest).activatesAt, presented },
      latest,
    )
  }

  return {
    async efaIssueAccessToken({ body }, { by }) {
      const who = await useCases.login.authenticate(body, by)
      const [accessLifetimeSeconds, lifetimeSeconds] = await Promise.all([lifetime('ACCESS'), lifetime('REFRESH')])
      const policy = { ...efaSessionPolicy, accessLifetimeSeconds, lifetimeSeconds }
      return { status: 200, body: tokens(await sessions.open({ who, policy }, by), advice()) }
    },

    async efaIssueExtendedSystemAccessToken({ body }, { access, by }) {
      const client = await clients.getEnabled(body.clientId)
      const refreshLifetimeSeconds = await lifetime('REFRESH')
      const request = { client, dialect: 'efa', lifetimeSeconds: body.expiry, refreshLifetimeSeconds }
      const set = await fixedTokens.issue(request, by)
      return { status: 200, body: tokens(set, advice(access.authorization)) }
    },

    async efaIssueSystemAccessToken(_input, { access, by }) {
      const [accessLifetimeSeconds, refreshable] = await Promise.all([lifetime('SYSTEM'), lifetime('REFRESH')])
      const lifetimeSeconds = Math.max(accessLifetimeSeconds, refreshable)
      const policy = { ...efaSystemPolicy, accessLifetimeSeconds, lifetimeSeconds }
      const set = await sessions.openBeside({ access, policy }, by)
      return { status: 200, body: tokens(set, advice(access.authorization)) }
    },

    async efaIssueClientAccessToken({ body }, { by }) {
      const who = await useCases.login.authenticate(body, by)
      const client = await clients.getEnabled(body.clientId)
      const lifetimeSeconds = await lifetime('CLIENT')
      const lives = { accessLifetimeSeconds: lifetimeSeconds, lifetimeSeconds, refreshable: false }
      const policy = throughClient({ ...efaSessionPolicy, ...lives }, client)
      return { status: 200, body: clientTokens(await sessions.open({ who, policy }, by), advice()) }
    },

    async efaRefreshToken({ body, headers }, { by }) {
      const [access, system] = await Promise.all([lifetime('ACCESS'), lifetime('SYSTEM')])
      const lives: Readonly<Record<string, number>> = { efa: access, 'efa-system': system }
      const request = {
        refreshToken: body['refresh-token'],
        retryKey: headers['idempotency-key'],
        by: { clientId: undefined, dialect: 'efa' },
        grace,
        accessLifetimeSeconds: ({ clientId }: Authorization) => lives[clientId],
      }
      const set = await useCases.refresh.exchange(request, by)
      return { status: 200, body: tokens(set, advice(set.authorization)) }
    },

    efaValidateToken({ headers }, { access }) {
      const { 'x-forwarded-method': method, 'x-forwarded-uri': uri } = headers
      if ((method === undefined) !== (uri === undefined)) {
        throw new RequestError('request_invalid', 'X-Forwarded-Method and X-Forwarded-Uri go together.')
      }
      const named = method !== undefined && uri !== undefined
      if (named && !permits(access, { method, uri })) throw new AuthError('access_denied')
      return { status: 200 }
    },

    async efaRemoveToken(_input, { access, by }) {
      await useCases.revocation.revoke(access.authorization, by)
      return { status: 200 }
    },

    async efaShowExpiry({ query }) {
      return { status: 200, body: await shown(query.type) }
    },

    async efaChangeExpiry({ body }, context) {
      const { type } = body
      await settings.change({ name: expirySetting(type), value: expirySeconds(body) }, context.by)
      return { status: 200, body: await shown(type) }
    },

    async efaListExpiries() {
      return { status: 200, body: await Promise.all((Object.keys(expiries) as ExpiryType[]).map(shown)) }
    },

    async efaIssueApiKey({ body, query }, { by }) {
      const client = await clients.getEnabled(body.clientId)
      const chosen = query.force === true ? { replacing: true } : { sole: true }
      const request = { client, dialect: 'efa', lifetimeSeconds: apiKeyLifetimeSeconds, label: 'API key', ...chosen }
      const set = await fixedTokens.issue(request, by)
      return { status: 200, body: apiKey(set.accessToken.reveal()) }
    },

    async efaShowApiKey({ query }) {
      const client = await clients.getEnabled(query.clientId)
      return { status: 200, body: apiKey((await fixedTokens.find(client, 'efa'))?.mask ?? '') }
    },

    async efaRegisterClient({ body }, context) {
      const made = await clients.create({ name: body.name, type: body.clientType }, context.by)
      return { status: 200, body: clientAnswer(made.client) }
    },

    async efaShowClient({ query }) {
      return { status: 200, body: clientAnswer(await clients.getByName(query.name)) }
    },

    async efaRemoveClient({ query }, context) {
      const client = await clients.getByName(query.name)
      await clients.remove(client.id, context.by)
      return { status: 200 }
    },

    async efaListClients() {
      return { status: 200, body: (await clients.listAll(mostClients)).map(clientAnswer) }
    },
  }
}
