/** The theorems of the method as numbers: measured on exact problems by the library's own routines, with pictures and a page. */

export { theoryFigure } from './figure.js'
export { checkText, theoryPage } from './page.js'
export { runTheory, type Theory, type TheoryOptions } from './run.js'
