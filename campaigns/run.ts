// `pnpm campaign NAME`: tests that need minutes or thousands of rounds.
import { StoreOpenError } from '@countersign/store'
import { columns } from './src/campaign/campaign.ts'
import { campaigns } from './src/campaigns.ts'

const help = `usage: pnpm campaign NAME [options]

Each prints its seed, and exits with 1 if an invariant was violated. NAME --help lists the options of a campaign.

${columns(Object.fromEntries(campaigns.map(({ name, summary }) => [name, summary])))}
`

// pnpm passes the `--` on that ends its own options.
const [name, ...args] = process.argv.slice(2).filter((word) => word !== '--')
const campaign = campaigns.find((one) => one.name === name)
if (!campaign) {
  const asked = name === undefined || name === '--help'
  console[asked ? 'log' : 'error'](asked ? help : `there is no campaign ${name}\n\n${help}`)
  process.exitCode = asked ? 0 : 2
} else if (args.includes('--help')) {
  console.log(campaign.usage)
} else {
  try {
    if (!(await campaign.run(args))) process.exitCode = 1
  } catch (error) {
    if (error instanceof TypeError) console.error(`${error.message}\n\n${campaign.usage}`)
    // The database server: its message is for the operator.
    else if (error instanceof StoreOpenError) console.error(error.message)
    else throw error
    process.exitCode = 2
  }
}
