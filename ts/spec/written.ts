/** What a user writes, as the compiler has it: presets and arms complete in an editor, and misspelt ones are errors there. */
import type { Arm } from '../arms/index.js'
import type { OwnWorld } from './own.js'
import type { Preset } from './presets.js'
import type { Recipe } from './schema.js'

/**
 * Where a world of one's own is: the path of a module, or `gymnasium:` and a Python factory. (A package is named by files alone: as a type it
 * would be any text, and no misspelt preset would be an error.)
 */
export type WorldPlace = `./${string}` | `../${string}` | `/${string}` | `gymnasium:${string}`

/** An arm as a specification defines it: a built-in one (`base`) varied, or one whose tasks are given. */
export type WrittenArm = NonNullable<NonNullable<Recipe['retrain']>['define']>[string]

/**
 * What a user writes: any part of the specification. Arms are built-in ones, or those of the names `Defined`, which `retrain.define`
 * defines.
 */
export type WrittenSpec<Defined extends string = string> = Omit<Recipe, 'environment' | 'retrain'> & {
  /** Environment preset, or a world of one's own: itself, or where it is. @default 'drone-planar' */
  environment?: Preset | OwnWorld | WorldPlace | undefined
  retrain?:
    | (Omit<NonNullable<Recipe['retrain']>, 'arms' | 'define'> & {
        /** The arms of the comparison. @default those of the preset */
        arms?: (Arm | NoInfer<Defined>)[] | undefined
        /** Arms of one's own, by name. */
        define?: { [name in Defined]: WrittenArm } | undefined
      })
    | undefined
}
