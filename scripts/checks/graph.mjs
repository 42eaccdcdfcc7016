// Circles of a graph.

/**
 * Its circles: for every strongly connected part of two nodes or more, the nodes, sorted, and one shortest way round.
 * @param {Map<string, Iterable<string>>} edges node → nodes it uses; a node without an entry uses none
 * @returns {{ nodes: string[], way: string[] }[]} `way` begins and ends with the same node
 */
export function circles(edges) {
  return parts(edges)
    .filter((nodes) => nodes.length > 1)
    .map((nodes) => ({ nodes: nodes.sort(), way: shortest(edges, new Set(nodes)) }))
    .sort((a, b) => (a.nodes[0] < b.nodes[0] ? -1 : 1))
}

/**
 * Tarjan's strongly connected parts.
 * @param {Map<string, Iterable<string>>} edges
 */
function parts(edges) {
  /** @type {Map<string, number>} */
  const order = new Map()
  /** @type {Map<string, number>} */
  const low = new Map()
  /** @type {string[]} */
  const stack = []
  const open = new Set()
  /** @type {string[][]} */
  const found = []
  /** @param {string} node */
  const visit = (node) => {
    order.set(node, order.size)
    let least = order.size - 1
    stack.push(node)
    open.add(node)
    for (const next of edges.get(node) ?? []) {
      if (!order.has(next)) least = Math.min(least, visit(next))
      else if (open.has(next)) least = Math.min(least, order.get(next) ?? least)
    }
    low.set(node, least)
    if (least === order.get(node)) {
      const part = stack.splice(stack.indexOf(node))
      for (const each of part) open.delete(each)
      found.push(part)
    }
    return least
  }
  for (const node of edges.keys()) if (!order.has(node)) visit(node)
  return found
}

/**
 * A shortest way round inside `nodes`, from the first of them that lies on one.
 * @param {Map<string, Iterable<string>>} edges
 * @param {Set<string>} nodes
 */
function shortest(edges, nodes) {
  /** @type {string[]} */
  let best = []
  for (const start of nodes) {
    /** @type {Map<string, string>} */
    const before = new Map()
    const waiting = [start]
    for (let node = waiting.shift(); node !== undefined && !before.has(start); node = waiting.shift())
      for (const next of edges.get(node) ?? [])
        if (nodes.has(next) && !before.has(next)) {
          before.set(next, node)
          waiting.push(next)
        }
    const way = [start]
    do way.unshift(before.get(way[0]) ?? start)
    while (way[0] !== start)
    if (best.length === 0 || way.length < best.length) best = way
  }
  return best
}
