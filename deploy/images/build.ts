/**
 * Builds both images without Docker, by executing the Dockerfile in directories, and says where they are:
 * `node deploy/images/build.ts`, as root, with debootstrap and npm. CI runs it before the tests of the images; docs/images.md has more.
 */
import { Recipe, targets } from './recipe.ts'

const say = (line: string): void => void process.stderr.write(`${line}\n`)
const recipe = new Recipe({ say })
for (const target of targets) say(`${target} is in ${recipe.build(target).root}`)
