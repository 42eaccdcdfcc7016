/** Prices of stock presets: read, fetched, checked, made into markets of the addons; accounts of episodes over them. */
export { type Account, accountOf, buyAndHold, drawdown, equalWeight, type Quotes } from './accounts.js'
export { parsePrices } from './csv.js'
export { withPrices } from './experiment.js'
export type { Oddity, PriceTable, Reading } from './price-table.js'
export { fetchPrices, type GivenPrices, givenPrices, loadPrices, nativeMarket, type PriceSource, readPrices } from './prices.js'
export { SP20_SHA256, sp20File } from './sp20.js'
