/** What became of the keys of each room. */
import type { JSX } from 'preact'
import { written } from '../counted.ts'
import type { RoomResult } from '../restored.ts'
import { ShowMore } from './show-more.tsx'
import { useShown } from './use-shown.ts'

function RoomRow({ roomId, opened, failed }: RoomResult): JSX.Element {
  return (
    <tr>
      <th scope="row">
        <bdi>{roomId}</bdi>
      </th>
      <td>{written(opened)}</td>
      <td class={failed > 0 ? 'bad' : 'none'}>{written(failed)}</td>
    </tr>
  )
}

/** A row for each room; nothing when there is none. */
export function RoomTable({
  rooms,
}: {
  readonly rooms: readonly RoomResult[]
}): JSX.Element | null {
  const { items, hidden, showMore } = useShown(rooms)
  if (rooms.length === 0) return null
  return (
    <section>
      <h3 id="rooms">Keys by room</h3>
      <table aria-labelledby="rooms">
        <thead>
          <tr>
            <th scope="col">Room</th>
            <th scope="col">Opened</th>
            <th scope="col">Failed</th>
          </tr>
        </thead>
        <tbody>
          {items.map((room) => (
            <RoomRow key={room.roomId} {...room} />
          ))}
        </tbody>
      </table>
      <ShowMore hidden={hidden} onClick={showMore} />
    </section>
  )
}
