/** Tables that other programs wrote: bytes to text, text to rows with their lines, cells to numbers. */
export { decimalsOf, numberOf } from './numbers.js'
export { type Delimiter, type Row, rowsOf } from './rows.js'
export { shown, textOf } from './text.js'
