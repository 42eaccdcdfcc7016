/** Meta-World's files and libmujoco: what is there, and how they are fetched. */

export { fetchMetaworld } from './fetch.js'
export { type MetaworldFiles, metaworldFiles } from './files.js'
