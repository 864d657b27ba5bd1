/**
 * The server as the online faces see it (supervisor, firm, administrator): live reads and acts that make no sense
 * without a network. The inspector's features may not import this; they write through the outbox.
 */
export { get, lastContactAt, onContact, post, request, type Answer, type Options } from '../api/client'
export { ApiProblem, NetworkError } from '../api/problem'
export { poll, type Poll } from './poll.svelte'
export { commander } from './command'
