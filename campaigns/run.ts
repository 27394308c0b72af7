// `pnpm campaign NAME`: what needs minutes or thousands of rounds, run whole.
import { columns } from './src/campaign/campaign.ts'
import { campaigns } from './src/campaigns.ts'

const help = `usage: pnpm campaign NAME [options]

Each prints its seed, and exits 1 if anything was lost. With --help after its name, its options.

${columns(Object.fromEntries(campaigns.map(({ name, summary }) => [name, summary])))}
`

// pnpm hands on the dashes that end its own options.
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
    if (!(error instanceof TypeError)) throw error
    console.error(`${error.message}\n\n${campaign.usage}`)
    process.exitCode = 2
  }
}
