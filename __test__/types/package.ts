/** The package as a consumer sees it: its declarations in a folder with a package.json. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ts from 'typescript'
import { built, root } from '../helpers.js'

/** A folder whose `node_modules` hold xmrl (declarations alone) and what it depends on; removed when the process ends. */
export function consumer(): string {
  const folder = mkdtempSync(join(tmpdir(), 'xmrl-types-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const own = join(folder, 'node_modules', 'xmrl')
  mkdirSync(own, { recursive: true })
  for (const file of ['package.json', 'index.d.ts']) cpSync(join(root, file), join(own, file))
  // Made anew only where the build is older than a source.
  if (built) cpSync(join(root, 'dist'), join(own, 'dist'), { recursive: true })
  else declarations(join(own, 'dist'))
  for (const name of ['zod', 'yaml', 'commander', 'vega', 'vega-lite', 'csv-parse', 'cli-progress'])
    symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name))
  return folder
}

/** Writes the declarations of ts/index.ts, as the build does. */
function declarations(outDir: string): void {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.build.json'), ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root)
  const emit = { ...options, outDir, emitDeclarationOnly: true, noCheck: true, sourceMap: false }
  const { emitSkipped, diagnostics } = ts.createProgram([join(root, 'ts', 'index.ts')], emit).emit()
  if (emitSkipped || diagnostics.length > 0) throw new Error(ts.formatDiagnostics(diagnostics, host))
}

const host: ts.FormatDiagnosticsHost = { getCanonicalFileName: (name) => name, getCurrentDirectory: () => root, getNewLine: () => '\n' }

/** What the compiler says of a file of a consumer. */
export function complaints(file: string, options: ts.CompilerOptions): string[] {
  const program = ts.createProgram([file], { noEmit: true, strict: true, ...options })
  return ts.getPreEmitDiagnostics(program).map(({ messageText, file: at, start }) => {
    const line = at && start !== undefined ? at.getLineAndCharacterOfPosition(start).line + 1 : 0
    return `${at?.fileName.split('/').slice(-2).join('/') ?? ''}:${line} ${ts.flattenDiagnosticMessageText(messageText, '\n')}`
  })
}
