/** What the kit has for Node: requests as they are, and registration with a shared secret. */
export { httpTransport } from './http-transport.node.ts'
export { sharedSecretRegistration } from './users/shared-secret.node.ts'
