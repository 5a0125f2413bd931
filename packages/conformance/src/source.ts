/** Where a rule comes from. Nothing is checked that has no source. */

/** A section of the specification, a proposal, or a decision where both are silent. */
export type Source =
  | { readonly kind: 'spec'; readonly url: string }
  | { readonly kind: 'msc'; readonly number: number; readonly url: string }
  | { readonly kind: 'rfc'; readonly number: number; readonly url: string }
  | { readonly kind: 'decision'; readonly why: string }

const SPEC = 'https://spec.matrix.org/v1.19/'
const PROPOSALS = 'https://github.com/matrix-org/matrix-spec-proposals/pull/'

/** A section of the client-server API, or of another page, by the anchor of its heading. */
export function spec(anchor: string, page = 'client-server-api'): Source {
  return { kind: 'spec', url: `${SPEC}${page}/#${anchor}` }
}

/** A Matrix spec change. */
export function msc(number: number): Source {
  return { kind: 'msc', number, url: PROPOSALS + String(number) }
}

/** A section of an RFC. */
export function rfc(number: number, section: string): Source {
  return {
    kind: 'rfc',
    number,
    url: `https://www.rfc-editor.org/rfc/rfc${number}#section-${section}`,
  }
}

/** What we decided where the specification says nothing, and why. */
export function decision(why: string): Source {
  return { kind: 'decision', why }
}

/** A source in one line. */
export function sourceText(source: Source): string {
  switch (source.kind) {
    case 'spec':
      return source.url
    case 'msc':
      return `MSC${source.number} ${source.url}`
    case 'rfc':
      return `RFC ${source.number} ${source.url}`
    case 'decision':
      return `our decision: ${source.why}`
  }
}
