/** Whether there is room for the list and a notice beside each other. */
const query = typeof matchMedia === 'undefined' ? null : matchMedia('(min-width: 1024px)')
let matches = $state(query?.matches ?? false)
query?.addEventListener('change', (event) => (matches = event.matches))

export const wide = {
  get on(): boolean {
    return matches
  },
}
