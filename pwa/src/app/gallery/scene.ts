/** A drawn street with (0) and without (1) four stone balls, as data for the gallery's photo parts. */
export function scene(cleared: 0 | 1): string {
  const balls = [150, 205, 260, 315]
    .map(
      (x) =>
        `<circle cx="${x}" cy="205" r="24" fill="#b9b4a8"/><rect x="${x - 16}" y="226" width="32" height="12" fill="#77736a"/>`,
    )
    .join('')
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 480 300">
<rect width="480" height="300" fill="#cfc7b2"/><path d="M0 0h160v190L0 250zM480 0H320v190l160 60z" fill="#8f8775"/>
<path d="M200 160h80l150 140H50z" fill="#3b3f42"/><path d="M160 150h160v14H160z" fill="#93291f"/>
<circle cx="185" cy="120" r="34" fill="#3f5a35"/><circle cx="310" cy="118" r="30" fill="#3f5a35"/>${cleared ? '' : balls}</svg>`
  return `data:image/svg+xml,${encodeURIComponent(svg)}`
}
