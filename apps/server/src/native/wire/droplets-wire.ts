import type { Droplet } from '@countersign/resources'

/** A droplet in `/v1/droplets`. */
export const shownDroplet = ({ createdAt, changedAt, ports, ...droplet }: Droplet) => ({
  id: droplet.id,
  number: droplet.number,
  name: droplet.name,
  state: droplet.state,
  creator: droplet.creator,
  created_at: createdAt,
  changed_at: changedAt,
  ports: Object.fromEntries(
    Object.entries(ports).map(([port, { type, from }]) => [
      port,
      { protocol: type, address: from.ip, port: from.port },
    ]),
  ),
})
