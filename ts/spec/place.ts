/** Names of environments that say where a world of one's own is. */

/** The beginning of a world that a Python factory makes. */
const GYMNASIUM = 'gymnasium:'

/** Whether a name is the path of a module: it begins as a path does, or has the ending of one. */
export const isModulePath = (name: string): boolean => /^(\.{0,2}|~)\//.test(name) || /\.[cm]?[jt]s$/.test(name)

/** Whether a name says where a world of one's own is. */
export const isWorldPlace = (name: string): boolean => isModulePath(name) || name.startsWith(GYMNASIUM)
