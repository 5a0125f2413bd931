/** Which bytes are a point of the Edwards curve (RFC 8032, section 5.1.3): OpenSSL does not say. */

const P = 2n ** 255n - 19n
const D = 37095705934669439343138083508754565189542113879843219016388785533085940283555n

/** The coordinate `y` of the points of small order. */
const SMALL_ORDER: ReadonlySet<bigint> = new Set([
  0n,
  1n,
  P - 1n,
  2707385501144840649318225287225658788936804267575313519463743609750303402022n,
  55188659117513257062467267217118295137698188065244968500265048394206261417927n,
])

/** The coordinate `y` and the sign of `x`. */
function partsOf(bytes: Uint8Array): { readonly y: bigint; readonly isOdd: boolean } {
  const number = BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`)
  return { y: BigInt.asUintN(255, number), isOdd: number >> 255n === 1n }
}

/** A power by squaring: what an exponent's bits say is no secret here. */
function power(base: bigint, exponent: bigint): bigint {
  let result = 1n
  for (const bit of exponent.toString(2)) {
    result = (result * result) % P
    if (bit === '1') result = (result * base) % P
  }
  return result
}

/** Whether bytes are the encoding of a point; `x` is a square root, and there has to be one. */
export function isPoint(bytes: Uint8Array): boolean {
  const { y, isOdd } = partsOf(bytes)
  if (y >= P) return false
  const numerator = y * y - 1n
  // Where `x` is 0, it has no other sign.
  if (numerator % P === 0n) return !isOdd
  const denominator = D * y * y + 1n
  return power((numerator * denominator) % P, (P - 1n) / 2n) === 1n
}

/** Whether an encoding is one that may vouch for a message: reduced, and not of small order. */
export function isStrong(bytes: Uint8Array): boolean {
  const { y } = partsOf(bytes)
  return y < P && !SMALL_ORDER.has(y)
}
