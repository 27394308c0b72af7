import { killingCampaign } from '../campaign/killing.ts'
import { runOutages } from './campaign.ts'
import { injectedFaults, invariants } from './invariants.ts'

export const outage = killingCampaign({
  name: 'outage',
  summary: 'two servers on one PostgreSQL database, which fails under load, as the servers do (N-728)',
  about:
    'Two servers share a PostgreSQL database of their own, which has a synchronous standby. Under load a server is killed, the\ndatabase is restarted or killed, its standby is promoted, or its connections are cut or stall. Needs a PostgreSQL server\n(Debian: postgresql), unless --database-url names one.',
  invariants,
  injectedFaults,
  notOnGiven: 'restarts, kills and promotions of the database, and the search for damaged rows and indexes (W5)',
  run: runOutages,
})
