// What a power cut may leave: a model of a file system in which data and names become durable only when they are synced. Operations that
// the layer noted are put in one after the other; at any of them the machine may stop, and `image` gives the tree that the next boot finds.
import { mkdirSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'

/**
 * What survives besides what was synced.
 * - `all`: everything, as after kill -9.
 * - `synced`: nothing.
 * - `names`: names do, data does not: files are as they were synced last, new ones empty.
 * - `zeros`: names and lengths do, data does not: what was not synced reads as zeros.
 * - `data`: data does, names do not: files are where they were when their folder was last synced.
 */
export const MODELS = ['all', 'synced', 'names', 'zeros', 'data']

const folder = () => ({ entries: new Map(), synced: new Map() })
const file = () => ({ data: Buffer.alloc(0), synced: Buffer.alloc(0) })

/** The disk under one folder, which is there and durable. */
export class Disk {
  #top
  #root = folder()

  constructor(top) {
    this.#top = top
  }

  /** Puts one noted operation in. */
  apply({ call, path, to, data, at, made, truncates }) {
    const parent = this.#find(dirname(path))
    const name = basename(path)
    const node = this.#find(path)
    if (call === 'openSync') {
      if (made) parent.entries.set(name, file())
      else if (truncates) node.data = Buffer.alloc(0)
    } else if (call === 'writeSync') {
      // A file that was removed while it was open.
      if (node === undefined) return
      const from = at ?? node.data.length
      const longer = Buffer.alloc(Math.max(node.data.length, from + data.length))
      node.data.copy(longer)
      data.copy(longer, from)
      node.data = longer
    } else if (call === 'ftruncateSync') {
      if (node !== undefined) node.data = node.data.subarray(0, at)
    } else if (call === 'fsyncSync') {
      if (node?.entries === undefined) node.synced = node.data
      else node.synced = new Map(node.entries)
    } else if (call === 'mkdirSync') parent.entries.set(name, folder())
    else if (call === 'rmSync') parent?.entries.delete(name)
    else if (call === 'linkSync') this.#find(dirname(to)).entries.set(basename(to), node)
    else if (call === 'renameSync') {
      this.#find(dirname(to)).entries.set(basename(to), node)
      parent.entries.delete(name)
    }
  }

  /** Whether a path is there for whoever works on. */
  has(path) {
    return this.#find(path) !== undefined
  }

  /** Writes what a boot after a power cut finds into an empty folder. */
  image(model, into) {
    const write = (node, place) => {
      if (node.entries === undefined) return writeFileSync(place, content(node, model))
      mkdirSync(place, { recursive: true })
      const entries = model === 'synced' || model === 'data' ? node.synced : node.entries
      for (const [name, child] of entries) write(child, join(place, name))
    }
    write(this.#root, into)
  }

  #find(path) {
    const names = relative(this.#top, path)
      .split('/')
      .filter((name) => name !== '')
    return names.reduce((node, name) => node?.entries?.get(name), this.#root)
  }
}

function content({ data, synced }, model) {
  if (model === 'all' || model === 'data') return data
  if (model !== 'zeros' || synced.length >= data.length) return synced
  return Buffer.concat([synced, Buffer.alloc(data.length - synced.length)])
}
