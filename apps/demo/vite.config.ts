import preact from '@preact/preset-vite'
import { defineConfig, type Plugin } from 'vite'
import { META_POLICY } from './server/security-headers.ts'

/** The policy goes with the page to servers that send no headers; in development, Vite is inline. */
const policyInPage: Plugin = {
  name: 'content-security-policy',
  apply: 'build',
  transformIndexHtml: () => [
    {
      tag: 'meta',
      attrs: { 'http-equiv': 'Content-Security-Policy', content: META_POLICY },
      injectTo: 'head-prepend',
    },
  ],
}

export default defineConfig({
  plugins: [preact(), policyInPage],
  build: { target: 'es2023', assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  server: { proxy: { '/_matrix': 'http://127.0.0.1:8008' } },
})
