/** The little of Node that tests use; the app itself must not see Node's types. */
declare module 'node:crypto' {
  interface Hash {
    update(data: Uint8Array | string): Hash
    digest(form: 'hex' | 'base64url'): string
  }
  export function createHash(name: string): Hash
}
declare function setImmediate(work: () => void): unknown
declare const process: { nextTick(work: () => void): void }
