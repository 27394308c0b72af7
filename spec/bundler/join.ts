/**
 * The bundler joins the root (`openapi.yaml`) with every fragment into one OpenAPI document. It owns what holds for all
 * operations and is written once; it knows no file, no dialect and no operation by name.
 */

import { operationsOf } from '../reader/operations.ts'
import { describeCallers } from './callers.ts'

/** A JSON object as it comes out of a YAML file. */
export type Node = Record<string, unknown>

/** One YAML file of the contract. */
export interface Source {
  /** Shown in errors. */
  readonly file: string
  readonly content: Node
}

/** Two files define the same thing, or one holds what a fragment may not hold. */
export class BundleError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'BundleError'
  }
}

const fragmentMembers = new Set(['tags', 'paths', 'components'])

/**
 * Joins the contract.
 *
 * @param root The document's head and what several concerns share. Its `x-every-response` is written out to every
 *   response that is not marked `x-unread`, and its `x-every-operation` to every operation; neither reaches the result.
 *   Neither does a security scheme's `x-alternative-for`: the scheme becomes one
 *   more alternative of every operation whose `x-access` takes tokens of that kind. Nor its `x-first-tags`, the names of
 *   the tags that a reader is shown before the others; nor a tag's `x-unknown-query: ignored`, which is written out to each
 *   of its operations. The description of each operation ends with who may call it, as its `x-access` says.
 * @param fragments One per concern and dialect, each with `tags`, `paths` and `components` of its own. Their order is the
 *   order of the result.
 * @throws BundleError Two fragments have the same path, operationId, tag or component, one has a member that is not a
 *   fragment's, or a tag to be shown first is of no fragment.
 */
export const join = (root: Source, fragments: readonly Source[]): Node => {
  const {
    'x-every-response': everyResponse,
    'x-every-operation': everyOperation,
    'x-first-tags': first,
    ...head
  } = structuredClone(root.content)
  const tags: unknown[] = []
  const paths: Node = {}
  const components: Node = {}
  const owners = new Map<string, string>()

  const claim = (what: string, file: string): void => {
    const owner = owners.get(what)
    if (owner !== undefined) throw new BundleError(`${what} is defined in ${owner} and in ${file}`)
    owners.set(what, file)
  }

  for (const { file, content } of [root, ...fragments]) {
    const fragment = structuredClone(content)
    if (content !== root.content) refuseForeignMembers(file, fragment)
    for (const tag of list(fragment.tags)) {
      claim(`tag ${String(node(tag).name)}`, file)
      tags.push(tag)
    }
    for (const [path, item] of Object.entries(node(fragment.paths))) {
      claim(`path ${path}`, file)
      paths[path] = item
    }
    for (const { operationId } of operationsOf(fragment)) claim(`operationId ${operationId}`, file)
    for (const [section, members] of Object.entries(node(fragment.components))) {
      for (const [name, member] of Object.entries(node(members))) {
        claim(`component ${section}/${name}`, file)
        const joined = node(components[section])
        joined[name] = member
        components[section] = joined
      }
    }
  }
  addToEveryOperation(node(everyOperation), paths)
  addToEveryResponse(node(everyResponse), paths, node(components.responses))
  addAlternatives(node(components.securitySchemes), paths)
  ignoreUnknownQueries(tags.map(node), paths)
  describeCallers(paths)
  return { ...head, tags: inReadingOrder(tags, list(first)), paths, components }
}

const inReadingOrder = (tags: readonly unknown[], first: readonly unknown[]): unknown[] => {
  const named: unknown[] = first.map((name) => {
    const tag = tags.find((each) => node(each).name === name)
    if (tag === undefined) throw new BundleError(`there is no tag ${String(name)} to be shown first`)
    return tag
  })
  return [...named, ...tags.filter((tag) => !named.includes(tag))]
}

/** The operations as the document holds them, to be added to. */
const operationNodes = (paths: Node): Node[] => operationsOf({ paths }).map(({ source }) => source as Node)

const refuseForeignMembers = (file: string, fragment: Node): void => {
  const foreign = Object.keys(fragment).filter((member) => !fragmentMembers.has(member))
  if (foreign.length > 0) throw new BundleError(`${file} holds ${foreign.join(', ')}, which is not a fragment's`)
}

const addToEveryOperation = (everyOperation: Node, paths: Node): void => {
  for (const operation of operationNodes(paths)) {
    operation.responses = { ...node(operation.responses), ...structuredClone(node(everyOperation.responses)) }
  }
}

const addToEveryResponse = (everyResponse: Node, paths: Node, shared: Node): void => {
  const inline = operationNodes(paths).flatMap((operation) => Object.values(node(operation.responses)))
  for (const response of [...inline, ...Object.values(shared)].map(node)) {
    if ('$ref' in response || response['x-unread'] === true) continue
    response.headers = { ...node(everyResponse.headers), ...node(response.headers) }
  }
}

const addAlternatives = (schemes: Node, paths: Node): void => {
  const operations = operationNodes(paths)
  for (const [name, scheme] of Object.entries(schemes)) {
    const { 'x-alternative-for': kind, ...rest } = node(scheme)
    if (kind === undefined) continue
    schemes[name] = rest
    for (const operation of operations) {
      if (!list(node(operation['x-access']).kinds).includes(kind)) continue
      operation.security = [...list(operation.security), { [name]: [] }]
    }
  }
}

/** A vendor's clients send parameters that its description does not know: every operation of its tag ignores them. */
const ignoreUnknownQueries = (tags: readonly Node[], paths: Node): void => {
  const ignoring = new Set(tags.filter((tag) => tag['x-unknown-query'] === 'ignored').map(({ name }) => name))
  for (const tag of tags) delete tag['x-unknown-query']
  for (const operation of operationNodes(paths)) {
    if (list(operation.tags).some((tag) => ignoring.has(tag))) operation['x-eov-allow-unknown-query-parameters'] = true
  }
}

const node = (value: unknown): Node => (value !== null && typeof value === 'object' ? (value as Node) : {})
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])
