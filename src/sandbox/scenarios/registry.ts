import { abTest } from "./ab.ts"
import { bad } from "./bad.ts"
import { blueGreen } from "./bluegreen.ts"
import { gates } from "./gates.ts"
import { good } from "./good.ts"
import { mirror } from "./mirror.ts"
import type { Scenario } from "./scenario.ts"
import { slow } from "./slow.ts"

export const scenarios: ReadonlyMap<string, Scenario> = new Map(
  [good, bad, slow, abTest, blueGreen, mirror, gates].map((scenario) => [scenario.name, scenario]),
)
