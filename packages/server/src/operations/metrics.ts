/**
 * Metrics for Prometheus: sums over the events of a server.
 *
 * They are a handler of their own, to be served on a port of its own that the public does not reach.
 */
import type { ServerEvent } from './events.ts'
import { type Counter, createCounter, createHistogram } from './registry.ts'

/** Metrics of one process. */
export interface Metrics {
  readonly record: (event: ServerEvent) => void
  /** Answers any `GET` with the text that Prometheus reads. */
  readonly fetch: (request: Request) => Promise<Response>
}

const TEXT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/** Seconds; an answer takes from one millisecond to half a minute. */
const BOUNDS = [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 30]

type Families = Readonly<
  Record<
    | 'requests'
    | 'seconds'
    | 'uploaded'
    | 'removed'
    | 'downloads'
    | 'downloaded'
    | 'limited'
    | 'failures',
    Counter
  >
>

function createFamilies(): Families {
  const counter = (name: string, help: string): Counter =>
    createCounter({ name: `roomkeys_${name}_total`, help })
  const name = 'roomkeys_request_seconds'
  return {
    requests: counter('requests', 'Answered requests.'),
    seconds: createHistogram({ name, help: 'Time until the head of an answer.' }, BOUNDS),
    uploaded: counter('uploaded_keys', 'Uploaded keys by what became of them.'),
    removed: counter('removed_keys', 'Keys that were removed, at once or below a tombstone.'),
    downloads: counter('downloads', 'Downloads of rooms and of whole backups by their end.'),
    downloaded: counter('downloaded_bytes', 'Bytes of downloads.'),
    limited: counter('rate_limited', 'Requests that were refused for coming too often.'),
    failures: counter('failures', 'Failures by code.'),
  }
}

function record(families: Families, event: ServerEvent): void {
  switch (event.type) {
    case 'request': {
      const { method, route } = event
      families.requests.add({ method, route, status: String(event.status) }, 1)
      families.seconds.add({ method, route }, event.milliseconds / 1000)
      return
    }
    case 'keys_uploaded':
      for (const outcome of ['inserted', 'replaced', 'kept'] as const)
        families.uploaded.add({ outcome }, event[outcome])
      return
    case 'keys_deleted':
      families.removed.add({ how: 'deleted' }, event.removedKeys)
      return
    case 'keys_purged':
      families.removed.add({ how: 'purged' }, event.keys)
      return
    case 'download_ended':
      families.downloads.add({ outcome: event.outcome }, 1)
      families.downloaded.add({}, event.bytes)
      return
    case 'rate_limited':
      families.limited.add({ limit: event.limit }, 1)
      return
    case 'failure':
      families.failures.add({ code: event.code }, 1)
      return
    case 'version_created':
    case 'version_deleted':
    case 'key_replaced':
      return
  }
}

/** Creates metrics; hand them to `createServer`, and to `listen` on a port of their own. */
export function createMetrics(): Metrics {
  const families = createFamilies()
  const text = (): string =>
    Object.values(families)
      .flatMap((family) => family.lines())
      .join('\n') + '\n'
  return {
    record: (event) => {
      record(families, event)
    },
    fetch: ({ method }) =>
      Promise.resolve(
        method === 'GET'
          ? new Response(text(), { headers: { 'content-type': TEXT_TYPE } })
          : new Response(null, { status: 405, headers: { allow: 'GET' } }),
      ),
  }
}
