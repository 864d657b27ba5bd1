/** Light or dark: the system's wish unless this device chose otherwise; one tap changes it. */

export type ThemeChoice = 'system' | 'light' | 'dark'

const KEY = 'xunjian.theme'
const GROUND = { light: '#F1F4F3', dark: '#0B1110' }
const system = window.matchMedia('(prefers-color-scheme: dark)')

let choice = $state<ThemeChoice>(saved())
let systemDark = $state(system.matches)

function saved(): ThemeChoice {
  try {
    const value = localStorage.getItem(KEY)
    return value === 'light' || value === 'dark' ? value : 'system'
  } catch {
    return 'system'
  }
}

function shown(): 'light' | 'dark' {
  return choice === 'system' ? (systemDark ? 'dark' : 'light') : choice
}

/** Puts the theme on the document; called once before the first paint, and after each change. */
export function applyTheme(): void {
  document.documentElement.dataset.theme = shown()
  document.querySelector('meta[name="theme-color"]')?.setAttribute('content', GROUND[shown()])
}

system.addEventListener('change', (event) => {
  systemDark = event.matches
  applyTheme()
})

export const theme = {
  get choice(): ThemeChoice {
    return choice
  },
  get shown(): 'light' | 'dark' {
    return shown()
  },
  set(next: ThemeChoice): void {
    choice = next
    try {
      if (next === 'system') localStorage.removeItem(KEY)
      else localStorage.setItem(KEY, next)
    } catch {
      // Not remembered, still shown.
    }
    applyTheme()
  },
  /** To the other one than shown. */
  flip(): void {
    theme.set(shown() === 'dark' ? 'light' : 'dark')
  },
}
