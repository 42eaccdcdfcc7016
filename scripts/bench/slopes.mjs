// How something grows, as a power: the slope of a line through the logarithms.

/**
 * Least-squares line of y over x.
 * @param {readonly (readonly [number, number])[]} points x and y
 */
export function line(points) {
  const mean = (/** @type {number[]} */ values) => values.reduce((sum, value) => sum + value, 0) / values.length
  const [x, y] = [mean(points.map((point) => point[0])), mean(points.map((point) => point[1]))]
  const slope = points.reduce((sum, [a, b]) => sum + (a - x) * (b - y), 0) / points.reduce((sum, [a]) => sum + (a - x) ** 2, 0)
  return { slope, intercept: y - slope * x }
}

/**
 * The power p of y ~ x^p over all points, and between the two with the greatest x, where what does not grow weighs least.
 * @param {readonly (readonly [number, number])[]} points x and y, positive, two or more with different x
 */
export function powers(points) {
  const logs = points.map(([x, y]) => /** @type {const} */ ([Math.log(x), Math.log(y)])).sort(([a], [b]) => a - b)
  return { all: line(logs).slope, last: line(logs.slice(-2)).slope }
}
