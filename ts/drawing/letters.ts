/** How wide a text is, without a font to ask: by kinds of letters, as wide as any common sans-serif draws them. */

/** Widths in shares of the size of type; all other letters are as wide as a digit. */
const NARROW = 0.4
const USUAL = 0.64
const WIDE = 0.86

/** Pixels that `text` takes at `size`. */
export function textWidth(text: string, size: number): number {
  const ems = [...text].reduce((sum, letter) => {
    if (/[\s.,:;'’|!()[\]ijlIft-]/.test(letter)) return sum + NARROW
    return sum + (/[mwMW+−±=<>%@…]/.test(letter) ? WIDE : USUAL)
  }, 0)
  return Math.ceil(ems * size)
}
