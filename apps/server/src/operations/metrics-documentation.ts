// The tables and the alerts of docs/metrics.md, from the metrics themselves.
import { withTable } from '../config/generated-table.ts'
import { type MetricDefinition, Metrics } from './metrics.ts'

/** What docs/metrics.md says of a metric besides its own definition. */
interface MetricFacts {
  /** The values of each label. */
  readonly labels?: Readonly<Record<string, string>>
  readonly alert?: Alert
}

/** An alert of Prometheus. */
interface Alert {
  readonly name: string
  readonly expr: string
  /** How long the expression must hold. */
  readonly duration: string
  readonly severity: 'page' | 'ticket'
  readonly summary: string
  /** The chapter of docs/runbooks.md, if there is one. */
  readonly runbook?: string
}

const limits = '`account`, `known`, `address`, `prefix`, `codes`'

const facts: Readonly<Record<string, MetricFacts>> = {
  countersign_requests_total: {
    labels: { operation: "the operation's `operationId` in the contract; `none`", status: 'the HTTP status' },
    alert: {
      name: 'CountersignFails',
      expr: 'sum(rate(countersign_requests_total{status=~"5.."}[5m])) > 0.1',
      duration: '5m',
      severity: 'page',
      summary: 'Requests fail: the store is unavailable, or more logins arrive than the machine can hash.',
      runbook: 'the-disk-is-full',
    },
  },
  countersign_request_errors_total: {
    labels: { code: 'an [error code](errors.md)' },
    alert: {
      name: 'CountersignTokenReused',
      expr: 'increase(countersign_request_errors_total{code="refresh_token_reused"}[15m]) > 0',
      duration: '0m',
      severity: 'ticket',
      summary: 'A used refresh token came again: it was stolen, or a client does not store its tokens.',
      runbook: 'a-refresh-token-is-used-twice',
    },
  },
  countersign_request_duration_seconds: {
    labels: { operation: 'as above' },
    alert: {
      name: 'CountersignSlow',
      expr:
        'histogram_quantile(0.99, sum by (le) (rate(' +
        'countersign_request_duration_seconds_bucket{operation="refreshSession"}[10m]))) > 0.5',
      duration: '10m',
      severity: 'ticket',
      summary: 'Refreshes are slow: the disk is slow, or the processor is busy.',
    },
  },
  countersign_refused_guesses_total: {
    labels: { reason: `${limits}, \`overloaded\`, \`unavailable\`, \`origin\`` },
    alert: {
      name: 'CountersignOverloaded',
      expr: 'rate(countersign_refused_guesses_total{reason="overloaded"}[5m]) > 0',
      duration: '10m',
      severity: 'page',
      summary: 'More logins arrive than the machine can hash.',
      runbook: 'somebody-guesses',
    },
  },
  countersign_lockouts_total: {
    labels: { reason: limits },
    alert: {
      name: 'CountersignGuessing',
      expr: 'sum(increase(countersign_lockouts_total[15m])) > 20',
      duration: '0m',
      severity: 'ticket',
      summary: 'Somebody guesses passwords, codes or secrets.',
      runbook: 'somebody-guesses',
    },
  },
  countersign_audit_overdue_entries: {
    alert: {
      name: 'CountersignAuditNotExported',
      expr: 'countersign_audit_overdue_entries > 0',
      duration: '1d',
      severity: 'ticket',
      summary: 'The audit trail is not exported, and grows.',
    },
  },
  countersign_clock_behind_seconds: {
    alert: {
      name: 'CountersignClockBehind',
      expr: 'countersign_clock_behind_seconds > 60',
      duration: '2m',
      severity: 'page',
      summary: 'The clock was set back, or was ahead before: new tokens expire early.',
      runbook: 'the-clock-jumped',
    },
  },
  countersign_background_task_failures_total: {
    labels: { task: 'the [background task](logs.md#background-tasks)' },
    alert: {
      name: 'CountersignTaskFails',
      expr: 'increase(countersign_background_task_failures_total[10m]) > 0',
      duration: '5m',
      severity: 'page',
      summary: 'A background task fails: the disk is full, or the store is unavailable.',
      runbook: 'the-disk-is-full',
    },
  },
  countersign_database_bytes: {
    labels: { file: '`main`, `wal`' },
    alert: {
      name: 'CountersignLogGrows',
      expr: 'countersign_database_bytes{file="wal"} > 1e8',
      duration: '10m',
      severity: 'ticket',
      summary: 'Another program holds a transaction open, so that the write-ahead log grows.',
      runbook: 'the-disk-is-full',
    },
  },
  countersign_certificate_expiry_timestamp_seconds: {
    alert: {
      name: 'CountersignCertificateEnds',
      expr: 'countersign_certificate_expiry_timestamp_seconds - time() < 14 * 86400',
      duration: '1h',
      severity: 'ticket',
      summary: 'The TLS certificate expires within two weeks.',
    },
  },
  countersign_next_key_rotation_timestamp_seconds: {
    alert: {
      name: 'CountersignKeyRotationOverdue',
      expr: 'time() - countersign_next_key_rotation_timestamp_seconds > 86400',
      duration: '1h',
      severity: 'ticket',
      summary: 'The schedule did not make the next signing key: the log says why (key_rotation_postponed).',
    },
  },
  countersign_info: {
    labels: { version: 'the version' },
    alert: {
      name: 'CountersignDown',
      expr: 'absent(countersign_info)',
      duration: '2m',
      severity: 'page',
      summary: 'The server is away, or its metrics cannot be read.',
    },
  },
  nodejs_eventloop_lag_p99_seconds: {
    alert: {
      name: 'CountersignBusy',
      expr: 'nodejs_eventloop_lag_p99_seconds{job="countersign"} > 0.2',
      duration: '10m',
      severity: 'ticket',
      summary: 'The process has more work than one core can do.',
    },
  },
  process_resident_memory_bytes: {
    alert: {
      name: 'CountersignMemory',
      expr: 'process_resident_memory_bytes{job="countersign"} > 5e8',
      duration: '10m',
      severity: 'ticket',
      summary: 'The process uses more memory than it needs (see sizing.md).',
    },
  },
  process_open_fds: {
    alert: {
      name: 'CountersignDescriptors',
      expr: 'process_open_fds{job="countersign"} / process_max_fds{job="countersign"} > 0.8',
      duration: '5m',
      severity: 'page',
      summary: 'Nearly all file descriptors are in use: connections will be refused.',
    },
  },
}

const own = (name: string): boolean => name.startsWith('countersign_')

/** All metrics, as a server defines them. */
export function metricDefinitions(): readonly MetricDefinition[] {
  const nothing = new Map<string, number>()
  return new Metrics({
    version: '',
    guesses: { refused: new Map(), lockedOut: new Map() },
    audit: { overdue: async () => 0 },
    clock: { lagSeconds: () => 0 },
    failedTasks: nothing,
    databaseBytes: () => nothing,
    nextKeyRotation: () => undefined,
    certificate: () => undefined,
  }).definitions()
}

/** The alerts, as a file of rules for Prometheus. */
export function alertRules(): string {
  const rules = Object.values(facts).flatMap(({ alert }) => (alert ? [ruleOf(alert)] : []))
  return ['groups:', '  - name: countersign', '    rules:', ...rules].join('\n')
}

function ruleOf({ name, expr, duration, severity, summary, runbook }: Alert): string {
  return [
    `      - alert: ${name}`,
    `        expr: ${expr}`,
    `        for: ${duration}`,
    `        labels: { severity: ${severity} }`,
    '        annotations:',
    `          summary: '${summary}'`,
    ...(runbook === undefined ? [] : [`          runbook: docs/runbooks.md#${runbook}`]),
  ].join('\n')
}

function tableOf(definitions: readonly MetricDefinition[]): string {
  const rows = definitions.map(({ name, type, labelNames, help }) => {
    const { labels = {}, alert } = facts[name] ?? {}
    const words = labelNames.map((label) => (labels[label] ? `\`${label}\`: ${labels[label]}` : `\`${label}\``))
    return `| \`${name}\` | ${type} | ${words.join('<br>')} | ${sentence(help)} | ${alert ? `\`${alert.name}\`` : ''} |`
  })
  return ['| metric | type | labels | meaning | alert |', '|---|---|---|---|---|', ...rows].join('\n')
}

const sentence = (help: string): string => (help.endsWith('.') ? help : `${help}.`)

/** The page with its tables and alerts. @throws Error if the page has no marks, or a metric is unknown or undocumented. */
export function withMetrics(page: string): string {
  const definitions = metricDefinitions()
  for (const { name, labelNames } of definitions.filter((metric) => own(metric.name))) {
    const { labels = {}, alert } = facts[name] ?? {}
    if (!alert) throw new Error(`${name} has no alert in metrics-documentation.ts`)
    if (labelNames.join() !== Object.keys(labels).join()) throw new Error(`${name} has other labels`)
  }
  const unknown = Object.keys(facts).find((name) => !definitions.some((metric) => metric.name === name))
  if (unknown !== undefined) throw new Error(`there is no metric ${unknown}`)
  const document = 'docs/metrics.md'
  const ours = withTable(page, document, 'metrics', tableOf(definitions.filter(({ name }) => own(name))))
  const process = withTable(ours, document, 'process', tableOf(definitions.filter(({ name }) => !own(name))))
  return withTable(process, document, 'alerts', `\`\`\`yaml\n${alertRules()}\n\`\`\``)
}
