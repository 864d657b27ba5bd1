import { serve } from './server'

/** Starts the program once for all tests; what it returns stops it. */
export default async function setup(): Promise<() => Promise<void>> {
  const server = await serve()
  process.env['BASE_URL'] = server.url
  return server.stop
}
