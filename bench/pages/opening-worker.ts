// The worker of `opening-page.ts`.
import { measure, type OpeningTask } from './opening.ts'

addEventListener('message', ({ data }: MessageEvent<OpeningTask>) => {
  void measure(data).then(
    (result) => {
      postMessage(result)
    },
    (error: unknown) => {
      reportError(error)
    },
  )
})
