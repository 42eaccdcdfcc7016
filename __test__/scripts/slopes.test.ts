/** Powers by which something grows: made ones are found again. */
import test from 'ava'

type Points = readonly (readonly number[])[]
const { line, powers } = (await import(new URL('../../scripts/bench/slopes.mjs', import.meta.url).href)) as {
  line(points: Points): { slope: number; intercept: number }
  powers(points: Points): { all: number; last: number }
}

test('a power is found as it was made, and a constant part weighs least at the end', (t) => {
  for (const power of [-1, 0.5, 1, 2]) {
    const { all, last } = powers([8, 1, 64, 2].map((x) => [x, 3 * x ** power]))
    t.true(Math.abs(all - power) < 1e-12 && Math.abs(last - power) < 1e-12, `${power}: ${all} ${last}`)
  }
  // 10 + x: from 1 to 100 far below linear, between the last two (50, 100) log(110 / 60) / log 2.
  const { all, last } = powers([100, 1, 50, 10].map((x) => [x, 10 + x]))
  t.true(all > 0.3 && all < last && Math.abs(last - Math.log2(110 / 60)) < 1e-12, `${all} ${last}`)
})

test('a line is the least-squares one', (t) => {
  // Worked by hand: means 2 and 3; slope (1·1 + 1·2) / 2.
  const { slope, intercept } = line([
    [1, 2],
    [2, 2],
    [3, 5]
  ])
  t.deepEqual([slope, intercept], [1.5, 0])
})
