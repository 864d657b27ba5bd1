import svelte from 'eslint-plugin-svelte'
import ts from 'typescript-eslint'
import svelteConfig from './svelte.config.js'

/** One wall of the house: files under `from` may not import what matches `groups`. */
function wall(from, message, groups, ignores = []) {
  return {
    files: from.flatMap((dir) => [`${dir}/**/*.ts`, `${dir}/**/*.svelte`]),
    ignores: ['**/*.test.ts', ...ignores],
    rules: { 'no-restricted-imports': ['error', { patterns: [{ group: groups, message }] }] },
  }
}

const ours = ['app', 'api', 'db', 'sync', 'capture', 'features', 'ui', 'i18n', 'remote']
const dirs = (...names) => names.flatMap((name) => [`**/${name}`, `**/${name}/**`])

export default ts.config(
  { ignores: ['dist', 'node_modules', 'src/api/generated', 'test-results', 'playwright-report'] },
  ...ts.configs.recommended,
  ...svelte.configs.recommended,
  {
    files: ['**/*.ts', '**/*.svelte', '**/*.svelte.ts'],
    languageOptions: {
      parserOptions: {
        project: ['./tsconfig.json', './tsconfig.sw.json', './tsconfig.node.json'],
        tsconfigRootDir: import.meta.dirname,
        extraFileExtensions: ['.svelte'],
        parser: ts.parser,
        svelteConfig,
      },
    },
    rules: {
      // A rejected IndexedDB write that nobody awaits is a finding lost in silence.
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      'no-restricted-globals': [
        'error',
        { name: 'indexedDB', message: 'Only src/db names IndexedDB.' },
        { name: 'structuredClone', message: 'Chrome 90 has no structuredClone.' },
      ],
      // Links are plain; the router catches clicks on them.
      'svelte/no-navigation-without-resolve': 'off',
      'svelte/require-each-key': 'error',
      // State is replaced, not mutated: plain Set, Map and URL inside a function are what is meant.
      'svelte/prefer-svelte-reactivity': 'off',
      'no-console': ['error', { allow: ['warn', 'error'] }],
    },
  },
  // Tests look into the database from outside, to see what really stands there.
  {
    files: ['src/db/**', '**/*.test.ts', 'e2e/shell.spec.ts', 'e2e/devices.spec.ts', 'e2e/originals.spec.ts'],
    rules: { 'no-restricted-globals': 'off' },
  },
  { files: ['scripts/**'], rules: { 'no-console': 'off' } },
  wall(['src/domain'], 'domain is pure: it imports nothing of ours.', dirs(...ours)),
  wall(['src/ui'], 'ui knows nothing of the domain: labels and states come in as props.', [
    ...dirs('app', 'api', 'db', 'sync', 'capture', 'features', 'remote', 'domain'),
  ]),
  wall(
    ['src/features'],
    'features never import api (use db and sync, or remote for online screens), nor the inside of app, nor idb.',
    [
      '**/api',
      '**/api/**',
      'idb',
      '**/app/**',
      '!**/app/router.svelte',
      '!**/app/busy.svelte',
      '!**/app/session.svelte',
      '!**/app/theme.svelte',
      '!**/app/ThemeSwitch.svelte',
      '!**/app/LanguageSwitch.svelte',
    ],
  ),
  // The inspector's path lives without a network: only sync may talk to the server there.
  wall(
    ['src/features/inspector'],
    'the inspector works offline: read from db, write through sync; no api and no remote here.',
    [
      '**/api',
      '**/api/**',
      'idb',
      ...dirs('remote'),
      '**/app/**',
      '!**/app/router.svelte',
      '!**/app/busy.svelte',
      '!**/app/session.svelte',
      '!**/app/theme.svelte',
      '!**/app/ThemeSwitch.svelte',
      '!**/app/LanguageSwitch.svelte',
    ],
  ),
  wall(['src/app', 'src/sync', 'src/capture', 'src/remote', 'src/api'], 'Only src/db names IndexedDB.', [
    'idb',
  ]),
  wall(
    ['src/db'],
    'db stands below everything but domain.',
    dirs('app', 'api', 'sync', 'capture', 'features', 'ui', 'remote'),
  ),
)
