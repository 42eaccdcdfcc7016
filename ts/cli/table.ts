/** The result table as text, in at most 110 columns: the tables of the report, and the result in a sentence. */
import type { TableRecord } from '../records/index.js'
import { blockLines, blocksOf, closing, headline, isPreliminary, measureOf, preliminaryText, wrapped } from '../report/index.js'

/** Lines of every table that the record allows; the last ones say the result. */
export function tableLines(table: TableRecord): string[] {
  const { metric } = measureOf(table)
  return [
    `${metric} after adaptation${isPreliminary(table) ? ` (${preliminaryText(table)})` : ''}`,
    '',
    ...blocksOf(table).flatMap(blockLines),
    ...wrapped('null: continued MAML run again minus the first run; not shown: the interval holds 0'),
    ...(table.improvement?.length ? wrapped('?: the interval of a probability holds one half') : []),
    ...wrapped(`intervals: paired bootstrap over ${table.bootstrap.over}`),
    '',
    ...closing(table).flatMap((text) => wrapped(text)),
    ...wrapped(headline(table))
  ]
}
