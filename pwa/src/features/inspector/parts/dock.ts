/**
 * A bar that sticks to the bottom lets go when it would cover more than two fifths of the screen, as it does with the
 * system font at 200 %: then it stands below the content and everything can be scrolled to.
 */
export function dock(element: HTMLElement): { destroy(): void } {
  const fit = (): void => {
    const covers = element.offsetHeight > window.innerHeight * 0.4
    element.style.position = covers ? 'static' : ''
  }
  const watch = new ResizeObserver(fit)
  watch.observe(element)
  window.addEventListener('resize', fit)
  fit()
  return {
    destroy() {
      watch.disconnect()
      window.removeEventListener('resize', fit)
    },
  }
}
