/** Faults that somebody might build into the sync engine: a name, and the edits that make it. */
const one = (name, file, from, to) => ({ name, edits: [{ file, from, to }] })

export const MUTANTS = [
  one(
    'a copy is let go before there is a receipt',
    'sync/outboxStore.ts',
    "if (photo.state !== 'confirmed' || photo.receipt.received_at >= bytesBefore) continue",
    "if (photo.state === 'draft') continue",
  ),
  one(
    'the signature of a receipt is not looked at',
    'sync/receipts.ts',
    'if (!key || !(await signed(key, signature, signedText(candidate)))) return null',
    'if (!key) return null',
  ),
  one(
    'a receipt of another photo is accepted',
    'sync/receipts.ts',
    'if (kind !== about.kind || id !== about.id || sha256 !== about.sha256) return null',
    'if (kind !== about.kind) return null',
  ),
  one(
    'applied is believed without a receipt',
    'sync/delivery.ts',
    "} else if (receipt) answers.push({ id: row.id, status: 'applied', receipt })",
    "} else if (receipt || result.receipt) answers.push({ id: row.id, status: 'applied', receipt: receipt ?? result.receipt })",
  ),
  one(
    'an answer with no receipts at all is believed',
    'sync/delivery.ts',
    "} else if (receipt) answers.push({ id: row.id, status: 'applied', receipt })",
    "} else if (true) answers.push({ id: row.id, status: 'applied', receipt })",
  ),
  one(
    'confirmed is counted from what the phone sent',
    'sync/counters.ts',
    "if (photo.state !== 'draft') add(photo.id, photo.state === 'confirmed', 'photos')",
    "if (photo.state !== 'draft') add(photo.id, photo.sent > 0, 'photos')",
  ),
  one(
    'what was let go is counted no more',
    'sync/outboxStore.ts',
    'await keepCounts(tx, userId)\n    const bytesBefore',
    'const bytesBefore',
  ),
  one(
    'a repaired command is counted as a second one',
    'sync/acts.ts',
    'await keepCount(tx, row.user_id, row.id, next.id)',
    '',
  ),
  one(
    'no further try after a cut',
    'sync/engine.ts',
    'wait = this.#failed(error)',
    'this.#failed(error); wait = 1e15',
  ),
  one(
    'the pull never comes again',
    'sync/engine.ts',
    'this.#pullDue = this.ports.clock.ticks() + PULL_EVERY',
    'this.#pullDue = Infinity',
  ),
  one(
    'a refused command is dropped',
    'sync/outboxStore.ts',
    ": { ...common, state: 'attention', problem: answer.problem, receipt: answer.receipt },",
    ": { ...common, state: 'confirmed', problem: null, receipt: answer.receipt },",
  ),
  one(
    'a repaired command is deleted and not put back',
    'sync/acts.ts',
    "await tx.objectStore('outbox').put(next)",
    '',
  ),
  one(
    "a repaired command's photos stay with the old id",
    'sync/acts.ts',
    "await tx.objectStore('photos').put({ ...photo, command_id: next.id })",
    "await tx.objectStore('photos').put({ ...photo, state: 'draft' })",
  ),
  {
    name: "another user's queue is sent",
    edits: [
      {
        file: 'sync/outboxStore.ts',
        from: 'return rows.filter((row) => row.user_id === userId).sort((a, b) => a.seq - b.seq)',
        to: 'return rows.sort((a, b) => a.seq - b.seq)',
      },
      {
        file: 'sync/outboxStore.ts',
        from: "if (row?.state !== 'queued' || row.user_id !== userId) continue",
        to: "if (row?.state !== 'queued') continue",
      },
    ],
  },
  one(
    "another user's work stays on the screen",
    'sync/outboxStore.ts',
    'if (!row.user_id || row.user_id === userId) continue\n        const key',
    'if (row.user_id) continue\n        const key',
  ),
  one(
    'sealed work does not come back',
    'sync/outboxStore.ts',
    "for (const row of mine?.findings ?? []) await tx.objectStore('findings').put(row)",
    '',
  ),
  one(
    'an upload goes on from the wrong byte',
    'sync/uploads.ts',
    'bytes.slice(offset, end), offset',
    'bytes.slice(Math.max(0, offset - 1), end - Math.min(1, offset)), offset',
  ),
  one(
    'the offset that the server names is not heard',
    'sync/uploads.ts',
    "if (OFFSET_CODES.has(error.code) && typeof told === 'number' && ++corrections <= MOST_CORRECTIONS) {",
    "if (OFFSET_CODES.has(error.code) && typeof told === 'number' && ++corrections < 0) {",
  ),
  one(
    'photos go before their command is answered',
    'sync/outbox.ts',
    "photo.state === 'queued' && !open.has(photo.command_id ?? '') &&",
    "photo.state === 'queued' &&",
  ),
  one(
    'a command does not wait for what it uses',
    'sync/outbox.ts',
    '.filter((row) => heldBy(row, rows) === null)\n    .sort',
    '.sort',
  ),
  one(
    'one bad command holds up all others',
    'sync/engine.ts',
    'this.#batch = Math.ceil(rows.length / 2)',
    '',
  ),
  one(
    'two tabs send at once',
    'sync/leader.ts',
    'if (!locks) return { done: work(signal), place: { take: () => undefined } }',
    'return { done: work(signal), place: { take: () => undefined } }',
  ),
  one(
    'each try has a new id',
    'sync/delivery.ts',
    '      id: row.id,\n      kind: row.command,',
    '      id: row.id.slice(0, -2) + String(10 + (row.attempts % 90)),\n      kind: row.command,',
  ),
  one(
    'a wrong clock keeps a command waiting for days',
    'sync/outbox.ts',
    'return at - now > LONGEST_WAIT ? now : at',
    'return at',
  ),
  one(
    'a signed-out phone takes 401 for a refusal',
    'sync/retry.ts',
    "if (error.signedOut) return 'signed-out'",
    "if (error.signedOut) return 'refused'",
  ),
  one(
    'an app that is too old takes 426 for a refusal',
    'sync/retry.ts',
    "if (error.status === 426) return 'too-old'",
    '',
  ),
  one(
    'a revoked phone forgets what it has not sent',
    'sync/outboxStore.ts',
    "if (row.state === 'confirmed') await outbox.delete(row.id)",
    'await outbox.delete(row.id)',
  ),
  one(
    'a finding is called whole when its command is answered',
    'sync/items.ts',
    ': answered && received === photos.length',
    ': answered',
  ),
  one(
    "a file's word for a photo is a receipt",
    'sync/takeaway.ts',
    "const receipt = await genuine(receipts, json['receipt'], id, hash)",
    "const receipt = json['receipt'] as Genuine | null",
  ),
  one(
    'the office never hears of an empty queue',
    'sync/engine.ts',
    'if (this.#reported !== unsent || ticks >= this.#reportDue) return this.#push([], unsent, signal)',
    '',
  ),
]
