import { killingCampaign } from '../campaign/killing.ts'
import { runCampaign } from './campaign.ts'
import { plants } from './injected-faults.ts'
import { invariants } from './invariants.ts'

export const crash = killingCampaign({
  name: 'crash',
  summary: 'kill -9 under load, restart, and account for everything that was acknowledged (N-220)',
  about:
    'Kills the server with SIGKILL while people log in, refresh and log out and machines get and revoke tokens, and restarts it.',
  invariants,
  plants,
  run: runCampaign,
})
