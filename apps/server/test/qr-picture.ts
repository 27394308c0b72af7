// Reads QR codes as a phone's camera does: from pixels. It must not know how they were drawn.
import jsqr from 'jsqr'
import { PNG } from 'pngjs'

/** What the QR code in a PNG says. @param dataUrl As `data:image/png;base64,…`. */
export function readQrPicture(dataUrl: string): string | undefined {
  const prefix = 'data:image/png;base64,'
  if (!dataUrl.startsWith(prefix)) return undefined
  const { data, width, height } = PNG.sync.read(Buffer.from(dataUrl.slice(prefix.length), 'base64'))
  return decode(new Uint8ClampedArray(data), width, height)
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: colours of a terminal begin with one
const colourChange = /\x1b\[([0-9;]*)m/
const moduleSize = 4

/** What a QR code in half blocks says, in the colours that are set for the terminal. */
export function readQrFromTerminal(text: string): string | undefined {
  const rows = text.split('\n').filter((line) => line.includes('\u001b['))
  const modules = rows.flatMap((line) => halves(line))
  const width = Math.max(...modules.map((row) => row.length))
  const side = { width: width * moduleSize, height: modules.length * moduleSize }
  const pixels = new Uint8ClampedArray(side.width * side.height * 4).fill(255)
  for (let y = 0; y < side.height; y++) {
    for (let x = 0; x < side.width; x++) {
      const light = modules[Math.floor(y / moduleSize)]?.[Math.floor(x / moduleSize)] ?? true
      if (!light) pixels.fill(0, (y * side.width + x) * 4, (y * side.width + x) * 4 + 3)
    }
  }
  return decode(pixels, side.width, side.height)
}

/** A line of characters as two rows of modules; `true` is light. */
function halves(line: string): [boolean[], boolean[]] {
  const rows: [boolean[], boolean[]] = [[], []]
  let [ink, paper] = [true, false]
  let rest = line
  while (rest !== '') {
    const colours = colourChange.exec(rest)
    if (colours?.index === 0) {
      for (const code of (colours[1] ?? '').split(';')) {
        if (code === '30' || code === '37' || code === '97') ink = code !== '30'
        if (code === '40' || code === '47' || code === '107') paper = code !== '40'
      }
      rest = rest.slice(colours[0].length)
      continue
    }
    const character = rest.charAt(0)
    rows[0].push(character === '█' || character === '▀' ? ink : paper)
    rows[1].push(character === '█' || character === '▄' ? ink : paper)
    rest = rest.slice(1)
  }
  return rows
}

const decode = (pixels: Uint8ClampedArray, width: number, height: number): string | undefined =>
  jsqr.default(pixels, width, height, { inversionAttempts: 'dontInvert' })?.data
