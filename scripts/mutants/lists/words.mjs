// Mutants of how specifications are read and shown, and of what a run ends with.
const MEANT = { file: 'ts/spec/meant.ts', tests: ['__test__/spec/yaml.test.ts'] }
const COMMENTED = { file: 'ts/spec/commented.ts', tests: ['__test__/spec/commented.test.ts'] }
const HEADLINE = { file: 'ts/report/headline.ts', tests: ['__test__/cli/ending.test.ts'] }
const ENDING = { file: 'ts/cli/ending.ts', tests: ['__test__/cli/ending.test.ts'] }

export const WORDS = [
  {
    name: 'meant: a word is its value wherever it stands',
    why: 'where a text is wanted, `on` and 2024_01 are texts',
    ...MEANT,
    from: 'return «wants(path, typeof value.value)» ? value.value',
    to: 'true'
  },
  {
    name: 'meant: only true and false are looked for',
    why: 'a key may take a number',
    ...MEANT,
    from: 'some(({ def }) => «def?.type === type» || def?.values',
    to: "def?.type === 'boolean'"
  },
  {
    name: 'commented: every value is called the default',
    why: 'a reader must see what a preset changes',
    ...COMMENTED,
    from: 'if («isDeepStrictEqual(value, key.default)») return',
    to: 'true'
  },
  {
    name: 'ending: shown whatever the null says',
    why: 'two runs of nothing new that differ by as much take away what an interval seems to show',
    ...HEADLINE,
    from: 'shown: judged.shown && «!drowned» && !favouredNothing(table, arm)',
    to: 'true'
  },
  {
    name: 'ending: one seed is called shown',
    why: 'one seed cannot say whether it repeats',
    ...HEADLINE,
    from: "const first = «count === 1» ? 'One seed'",
    to: 'false'
  },
  {
    name: 'ending: every arm has its row',
    why: 'an ending is read at once',
    ...ENDING,
    from: 'while (arms < table.rows.length && «fixed(beside, arms + 1).length < MOST») arms++',
    to: 'true'
  }
]
