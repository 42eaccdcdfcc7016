/** A stranger reads the page: what comes first, which words are explained, which task is which, what a picture says without being seen. */
import test from 'ava'
import { raw } from '../../ts/drawing/index.js'
import { renderReport, reportFigures } from '../../ts/report/index.js'
import { TERMS, textOf } from '../../ts/report/terms.js'
import { bodyRun } from './bodies.js'
import { syntheticRun } from './synthetic.js'
import { toldRun } from './told.js'

const decoded = (text: string) => text.replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
const unfolded = (page: string): string => {
  const inner = page.replace(/<details[^>]*>(?:(?!<details)[\s\S])*?<\/details>/g, '')
  return inner === page ? page : unfolded(inner)
}

/** Pages of runs that differ in what they have: seeds, a verdict, a score, the method. */
const PAGES = {
  seeds: async () => renderReport(syntheticRun([0, 1], 12)),
  told: async () => renderReport(toldRun(['repair', 'spread'], 12)),
  body: async () => renderReport(bodyRun('cheetah')),
  ant: async () => renderReport(bodyRun('ant')),
  early: async () => {
    const run = syntheticRun([0], 12)
    const { tasks, poor, evaluations } = run.seeds[0].records
    const records = { tasks, poor, evaluations: { theta_0: evaluations.theta_0 }, arms: {} }
    return renderReport({ ...run, table: undefined, seeds: [{ seed: 0, records }] })
  }
}

test('first what happened, then which tasks, why, what was done, what it did; tables only in folds', async (t) => {
  const html = await PAGES.seeds()
  const order = [
    'class="headline"',
    'class="answers"',
    ...['result', 'poor', 'why', 'done', 'effect', 'tables', 'terms', 'made'].map((id) => `<section id="${id}"`)
  ]
  const at = order.map((mark) => html.indexOf(mark))
  t.deepEqual(
    at,
    [...at].sort((a, b) => a - b),
    order.join(' ')
  )
  t.true(at[0] > 0)
  t.false(unfolded(html).includes('<table'))
  t.true(html.split('<table').length > 10)
  t.false(unfolded(html).includes('id="curves"'), 'levels while training are folded')
  for (const [, id] of html.matchAll(/<a href="#([^"]+)"/g)) t.true(html.includes(` id="${id}"`), `a link to ${id} leads somewhere`)
})

for (const [name, page] of Object.entries(PAGES)) {
  test(`every word is explained where it first stands: ${name}`, async (t) => {
    const html = await page()
    // Blocks in reading order: up to the first words, then each list of words with what it stands above or below.
    const blocks = html.slice(html.indexOf('<p class="headline">')).split(/(?=<section |<details|<div class="answers">|<nav )/)
    const words = /<p class="words">[\s\S]*?<\/p>/g
    const spoken = blocks.map((block) =>
      decoded(
        textOf(
          raw(
            block
              .replace(words, ' ')
              .replace(/<dl class="terms[\s\S]*?<\/dl>/g, ' ')
              .replace(/<pre>[\s\S]*?<\/pre>/g, ' ')
          )
        )
      )
    )
    const explained = blocks.map((block) => decoded(textOf(raw((block.match(words) ?? []).join(' ')))).replace(/\s+:/g, ':'))
    let met = 0
    for (const { name: term, pattern, half } of TERMS) {
      const first = spoken.findIndex((text, at) => pattern.test(text) && !/^<(?:nav|section id="terms")/.test(blocks[at]))
      if (first < 0) continue
      met += 1
      const where = explained.findIndex((text) => text.includes(`${term}: ${half}.`))
      // Words of the cards stand under them, those of a section above its folds.
      t.true(where >= 0 && where <= first, `${term}: first said in block ${first} (${spoken[first].match(pattern)}), explained in ${where}`)
    }
    t.true(met > 5)
  })
}

test('every arm of the table has its description, every term that is met a sentence', async (t) => {
  const html = await PAGES.seeds()
  const list = html.slice(html.indexOf('<section id="terms"'), html.indexOf('<section id="made"'))
  for (const arm of ['xmrl', 'maml', 'maml-null', 'ma', 'oracle'])
    t.regex(list, new RegExp(`(?:<code>${arm}</code>|>${arm})</dt><dd>[^<]{10,}`), arm)
  const linked = new Set([...html.matchAll(/href="#term-([^"]+)"/g)].map(([, id]) => id))
  t.true(linked.size > 15)
  for (const id of linked) t.regex(list, new RegExp(`<dt id="term-${id}">[^<]+</dt><dd>[^<]{40,}`), id)
})

test('every task is in the table by its number, with its parameters, whether it is poor, before and after', async (t) => {
  const run = syntheticRun([0, 1], 12)
  const [{ records }] = run.seeds
  const html = await renderReport(run)
  const row = (pool: string, id: number) => {
    const [, cells = ''] = new RegExp(`<tr id="${pool}-${id}">(.*?)</tr>`).exec(html) ?? []
    return [...cells.matchAll(/<t[hd][^>]*>([^<]*)<\/t[hd]>/g)].map(([, cell]) => cell)
  }
  for (const pool of ['evaluation', 'heldOut', 'training'] as const) {
    for (const [id, task] of (records.tasks?.pools[pool].values ?? []).entries()) {
      t.deepEqual(row(pool, id).slice(0, 3), [String(id), task[0].toFixed(2), task[1].toFixed(2)])
    }
  }
  const poor = records.poor?.heldOut ?? []
  const success = (arm: string) => records.evaluations[arm].pools.heldOut.streams.at(-1)?.success?.[poor[0]].toFixed(2)
  const cells = row('heldOut', poor[0])
  t.is(cells[4], 'poor')
  t.deepEqual([cells[5], cells[6], cells[8]], [success('theta_0'), success('xmrl'), success('maml')])
  const other = [0, 1, 2].find((id) => !poor.includes(id)) ?? 0
  t.is(row('heldOut', other)[4], '')
  const [critical] = records.explanation?.critical ?? []
  t.true(row('training', critical).includes('critical'))
  t.regex(html, /<th scope="col">success before<\/th>/)
})

test('every picture says its result in a sentence of its own, with a figure', async (t) => {
  for (const run of [toldRun(['repair'], 12), bodyRun('cheetah'), bodyRun('ant'), syntheticRun([0, 1], 12)]) {
    const figures = await reportFigures(run.seeds, undefined, run.table)
    for (const [name, { svg, title }] of Object.entries(figures)) {
      const said = svg.map((picture: string) => decoded(/^<svg role="img" aria-label="([^"]+)"/.exec(picture)?.[1] ?? ''))
      for (const text of said) {
        t.regex(text, /^.{20,}[.]$/, name)
        t.regex(text, /\d|uniform/, name)
        t.notRegex(text, /NaN|undefined|Infinity/, name)
        t.not(text, title)
      }
      if (name !== 'map') t.is(new Set(said).size, said.length, `${name}: no two panels say the same`)
    }
  }
})

test('the sentences are those of the data: poor tasks, falls, gains with their intervals', async (t) => {
  const run = syntheticRun([0, 1], 12)
  const [{ records }] = run.seeds
  const { returns, dumbbells, gains } = await reportFigures(run.seeds, undefined, run.table)
  const label = (svg = '') => decoded(/aria-label="([^"]+)"/.exec(svg)?.[1] ?? '')
  const streams = records.evaluations.theta_0.pools.evaluation.streams.slice(0, 2)
  const poor = records.poor?.evaluation ?? []
  const mean = poor.reduce((sum, id) => sum + (streams[0].returns[id] + streams[1].returns[id]) / 2, 0) / poor.length
  t.true(
    label(returns?.svg[0]).includes(`the ${poor.length} poor tasks have ${mean.toFixed(2).replace('-', '−')} on average`),
    label(returns?.svg[0])
  )
  const [before, after] = ['theta_0', 'xmrl'].map((arm) => records.evaluations[arm].pools.evaluation.streams.at(-1)?.success ?? [])
  const worse = before.filter((value, id) => value - after[id] > 0.05 + 1e-9).length
  t.regex(label(dumbbells?.svg[0]), new RegExp(`and ${worse} got worse`))
  const row = run.table?.rows.find(({ arm, pool, group, metric }) => `${arm} ${pool} ${group} ${metric}` === 'xmrl both poor success')
  const written = (value = 0) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`
  const interval = `${written(row?.overMaml?.gain)} [${written(row?.overMaml?.low)}, ${written(row?.overMaml?.high)}]`
  t.true(label(gains?.svg[0]).includes(`XMRL ${interval}`), interval)
  t.true(decoded(gains?.svg[0] ?? '').includes(`>${interval}<`), 'and in the picture, to be read without a pointer')
})

test('no interval hides in a title attribute; every head of a table has its scope; tables have names', async (t) => {
  for (const page of Object.values(PAGES)) {
    const html = await page()
    t.false(/ title="/.test(html))
    t.false(/<th(?! scope="(?:col|row)")[ >]/.test(html))
    t.is(html.match(/<table class="[^"]*" aria-label="[^"]+"/g)?.length ?? 0, html.match(/<table/g)?.length ?? 0)
    t.false(html.includes('<caption'), 'titles stand outside of what scrolls')
  }
})

test('at 420 pixels no type of a picture is below 10 pixels', async (t) => {
  let pictures = 0
  for (const page of Object.values(PAGES)) {
    const html = await page()
    for (const [, least, most, rest] of html.matchAll(/style="min-width:([\d.]+)px;max-width:([\d.]+)px"([\s\S]*?)<\/svg>/g)) {
      const sizes = [...rest.matchAll(/font-size="([\d.]+)/g)].map(([, size]) => Number(size))
      t.true(sizes.length > 0)
      // A picture is never narrower than its least width: the box around it scrolls. A screen of 420 pixels leaves 390 for it, of 400 370.
      const wide = Math.max(Number(least), Math.min(390, Number(most)))
      t.true((Math.min(...sizes) * wide) / Number(most) >= 10, `${least} of ${most}`)
      if (Number(least) <= 390) t.true(Number(least) <= 345, `${least}: all of it is seen on 375 pixels, or it scrolls`)
      pictures += 1
    }
  }
  t.true(pictures > 60, String(pictures))
})

test('what of twenty intervals one does by chance is said beside them, with their number', async (t) => {
  const html = await PAGES.seeds()
  // Four arms beside continued MAML, two groups.
  t.regex(html, /one interval in twenty leaves 0 out by chance alone; here are 8 of them/)
})

test('the flights shown are the worst served and the most changed task, each with how it was picked; old records hold one', async (t) => {
  const run = syntheticRun([0], 12)
  const { episodes, changed } = await reportFigures(run.seeds, undefined, run.table)
  t.regex(episodes?.title ?? '', /^The worst served task: evaluation task \d+ \(goal_x \d/)
  t.regex(episodes?.caption ?? '', /^Picked before the repair: .* success over all query episodes: 0\.31 before, 0\.86 after XMRL\./)
  t.regex(changed?.title ?? '', /^The most changed task: evaluation task \d+/)
  t.regex(changed?.caption ?? '', /^Picked after the repair: .*larger than another try would give.* 0\.12 before, 0\.95 after XMRL\./)
  const [{ records }] = run.seeds
  const { mostChanged: _, arm: _arm, success: _success, worstChangedMost: _worst, ...old } = records.episodes!
  const before = await reportFigures([{ seed: 0, records: { ...records, episodes: old } }])
  t.is(before.changed, undefined)
  t.regex(before.episodes?.caption ?? '', /^Picked before the repair/)
  const same = await reportFigures([{ seed: 0, records: { ...records, episodes: { ...old, worstChangedMost: true } } }])
  t.regex(same.episodes?.caption ?? '', /No task of the evaluation pool changed more\./)
})
