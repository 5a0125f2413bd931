/** The page: the store, and its screen. */
import { render } from 'preact'
import { App } from './components/app.tsx'
import { createStore } from './store.ts'
import './style.css'

const root = document.querySelector('#app')
if (root === null) throw new TypeError('The page has no element #app')

const store = createStore((state) => {
  render(<App state={state} actions={store.actions} />, root)
})
render(<App state={store.state()} actions={store.actions} />, root)
