/** Where a request came from, as far as rates are counted by it. */

/** What is known of whoever sent a request beside the request itself. */
export interface ClientInfo {
  /** A key for the address, from {@link addressKey}; absent where none is known. */
  readonly address?: string
}

const MAPPED_IPV4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i
/** Whoever has one IPv6 address usually has 2^64 of them. */
const NETWORK_GROUPS = 4
const ALL_GROUPS = 8

function groupsOf(part: string): readonly string[] {
  return part === '' ? [] : part.split(':')
}

/** The first four groups, with what `::` stands for written out. */
function networkOf(address: string): string {
  const [before = '', after] = address.toLowerCase().replace(/%.*$/, '').split('::')
  const [front, back] = [groupsOf(before), groupsOf(after ?? '')]
  const zeros = after === undefined ? 0 : Math.max(0, ALL_GROUPS - front.length - back.length)
  const groups = [...front, ...Array.from({ length: zeros }, () => '0'), ...back]
  return groups
    .slice(0, NETWORK_GROUPS)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')
}

/** The address to count by: an IPv4 address as it is, an IPv6 address by its /64. */
export function addressKey(address: string): string {
  const mapped = MAPPED_IPV4.exec(address)?.[1]
  if (mapped !== undefined) return mapped
  return address.includes(':') ? networkOf(address) : address
}
