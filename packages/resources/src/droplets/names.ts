/** The random source that this package needs. */
export interface Random {
  bytes(count: number): Uint8Array
}

/** 64 of each, so that six bits of a random byte choose without bias. */
const adjectives = (
  'able airy amber agile apt bold brave brisk bright calm candid civil clear clever cosy crisp daring deft eager early ' +
  'easy fair fancy fine fleet fond frank fresh gentle glad grand handy happy hardy honest jolly keen kind light lively ' +
  'loyal lucid lucky mellow merry mild neat nimble noble patient plucky polite proud quick quiet ready sharp sleek smart ' +
  'steady sunny swift warm wise'
).split(' ')

const animals = (
  'adder badger beaver bison bobcat caribou cod condor coyote crane cricket crow curlew dingo dolphin dove eagle egret elk ' +
  'falcon ferret finch fox gecko gibbon goose hare heron horse ibex ibis jackal jay kestrel koala lark lemur linnet lynx ' +
  'magpie marten mole moose newt ocelot orca otter owl panda plover puffin quail raven robin salmon seal shrew stoat ' +
  'swallow tapir toad viper walrus wren'
).split(' ')

/** A name such as `brave-otter`. Numbered names such as `brave-otter-4711` are used when the plain ones are taken. */
const makeUpName = (random: Random, numbered: boolean): string => {
  const [first = 0, second = 0, high = 0, low = 0] = random.bytes(4)
  const name = `${adjectives[first & 63]}-${animals[second & 63]}`
  return numbered ? `${name}-${(high << 8) | low}` : name
}

const plainNameAttempts = 8
const numberedNameAttempts = 16

/** Names to try until one is free. */
export function* madeUpNames(random: Random): Generator<string> {
  for (let attempt = 0; attempt < plainNameAttempts; attempt++) yield makeUpName(random, false)
  for (let attempt = 0; attempt < numberedNameAttempts; attempt++) yield makeUpName(random, true)
}
