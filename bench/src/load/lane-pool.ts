/** Gives every use a lane of its own. Uses that find none wait, in order. */
export class LanePool<Lane> {
  readonly #idle: Lane[]
  readonly #waiting: ((lane: Lane) => void)[] = []

  constructor(lanes: readonly Lane[]) {
    this.#idle = [...lanes]
  }

  async use(work: (lane: Lane) => Promise<void>): Promise<void> {
    const lane = this.#idle.pop() ?? (await new Promise<Lane>((resolve) => this.#waiting.push(resolve)))
    try {
      await work(lane)
    } finally {
      const next = this.#waiting.shift()
      if (next) next(lane)
      else this.#idle.push(lane)
    }
  }
}
