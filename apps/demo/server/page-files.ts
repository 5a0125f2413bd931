/**
 * The built page as a list of files in memory. What is not in the list does not exist: no path of a
 * request ever reaches the file system.
 */
import { readdir, readFile } from 'node:fs/promises'
import { extname, join, relative, sep } from 'node:path'
import { SECURITY_HEADERS } from './security-headers.ts'

/** A file of the page, with its headers. */
export interface PageFile {
  readonly body: Uint8Array<ArrayBuffer>
  readonly headers: Readonly<Record<string, string>>
}

/** Files by the path that asks for them. */
export type PageFiles = ReadonlyMap<string, PageFile>

const TYPES: ReadonlyMap<string, string> = new Map([
  ['.css', 'text/css; charset=utf-8'],
  ['.html', 'text/html; charset=utf-8'],
  ['.js', 'text/javascript; charset=utf-8'],
  ['.svg', 'image/svg+xml'],
])

/** The build puts a hash into these names. */
const HASHED = '/assets/'

function headersOf(path: string): PageFile['headers'] {
  return {
    ...SECURITY_HEADERS,
    'content-type': TYPES.get(extname(path)) ?? 'application/octet-stream',
    'cache-control': path.startsWith(HASHED) ? 'public, max-age=31536000, immutable' : 'no-cache',
  }
}

function notBuilt(folder: string, options?: ErrorOptions): Error {
  return new Error(`There is no built page in ${folder}; build it first`, options)
}

async function listFiles(folder: string): Promise<readonly string[]> {
  const reading = readdir(folder, { recursive: true, withFileTypes: true })
  const entries = await reading.catch((cause: unknown) => {
    throw notBuilt(folder, { cause })
  })
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
}

/**
 * Reads the built page.
 *
 * @throws Error when the folder cannot be read, or holds no `index.html`
 */
export async function loadPageFiles(folder: string): Promise<PageFiles> {
  const files = new Map<string, PageFile>()
  for (const file of await listFiles(folder)) {
    const path = `/${relative(folder, file).split(sep).join('/')}`
    files.set(path, { body: Uint8Array.from(await readFile(file)), headers: headersOf(path) })
  }
  const index = files.get('/index.html')
  if (index === undefined) throw notBuilt(folder)
  return files.set('/', index)
}

function refuse(
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(`${text}\n`, {
    status,
    headers: { ...SECURITY_HEADERS, 'content-type': 'text/plain; charset=utf-8', ...headers },
  })
}

/** Answers a request for a file of the page. */
export function servePage(files: PageFiles, { method, url }: Request): Response {
  const file = files.get(new URL(url).pathname)
  if (file === undefined) return refuse(404, 'Not found')
  if (method === 'HEAD') return new Response(null, { headers: file.headers })
  if (method !== 'GET') return refuse(405, 'Method not allowed', { allow: 'GET, HEAD' })
  return new Response(file.body, { headers: file.headers })
}
