/**
 * What is put into every page before its own scripts: faults that only a browser can have, and quick hands. These use
 * the app's own controls (a file in the camera's field, letters typed, buttons pressed) and believe only words and
 * pictures on the screen, like the slow hands of driver.mjs, without the quarter of a second that each real touch costs.
 */

/** A clock that can be wrong, a count of what did not fit, a line to the database. */
export function meddle() {
  const shift = () => Number(localStorage.getItem('bench.skew') ?? 0)
  const Real = Date
  const now = () => Real.now() + shift()
  globalThis.Date = class extends Real {
    constructor(...args) {
      super(...(args.length === 0 ? [now()] : args))
    }
    static now = now
  }
  // By quota, by a file that could not be written, by a connection that closes over it.
  const FULL = new Set(['QuotaExceededError', 'DataError', 'UnknownError'])
  const open = IDBFactory.prototype.open
  globalThis.benchConnections = new Set()
  IDBFactory.prototype.open = function (...args) {
    const request = open.apply(this, args)
    request.addEventListener('success', () => globalThis.benchConnections.add(request.result))
    return request
  }
  globalThis.benchFull = 0
  const transaction = IDBDatabase.prototype.transaction
  IDBDatabase.prototype.transaction = function (...args) {
    const tx = transaction.apply(this, args)
    tx.addEventListener('abort', () => (globalThis.benchFull += Number(FULL.has(tx.error?.name))))
    return tx
  }
}

/** `globalThis.hands`: acts of a quick person. Each rejects after `patience` ms without what it waits for. */
export function lendHands() {
  const MOST_MS = 20_000
  const shown = (element) => !!element?.checkVisibility()
  const all = (selector) => [...document.querySelectorAll(selector)]
  const nameOf = (element) => (element.getAttribute('aria-label') ?? element.textContent).trim()
  const named = (selector, name) => all(selector).find((one) => shown(one) && nameOf(one) === name)
  const says = (words) => all('[role=status], [role=alert], .saved').some((one) => shown(one) && one.textContent.includes(words))
  const SAVED = '已保存在本机'
  let again = 0

  /** Waits for what `find` sees; presses 再存一次 meanwhile where the app says that something was not stored. */
  async function until(find, what) {
    const end = performance.now() + MOST_MS
    for (;;) {
      const found = find()
      if (found) return found
      if (performance.now() > end) throw new Error(`no ${what} on ${location.pathname}`)
      const retry = performance.now() > again && named('button', '再存一次')
      if (retry) {
        again = performance.now() + 1_000
        retry.click()
      }
      await new Promise((resolve) => setTimeout(resolve, 12))
    }
  }
  function photograph(field, picture) {
    const roll = new DataTransfer()
    const bytes = Uint8Array.from(atob(picture), (letter) => letter.charCodeAt(0))
    roll.items.add(new File([bytes], 'photo.jpg', { type: 'image/jpeg' }))
    field.files = roll.files
    field.dispatchEvent(new Event('change', { bubbles: true }))
  }
  function type(field, text) {
    field.focus()
    field.value = text
    field.dispatchEvent(new Event('input', { bubbles: true }))
  }
  async function camera(label) {
    if (location.pathname.startsWith('/i/roll/')) (named('button', '返回') ?? named('a', '返回'))?.click()
    return until(() => all('input[type=file]').find((one) => nameOf(one) === label), `camera ${label}`)
  }
  const writing = (not) => until(() => {
    const [, id] = /^\/i\/write\/(.+)$/.exec(location.pathname) ?? []
    return id !== not && shown(document.querySelector('.hero img, .hero .unseen')) && id
  }, 'photo to write about')
  const field = (label) => {
    const found = all('label').find((one) => shown(one) && one.textContent.includes(label))
    return found && (document.getElementById(found.htmlFor) ?? found.querySelector('input, textarea'))
  }
  const rows = async (store) => {
    const db = await new Promise((resolve, reject) => {
      const request = indexedDB.open('xunjian')
      request.onerror = () => reject(request.error)
      request.onsuccess = () => resolve(request.result)
    })
    try {
      return await new Promise((resolve, reject) => {
        const request = db.transaction(store).objectStore(store).getAll()
        request.onerror = () => reject(request.error)
        request.onsuccess = () => resolve(request.result)
      })
    } finally {
      db.close()
    }
  }
  /** Words of one finding, from its first photo on the screen to the word that it is saved. */
  async function describe({ query, place, note }) {
    type(await until(() => document.querySelector('[role=searchbox], input[type=search]'), 'search'), query)
    const folded = await until(() => document.querySelector('section[aria-label="在什么位置"] [aria-expanded]'), 'place')
    if (folded.getAttribute('aria-expanded') === 'false') folded.click()
    type(await until(() => field('在什么位置'), 'words of the place'), place)
    if (note) type(await until(() => field('现场情况'), 'words of the situation'), note)
  }
  /** The page is left only when the disk has it, and the page behind then says so. */
  async function save() {
    await until(() => !says(SAVED), 'end of the last word')
    const button = await until(() => {
      const one = named('button', '保存')
      return one && !one.disabled && one.getAttribute('aria-disabled') !== 'true' && one
    }, 'button to save')
    button.click()
    await until(() => says(SAVED) && !location.pathname.startsWith('/i/write/'), 'word that it is saved')
  }
  const listed = () => all('.main li').map((li) => ({ li, id: li.querySelector('a[href^="/i/write/"]')?.getAttribute('href').slice(9) }))
  async function toRoll() {
    if (!location.pathname.startsWith('/i/roll/')) (await until(() => document.querySelector('button.unsorted'), 'unsorted photos')).click()
    await until(() => location.pathname.startsWith('/i/roll/') && listed().length > 0, 'photos on the roll')
  }
  async function rolled() {
    const photos = await rows('photos')
    return listed().map(({ id }) => ({ draft: id, hashes: photos.filter((photo) => photo.owner_id === id).map((photo) => photo.original_sha256) }))
  }
  const row = (draft) => until(() => listed().find(({ id }) => id === draft)?.li, `draft ${draft} on the roll`)

  globalThis.hands = {
    /** `in`, or where the app asks for a password: `box`, or `folded` in a strip above the page. */
    door: () =>
      until(() => {
        if (shown(document.querySelector('input[type=password]'))) return 'box'
        if (shown(document.querySelector('section[aria-label="登录已过期"] summary'))) return 'folded'
        return shown(document.querySelector('main, .main, .dock')) && !document.querySelector('.skeleton') && 'in'
      }, 'door'),
    /** One finding; `from` is `camera`, or `here` when its photo is on the screen already. */
    async capture({ pictures, from, ...words }) {
      const [first, ...more] = pictures
      if (from !== 'here') photograph(await camera('拍隐患'), first)
      await writing()
      for (const picture of more) photograph(await until(() => document.querySelector('input[type=file][aria-hidden=true]'), 'second camera'), picture)
      await describe(words)
      await save()
      return { saved: true }
    },
    /** Photographs in a row, nothing asked; then a look at the roll. Answers what the roll shows. */
    async series({ pictures }) {
      let last
      for (const [i, picture] of pictures.entries()) {
        photograph(await camera(i === 0 ? '拍隐患' : '接着拍，稍后归类'), picture)
        last = await writing(last)
      }
      ;(await until(() => named('.hero button', '关闭'), 'way back')).click()
      await toRoll()
      return rolled()
    },
    async look() {
      await toRoll()
      return rolled()
    },
    /** A draft of the roll becomes a finding. */
    async sort({ draft, ...words }) {
      await toRoll()
      const li = await row(draft)
      ;[...li.querySelectorAll('button')].find((one) => nameOf(one) === '归类').click()
      await writing()
      await describe(words)
      await save()
      return { saved: true }
    },
    async merge({ drafts }) {
      await toRoll()
      for (const draft of drafts) (await row(draft)).querySelector('[role=checkbox]').click()
      ;(await until(() => all('button').find((one) => /^\d+ 条并成一条$/.test(nameOf(one))), 'button to put together')).click()
      await until(() => !listed().some(({ id }) => id === drafts[1]), 'one row less')
      return rolled()
    },
    async drop({ draft }) {
      await toRoll()
      ;[...(await row(draft)).querySelectorAll('button')].find((one) => nameOf(one) === '删掉').click()
      await until(() => !listed().some(({ id }) => id === draft), 'row gone')
    },
    rows,
  }
}
