// `pnpm crash`: kill -9 under load, restart, and account for everything that was acknowledged.
import { parseArgs } from 'node:util'
import { type CampaignState, runCampaign } from './src/crash/campaign.ts'
import { invariants } from './src/crash/loss.ts'
import { isPlant, plants } from './src/crash/plants.ts'

const help = `usage: pnpm crash [options]

Kills the server with SIGKILL while people log in, refresh and log out and machines get and revoke tokens; restarts it
and checks:
${Object.entries(invariants)
  .map(([name, words]) => `  ${name.padEnd(8)} ${words}`)
  .join('\n')}
Exits 1 at the first loss.

  --kills N       (default 200)
  --seed N        repeats when kills strike and what is chosen (default: the time)
  --plant NAME    puts a fault into the server, to see that it is found:
${Object.entries(plants)
  .map(([name, { does }]) => `                    ${name}: ${does}`)
  .join('\n')}
  --folder PATH   where the data is kept meanwhile (default: the system's temporary folder)
  --json          the summary as JSON, for programs
  --help
`

const wholeNumber = (name: string, text: string): number => {
  if (!/^\d{1,9}$/.test(text)) throw new TypeError(`--${name} must be a whole number`)
  return Number(text)
}

function readOptions() {
  const { values } = parseArgs({
    args: process.argv.slice(2).filter((word) => word !== '--'),
    options: {
      kills: { type: 'string', default: '200' },
      seed: { type: 'string', default: `${Date.now() % 1e9}` },
      plant: { type: 'string' },
      folder: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const { plant } = values
  if (plant !== undefined && !isPlant(plant)) throw new TypeError(`there is no fault ${plant}`)
  return {
    help: values.help,
    json: values.json,
    campaign: {
      kills: wholeNumber('kills', values.kills),
      seed: wholeNumber('seed', values.seed),
      plant,
      folder: values.folder,
    },
  }
}

const line = ({ kills, tally, losses }: CampaignState, of: number): string =>
  `kill ${kills}/${of} · ${tally.acknowledged} acknowledged · ${tally.foundDone + tally.foundUndone} unanswered ` +
  `(${tally.foundDone} found done, ${tally.foundUndone} undone) · ${losses.length} lost`

try {
  const { help: wanted, json, campaign } = readOptions()
  if (wanted) console.log(help)
  else {
    const tty = process.stderr.isTTY
    const progress = (state: CampaignState) => {
      if (tty || state.kills % 10 === 0)
        process.stderr.write(`${tty ? '\r' : ''}${line(state, campaign.kills)}${tty ? '' : '\n'}`)
    }
    const began = performance.now()
    const state = await runCampaign({ ...campaign, progress })
    if (tty) process.stderr.write('\n')
    const seconds = Math.round((performance.now() - began) / 1000)
    if (json) console.log(JSON.stringify({ ...state, seed: campaign.seed, seconds }))
    else {
      for (const { kill, invariant, detail } of state.losses)
        console.log(`kill ${kill}: ${invariant} broken: ${detail}`)
      console.log(`${line(state, campaign.kills)} · seed ${campaign.seed} · ${seconds} s`)
    }
    if (state.losses.length > 0) process.exitCode = 1
  }
} catch (error) {
  if (!(error instanceof TypeError)) throw error
  console.error(`${error.message}\n\n${help}`)
  process.exitCode = 2
}
