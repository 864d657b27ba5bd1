/** Composition root: theme before the first paint, then the shell; everything else is asked for when it is needed. */
import './ui/tokens.css'
import './ui/base.css'
import { mount } from 'svelte'
import App from './app/App.svelte'
import { faceAt, faces } from './app/faces'
import { applyTheme } from './app/theme.svelte'
import { registerServiceWorker } from './app/update.svelte'
import { database } from './db'
import { restoreLanguage } from './i18n/index.svelte'

async function start(): Promise<void> {
  applyTheme()
  // The slowest of the start on a cold phone; whoever asks first meets it open or opening.
  database().catch(() => undefined)
  // The code of the face that the address names comes while the database is still being asked who is here.
  faceAt(faces, location.pathname)
    ?.load()
    .catch(() => undefined)
  await restoreLanguage()
  mount(App, { target: document.getElementById('app')! })
  await registerServiceWorker()
}

void start().catch((error: unknown) => console.error(error))
