/**
 * Taken in by the public API for what it does: without the addon nothing there works, and the import says so, not the middle of a
 * script. The command line does without, since `xmrl doctor` has to say what is missing.
 */
import { requireAddon } from './native.js'

requireAddon()
