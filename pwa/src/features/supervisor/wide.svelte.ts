/** Whether there is room for columns. One query for the whole face. */
const query = window.matchMedia('(min-width: 768px)')
let wide = $state(query.matches)
query.addEventListener('change', (event) => (wide = event.matches))

export const screen = {
  /** 768 px and more. Reactive. */
  get wide(): boolean {
    return wide
  },
}
