/** Hands users to cases, one case after the other, so that no two cases wait for each other's users. */
import type { Wire } from '../client.ts'
import { NotApplicable } from '../errors.ts'
import type { TestUser, UserFactory } from './factory.ts'

/** The users of a run. */
export interface UserPool {
  /** Whether users come from somebody, who may have a use for them. */
  readonly given: boolean
  /**
   * Users for one case.
   *
   * @throws NotApplicable when the factory has fewer
   */
  readonly take: (count: number, name: string) => Promise<readonly TestUser[]>
  readonly giveBack: (users: readonly TestUser[]) => void
}

async function createUsers(
  factory: UserFactory,
  wire: Wire,
  names: readonly string[],
): Promise<readonly TestUser[]> {
  const users: TestUser[] = []
  try {
    for (const name of names) users.push(await factory.createUser({ name, wire }))
    return users
  } catch (error) {
    for (const user of users) factory.releaseUser?.(user)
    throw error
  }
}

/** Creates a pool over a factory. */
export function createUserPool(factory: UserFactory, wire: Wire): UserPool {
  const { capacity = Number.POSITIVE_INFINITY, origin = 'created' } = factory
  let turn: Promise<unknown> = Promise.resolve()
  const inTurn = (names: readonly string[]): Promise<readonly TestUser[]> => {
    const taken = turn.then(() => createUsers(factory, wire, names))
    turn = taken.catch(() => undefined)
    return taken
  }
  return {
    given: origin === 'given',
    take: (count, name) => {
      if (count > capacity)
        throw new NotApplicable(`${count} users are needed, ${capacity} are given`)
      const names = Array.from({ length: count }, (_, i) => `${name}-${i + 1}`)
      return factory.capacity === undefined ? createUsers(factory, wire, names) : inTurn(names)
    },
    giveBack: (users) => {
      for (const user of users) factory.releaseUser?.(user)
    },
  }
}
