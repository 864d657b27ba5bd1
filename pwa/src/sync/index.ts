/**
 * The way to the server for everything that may be written without a network. Features store a thing and its command
 * in one transaction (`write([...], (tx) => … enqueue(tx, …))`), then call {@link saved}; the engine does the rest.
 * Purpose: nothing lost, nothing twice, one bad item never blocks the others. Not its purpose: live screens of the
 * online faces (see remote/).
 */
export { resendPhoto, sendAgain } from './acts'
export { sha256 } from './browser'
export { baseMaps, dropBaseMaps, readBaseMap, wantBaseMap, type BaseMap, type BaseMaps } from './basemap'
export { fitness } from './fitness'
export { KEEP, KEEP_DAYS, returnedKey } from './chores'
export { items, type ItemState, type OutboxItem } from './items'
export { heldBy, unsentCount } from './outbox'
export { enqueue, unanswered, unsentPhotos, type NewCommand } from './outboxStore'
export { exportFile, importFile, officeKey, shareFile, type Owner } from './takeaway'
export { OutboxFileError } from './outboxFile'
export { saved, startSync, sync } from './start.svelte'
